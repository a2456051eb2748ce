"""A web process ends in the middle of what it does, and is started again."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.hospital import Hospital
from tests.faults.visitors import Rush, call, file_one

FILING = ["before the commit of a filing", "after the commit of a filing, before the answer"]
# The nudge is Redis' affair: where there is none it stays in the process, and the point is that of the commit before.
POINTS = [*itertools.product(["sqlite", "postgresql"], FILING), ("postgresql", "between a commit and the nudge")]


@pytest.mark.parametrize(("hospital", "point"), POINTS, indirect=["hospital"])
def test_a_filing_that_was_cut_off_is_sent_again_and_filed_once(hospital: Hospital, point: str):
    web = hospital.web(kill_at=point).ready()
    with Rush(web) as rush:
        rush.wait_for(5)
        web.arm()
        web.wait_killed()
        web.start()
        hospital.worker()
        rush.wait_for(5)
    assert rush.seen["cut off"]
    assert len(rush.codes) == len(set(rush.codes))
    hospital.wait_announced()
    hospital.check(rush.codes)


@pytest.mark.parametrize("point", ["in the transaction of a verb", "after the commit of a verb, before the answer"])
def test_a_claim_that_was_cut_off_is_repeated_and_nobody_else_holds_its_slot(hospital: Hospital, point: str):
    web = hospital.web(kill_at=point).ready()
    code = file_one(web)
    number = hospital.number_of(code)
    assert call(web, "token-of-di", f"/requests/{number}/accept").status == 200
    assert call(web, "token-of-di", f"/requests/{number}/dispatch", {"unit": "ZB1"}).status == 200
    web.arm()
    with ThreadPoolExecutor(3) as pool:
        taps = [
            pool.submit(call, web, f"token-of-{who}", f"/requests/{number}/claim") for who in ("lin", "zhao", "lead")
        ]
        web.wait_killed()
        web.start()
    answers = sorted(tap.result().status for tap in taps)
    assert answers == [200, 409, 409]
    hospital.check([code])
