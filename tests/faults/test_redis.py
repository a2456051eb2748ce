"""Redis is away, comes back, is emptied, or says nothing: it never holds the only copy of anything."""

import signal

import pytest
from redis import Redis

from tests.faults.hospital import Hospital
from tests.faults.running import Engine
from tests.faults.visitors import Rush, call, file_one

pytestmark = pytest.mark.parametrize("hospital", ["postgresql"], indirect=True)


def test_without_redis_people_file_and_claim_and_all_is_told_when_it_is_back(hospital: Hospital, own_valkey: Engine):
    own_valkey.end(signal.SIGKILL)
    web, worker = hospital.web(), hospital.start("work")
    web.ready()
    with Rush(web) as rush:
        rush.wait_for(20)
    assert not rush.seen, rush.seen
    number = hospital.number_of(rush.codes[0])
    assert call(web, "token-of-di", f"/requests/{number}/accept").status == 200
    assert call(web, "token-of-di", f"/requests/{number}/dispatch", {"unit": "ZB1"}).status == 200
    assert call(web, "token-of-lin", f"/requests/{number}/claim").status == 200
    own_valkey.back()
    worker.ready()
    hospital.wait_announced()
    hospital.check(rush.codes)


def test_redis_may_be_killed_emptied_and_stopped_while_people_file(hospital: Hospital, own_valkey: Engine):
    web, worker = hospital.web(), hospital.start("work")
    web.ready(), worker.ready()
    with Rush(web) as rush:
        rush.wait_for(5)
        own_valkey.end(signal.SIGKILL)
        rush.wait_for(10)
        own_valkey.back()
        rush.wait_for(5)
        with Redis.from_url(hospital.redis_url) as redis:
            redis.flushall()
        rush.wait_for(10)
        own_valkey.end(signal.SIGSTOP)
        rush.wait_for(10)
        own_valkey.end(signal.SIGCONT)
        rush.wait_for(5)
    assert not rush.seen, rush.seen
    file_one(web)
    assert worker.popen.poll() is None, worker.said()
    hospital.wait_announced()
    hospital.check(rush.codes)
