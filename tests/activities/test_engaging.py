"""What matching knows of an activity's hours follows its list, whatever is done to it, however many do it at once."""

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from matching import migrations
from matching.activities import actions, closing, engaging, signing
from matching.activities.closing import Counts
from matching.activities.model import Activity
from matching.activities.signing import What
from matching.asks.engagement import Engagement
from matching.db import Database, Work
from tests.activities.meeting import Meeting
from tests.activities.scene import HOUR, MINUTE, planned, ticked, wish
from tests.activities.test_signing import bring_in
from tests.cast import AT, Cast


async def engaged(work: Work, cast: Cast, activity: Activity) -> dict[str, tuple[int, int]]:
    """From when to when, in minutes from AT, by login; and that `matching verify` says the same."""
    names = {person.id: login for login, person in cast.people.items()}
    async with work.database.reading() as session:
        rows = list(await session.exec(select(Engagement).where(Engagement.activity_id == activity.id)))
    assert await differences(work) == []
    return {names[one.person_id]: ((one.starts_at - AT) // MINUTE, (one.ends_at - AT) // MINUTE) for one in rows}


async def differences(work: Work) -> list[str]:
    async with work.database.reading() as session:
        return [line async for line in engaging.differences(session)]


async def test_whoever_is_on_the_list_and_its_lead_are_engaged_until_it_is_over_for_them(work, cast):
    async def now() -> dict[str, tuple[int, int]]:
        return await engaged(work, cast, activity)

    lead, whole, later = cast["lead"], (0, 120), (60, 240)
    activity = await planned(work, cast, "lin")
    assert await now() == {"lin": whole, "lead": whole}
    await work(actions.change, activity.id, wish(AT + HOUR, ends_at=AT + 4 * HOUR), by=lead, at=AT)
    await work(actions.add_people, activity.id, [cast.people["zhao"].member_no], by=lead, at=AT)
    assert await now() == {"lin": later, "lead": later, "zhao": later}
    await work(actions.remove_person, activity.id, cast.people["zhao"].member_no, by=lead, at=AT)
    other = wish(lead=cast.people["zhao"].member_no, ends_at=AT + 3 * HOUR)
    await work(actions.change, activity.id, other, by=lead, at=AT)
    assert await now() == {"lin": (0, 180), "zhao": (0, 180)}  # another leads it now
    await work(signing.sign_in, activity.id, AT, by=lead, at=AT)  # and the one who did comes after all
    await work(signing.sign_in, activity.id, AT, by=cast["lin"], at=AT)
    await work(signing.sign_out, activity.id, by=cast["lin"], at=AT + HOUR)
    assert await now() == {"lin": (0, 60), "zhao": (0, 180), "lead": (0, 180)}
    await work(signing.tick, activity.id, cast.people["lin"].member_no, What.undo, by=lead, at=AT + HOUR)
    early = ticked(activity, cast, "lead", What.left, AT)
    await bring_in(work, cast, activity, early)  # who left when it began is at nothing
    assert await now() == {"lin": (0, 180), "zhao": (0, 180)}
    await work(closing.confirm, activity.id, {cast.people["lin"].member_no: 60}, Counts(), by=lead, at=AT + HOUR)
    assert await now() == {}
    activity = await planned(work, cast, everybody=True)
    assert set(await now()) == {"lead", "lin", "zhao"}
    await work(actions.cancel, activity.id, "下大雨", by=lead, at=AT)
    assert await now() == {}


async def test_a_database_of_before_is_filled_from_its_lists_and_what_was_tampered_with_is_named(work, cast):
    await planned(work, cast, "lin")
    gone = await planned(work, cast, "zhao")
    await work(actions.cancel, gone.id, "下大雨", by=cast["lead"], at=AT)
    left = await planned(work, cast, "lin", "zhao")
    await work(signing.sign_in, left.id, AT, by=cast["zhao"], at=AT)
    await work(signing.sign_out, left.id, by=cast["zhao"], at=AT + HOUR)
    await work.database.close()
    migrations.downgrade(cast.settings.database_url, "0006")
    migrations.upgrade(cast.settings.database_url)
    assert await engaged(work, cast, left) == {"lin": (0, 120), "zhao": (0, 60), "lead": (0, 120)}
    assert await engaged(work, cast, gone) == {}
    lin, zhao, lead = (cast.people[login].id for login in ("lin", "zhao", "lead"))

    async def tamper(session: Any) -> None:
        moved = await session.get_one(Engagement, (left.id, zhao))
        moved.ends_at = AT + 2 * HOUR
        await session.delete(await session.get_one(Engagement, (left.id, lead)))
        session.add(
            Engagement(activity_id=gone.id, person_id=lin, root_id=cast.root_id, starts_at=AT, ends_at=AT + HOUR)
        )

    await work(tamper)
    named = [(gone.id, lin), *sorted([(left.id, zhao), (left.id, lead)])]
    assert await differences(work) == [
        f"activity {activity}, person {person}: engaged otherwise than its list says" for activity, person in named
    ]


async def test_many_changes_at_once_leave_what_the_list_says(work, cast):
    activity, lead = await planned(work, cast, "lin"), cast["lead"]
    zhao, lin = (cast.people[login].member_no for login in ("zhao", "lin"))
    await asyncio.gather(
        *(work(actions.change, activity.id, wish(AT + n * HOUR), by=lead, at=AT) for n in range(3)),
        *(work(actions.add_people, activity.id, [one], by=lead, at=AT) for one in (zhao, lin)),
        work(actions.remove_person, activity.id, lin, by=lead, at=AT),
        work(signing.tick, activity.id, zhao, What.came, by=lead, at=AT),
    )
    assert {"lead", "zhao"} <= set(await engaged(work, cast, activity))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_comes_onto_the_list_while_its_times_change_has_the_new_ones(work, cast, monkeypatch):
    activity = await planned(work, cast)
    other, meeting = Database(cast.settings.database_url), Meeting(work.database)
    monkeypatch.setattr(actions, "engage", meeting.first(engaging.engage))  # the change is written and not committed

    async def join() -> None:
        await meeting.holds.wait()
        try:
            zhao = cast.people["zhao"].member_no
            await Work(other)(actions.add_people, activity.id, [zhao], by=cast["lead"], at=AT)
        finally:
            meeting.second.set()

    moved = work(actions.change, activity.id, wish(AT + HOUR), by=cast["lead"], at=AT)
    await asyncio.gather(moved, join())
    await other.close()
    assert await engaged(work, cast, activity) == {"lead": (60, 180), "zhao": (60, 180)}
