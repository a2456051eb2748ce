"""A worker ends in the middle of what it does, and another one goes on: all is told, and nobody is told twice."""

from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from matching import clock
from matching.notices.model import Delivery, Fate, Notice, Way
from matching.requests.steps import Step
from tests.cast import AT
from tests.faults.channels import channel, told
from tests.faults.hospital import Hospital
from tests.faults.running import Clock, until
from tests.notices.standins import HANG

LATER = 120.0  # seconds after which the lease of who died has run out
IN_HAND = col(Delivery.fate).in_([Fate.waiting, Fate.sending])


@pytest.fixture
def later(tmp_path: Path) -> Clock:
    """A clock that is so much ahead."""
    return Clock(tmp_path, LATER)


def notices_of_everybody(hospital: Hospital) -> Counter[tuple[int, int]]:
    return Counter(hospital.rows(select(Notice.person_id, Notice.step_id)))


@pytest.mark.parametrize("point", ["in the transaction of an announcement", "after the commit of an announcement"])
def test_an_announcement_that_was_cut_off_is_made_once(hospital: Hospital, point: str, later: Clock):
    with channel() as group:
        hospital.group(group.url, Way.wecom_robot)
        codes = hospital.filed(5, clock.now())
        hospital.worker(kill_at=point, armed=True).wait_killed()
        hospital.worker(clock=later)
        hospital.wait_announced()
        until(lambda: len(group.calls) >= 5, lambda: f"five messages, found {told(group)}")
        hospital.wait_for(select(Delivery.id).where(IN_HAND), [])
        assert told(group) == Counter(map(hospital.number_of, codes))
    dispatcher = hospital.cast.people["di"].id
    found = notices_of_everybody(hospital)
    assert set(found.values()) == {1}
    assert len([person for person, _step in found if person == dispatcher]) == 5
    hospital.check(codes)


@pytest.mark.parametrize(  # a call holds no transaction: each point on one of the databases
    ("hospital", "point"),
    [("sqlite", "before the call of a channel"), ("postgresql", "after the call of a channel")],
    indirect=["hospital"],
)
def test_whoever_dies_around_a_call_tells_no_group_twice_and_says_what_is_unsure(
    hospital: Hospital, point: str, later: Clock
):
    with channel() as group:
        hospital.group(group.url, Way.wecom_robot)
        codes = hospital.filed(3, clock.now())
        hospital.worker(kill_at=point, armed=True).wait_killed()
        hospital.worker(clock=later)
        hospital.wait_announced()
        hospital.wait_for(select(Delivery.id).where(IN_HAND), [])
        assert max(told(group).values()) == 1
        fates = Counter(hospital.rows(select(Delivery.fate)))
        assert fates == {Fate.sent: 2, Fate.unsure: 1}
    hospital.check(codes)


@pytest.mark.parametrize(  # likewise
    ("hospital", "way"), [("postgresql", Way.wecom_robot), ("sqlite", Way.webhook)], indirect=["hospital"]
)
def test_whoever_dies_in_the_middle_of_a_call_repeats_only_what_knows_its_key(
    hospital: Hospital, way: Way, later: Clock
):
    with channel(answers=[HANG]) as group:
        hospital.group(group.url, way)
        codes = hospital.filed(1, clock.now())
        worker = hospital.worker()
        until(lambda: group.calls, lambda: "the group is called")
        worker.kill()
        hospital.worker(clock=later)
        hospital.wait_for(select(Delivery.id).where(IN_HAND), [])
        if way is Way.webhook:
            assert hospital.rows(select(Delivery.fate)) == [Fate.sent]
            assert len(group.calls) == 2
            assert len({call.headers["idempotency-key"] for call in group.calls}) == 1
        else:
            assert hospital.rows(select(Delivery.fate)) == [Fate.unsure]
            assert len(group.calls) == 1
    hospital.check(codes)


def test_a_job_that_was_cut_off_is_finished_by_the_next_and_urges_each_once(hospital: Hospital):
    codes = hospital.filed(4, AT)
    urged = select(func.count()).where(Step.verb == "urge")
    hospital.worker(kill_at="in the middle of a job", armed=True, at_once="urge_late").wait_killed()
    assert hospital.rows(urged) == [1]
    hospital.worker(at_once="urge_late")
    hospital.wait_for(urged, [4])
    assert set(hospital.rows(select(func.count()).where(Step.verb == "urge").group_by(col(Step.request_id)))) == {1}
    hospital.wait_announced()
    hospital.check(codes)
