"""The clock of the machine jumps, as when somebody sets it right: nothing is told twice, urged twice or forgotten."""

from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from matching import clock
from matching.notices.model import Notice
from matching.requests.steps import Step
from tests.faults.hospital import Hospital
from tests.faults.running import Clock
from tests.faults.visitors import Rush

HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize(  # no database looks at the clock: each jump on one of them
    ("hospital", "jump"),
    [("sqlite", HOUR), ("postgresql", DAY)],
    ids=["an hour-sqlite", "a day-postgresql"],
    indirect=["hospital"],
)
def test_a_clock_that_jumps_ahead_and_back_loses_and_repeats_nothing(hospital: Hospital, tmp_path: Path, jump: float):
    ahead = Clock(tmp_path)
    web = hospital.web(clock=ahead).ready()
    before = hospital.filed(3, clock.now())
    urged = select(func.count()).where(Step.verb == "urge")
    with Rush(web) as rush:
        rush.wait_for(3)
        ahead.jump(jump + 60)
        rush.wait_for(3)
        worker = hospital.worker(clock=ahead, at_once="urge_late")
        hospital.wait_for(urged.where(col(Step.request_id) <= 3), [3])  # their hour is over
        ahead.jump(0)
        rush.wait_for(3)
    assert not rush.seen
    worker.stop()
    hospital.worker(clock=ahead, at_once="urge_late")
    hospital.wait_announced()
    twice = select(col(Step.request_id)).where(Step.verb == "urge").group_by(col(Step.request_id))
    assert hospital.rows(twice.having(func.count() > 1)) == []
    assert set(Counter(hospital.rows(select(Notice.person_id, Notice.step_id))).values()) == {1}
    hospital.check([*before, *rush.codes])
