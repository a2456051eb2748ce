"""The waiting list: who comes first has the slot that comes free."""

import pytest

from matching.asks import actions, queries
from matching.people.model import Person
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT
from tests.requests.scene import DISPATCHED, IN_PROGRESS, refused

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_who_waits_has_the_slot_that_comes_free_the_first_who_still_can(asking: Crowd):
    numbers = await asking.crowd(3)
    await (await asking.begin()).go(*IN_PROGRESS)
    crowd = [await asking.actor(no) for no in numbers]
    for by in [*crowd, crowd[0]]:  # the second time nothing happens
        await asking.work(actions.join_waiting, asking.number, by=by, at=AT)
    async with asking.database.reading() as session:
        assert [person.member_no for _row, person in await queries.waiting_of(session, asking.id)] == numbers
        assert await queries.waits_for(session, crowd[1].id, [asking.id]) == {asking.id: 2}

    async def leave(session):
        (await session.get_one(Person, crowd[0].id)).status = "left"

    await asking.work(leave)
    await asking.do("release", at=AT + MINUTE)
    assert await asking.run(AT + MINUTE) == 1
    assert [row.place for row in await asking.line()] == ["waiting", "moved_up", "waiting"]
    now = await asking.now()
    assert [claim.person_id for claim in now.active_claims] == [crowd[1].id]
    assert await asking.verbs() == ["claim", "release", "move_up"]  # nobody else was asked
    assert await asking.run(AT + MINUTE) == 0


@on_sqlite
async def test_who_took_something_else_at_that_time_is_passed_over(asking: Crowd):
    wanted = {"wanted_from": AT + 60 * MINUTE, "wanted_to": AT + 90 * MINUTE}
    lead, zhao = asking.cast["lead"], asking.cast["zhao"]
    await (await asking.begin(**wanted)).go(*DISPATCHED)
    await asking.do("claim", by="zhao")
    await (await asking.begin(**wanted)).go(*IN_PROGRESS)
    for by in (zhao, lead):
        await asking.work(actions.join_waiting, asking.number, by=by, at=AT)
    await asking.do("release", at=AT + MINUTE)
    await asking.run(AT + MINUTE)
    assert [claim.person_id for claim in (await asking.now()).active_claims] == [lead.id]
    assert [row.place for row in await asking.line()] == ["waiting", "moved_up"]


@on_sqlite
async def test_leaving_the_line_and_what_cannot_be_waited_for(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    zhao, lin = asking.cast["zhao"], asking.cast["lin"]

    async def join(by):
        await asking.work(actions.join_waiting, asking.number, by=by, at=asking.at)

    with refused("slots_free"):
        await join(zhao)
    await asking.do("claim")
    with refused("already_claimed_by_you"):
        await join(lin)
    with refused("not_seen"):
        await join(asking.cast["sun"])
    with refused("not_allowed"):
        await join(asking.cast["di"])
    await join(zhao)
    await asking.work(actions.leave_waiting, asking.number, by=zhao)
    await asking.work(actions.leave_waiting, asking.number, by=zhao)
    assert [row.place for row in await asking.line()] == ["left"]
    await join(zhao)  # and back, at the end
    await asking.go("contact", "complete")
    with refused("nothing_to_await"):
        await join(asking.cast["lead"])
    assert await asking.run() == 1
    assert [row.place for row in await asking.line()] == ["left"]
