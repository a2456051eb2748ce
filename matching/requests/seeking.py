"""The actions of finding people, for the room of asks, which knows whom to ask and who was asked.

As in actions.py each runs inside one `db.Work`, and raises NotSeen, NotAllowed, WrongState, Stale or Invalid.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests.actions import belongs, clean, done, request_for, suits
from matching.requests.model import ServiceRequest
from matching.requests.states import BackReason


async def ask(
    session: AsyncSession, number: str, people: Sequence[int], purpose: str, wave: int = 1, target: float = 0.0, *,
    by: Actor, at: datetime, if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """These people (inner ids) are asked, by a wave or by a lead. `target`: the chance it should have; 0 by hand."""
    request = await request_for(session, "ask", number, by, if_version)
    return done(session, request, request.ask(people, purpose, wave, target, by, at))


async def thank(
    session: AsyncSession, number: str, people: Sequence[int], *, by: Actor, at: datetime
) -> ServiceRequest:
    """They need not come any more."""
    request = await request_for(session, "thank", number, by, None)
    return done(session, request, request.thank(people, by, at))


async def hand_back(
    session: AsyncSession, number: str, why: BackReason, purpose: str = "slot", *, by: Actor, at: datetime
) -> ServiceRequest:
    """Back to the lead."""
    request = await request_for(session, "hand_back", number, by, None)
    return done(session, request, request.hand_back(why, purpose, by, at))


async def nudge(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """Whoever has it is asked to call."""
    request = await request_for(session, "nudge", number, by, None)
    return done(session, request, request.nudge(by, at))


async def offer_helper(
    session: AsyncSession, number: str, people: Sequence[int], *, by: Actor, at: datetime
) -> ServiceRequest:
    """These people (inner ids) are asked to lend whoever has it a hand."""
    request = await request_for(session, "offer_helper", number, by, None)
    return done(session, request, request.offer_helper(people, by, at))


async def help(
    session: AsyncSession, number: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """Come along without a slot."""
    request = await request_for(session, "help", number, by, if_version)
    await suits(session, request, [by.id])
    return done(session, request, request.help(by, at))


async def seek_cover(
    session: AsyncSession, number: str, note: str = "", *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """A claimer looks for somebody in their place."""
    request = await request_for(session, "seek_cover", number, by, if_version)
    return done(session, request, request.seek_cover(clean(note), by, at))


async def cover(
    session: AsyncSession, number: str, leaver_id: int, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """Take the place of the claimer with that inner id."""
    request = await request_for(session, "cover", number, by, if_version)
    await suits(session, request, [by.id])
    return done(session, request, request.cover(leaver_id, by, at))


async def move_up(session: AsyncSession, number: str, person_id: int, *, by: Actor, at: datetime) -> ServiceRequest:
    """Somebody of the waiting list (by inner id) has the slot that came free."""
    request = await request_for(session, "move_up", number, by, None)
    person = await session.get_one(Person, person_id)
    await belongs(session, person, request, "person")
    await suits(session, request, [person_id], "person")
    return done(session, request, request.move_up(person, by, at))
