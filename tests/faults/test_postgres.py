"""PostgreSQL goes and comes back while people file, claim and wait for news."""

import signal

import pytest

from tests.faults.hospital import Hospital
from tests.faults.running import Engine
from tests.faults.visitors import FORM, NEED, Rush, call, send


@pytest.mark.parametrize("hospital", ["postgresql"], indirect=True)
def test_postgresql_may_be_restarted_under_load(hospital: Hospital, own_postgres: Engine):
    webs, worker = [hospital.web(), hospital.web()], hospital.start("work")
    for process in (*webs, worker):
        process.ready()
    with Rush(*webs) as rush:
        rush.wait_for(10)
        own_postgres.end(signal.SIGQUIT)  # as a power cut: nobody is waited for
        rush.wait_to_see("503")
        assert webs[0].get("/healthz")[0] == 200
        assert webs[0].get("/readyz")[0] == 503
        unknown_yet = send(webs[0].port, "/q/jizhen-fenzhen", rush.form(), Content_Type=FORM)
        assert (unknown_yet.status, "retry-after" in unknown_yet.headers) == (503, True)
        assert NEED in unknown_yet.body
        own_postgres.back()
        rush.wait_for(10)
        own_postgres.end(signal.SIGINT)  # as an upgrade does it: connections are ended, nothing is lost
        rush.wait_to_see("503")
        own_postgres.back()
        rush.wait_for(10)
    number = hospital.number_of(rush.codes[-1])
    assert call(webs[0], "token-of-di", f"/requests/{number}/accept").status == 200
    assert worker.popen.poll() is None, worker.said()
    hospital.wait_announced()
    hospital.check(rush.codes)
