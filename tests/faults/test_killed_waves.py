"""A worker ends in the middle of asking members, and another one goes on: nobody is asked twice, nothing is lost."""

from collections import Counter
from datetime import datetime

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching import clock
from matching.asks import counts
from matching.asks.model import Ask, AskDials, Availability, Wave
from matching.asks.tending import tend
from matching.notices.model import Notice
from matching.people.model import Grant, Person, Role
from matching.requests import desk_actions
from matching.requests.steps import Step
from tests.faults.hospital import Hospital

MEMBERS, REQUESTS = 30, 3
ASKED = select(Ask.request_id, Ask.person_id)


@pytest.mark.parametrize("hospital", ["postgresql"], indirect=True)
def test_waves_that_were_cut_off_ask_everybody_once(hospital: Hospital):
    now, di = clock.now(), hospital.cast["di"]
    hospital.do(_come, hospital, now)
    codes = hospital.filed(REQUESTS, now)
    for code in codes:
        number = hospital.number_of(code)
        hospital.do(desk_actions.accept, number, by=di, at=now)
        hospital.do(desk_actions.dispatch, number, "ZB1", by=di, at=now)
    hospital.do(tend, 1, now)  # the first was asked for before
    before = set(hospital.rows(ASKED))

    hospital.worker(kill_at="in the transaction of a wave", armed=True, at_once="run_waves").wait_killed()
    assert set(hospital.rows(ASKED)) == before  # of the second nothing is there

    hospital.worker(at_once="run_waves")
    hospital.wait_for(select(Wave.wave), [1] * REQUESTS)
    hospital.wait_announced()
    asks = hospital.rows(ASKED)
    assert before < set(asks)
    assert len({request for request, _person in asks}) == REQUESTS
    assert set(Counter(person for _request, person in asks).values()) == {1}
    steps = hospital.rows(select(Step.request_id, Step.detail).where(Step.verb == "ask"))
    assert len(steps) == REQUESTS
    assert {(request, person) for request, detail in steps for person in detail["people"]} == set(asks)
    told = select(Notice.person_id, Notice.step_id).join(Step, col(Step.id) == Notice.step_id)
    assert set(Counter(hospital.rows(told.where(Step.verb == "ask"))).values()) == {1}
    assert hospital.ask(_miscounted) == []
    hospital.check(codes)


async def _come(session: AsyncSession, hospital: Hospital, at: datetime) -> None:
    """Members who may be asked at any hour, and no quiet ones: whatever the clock says, the test finds the same."""
    root, unit = hospital.cast.root_id, hospital.cast.units["ZB1"].id or 0
    people = [Person(root_id=root, unit_id=unit, member_no=f"W{n}", name=f"员{n}") for n in range(MEMBERS)]
    session.add_all([AskDials(root_id=root, quiet_from=0, quiet_to=0, changed_at=at), *people])
    await session.flush()
    always = [[day, 0, 24 * 60] for day in range(7)]
    for one in people:
        id_ = one.id or 0
        session.add(Grant(root_id=root, person_id=id_, unit_id=unit, role=Role.member, granted_at=at))
        session.add(Availability(root_id=root, person_id=id_, weekly=always, changed_at=at))


async def _miscounted(session: AsyncSession) -> list[str]:
    return [line async for line in counts.differences(session)]
