"""The actions of those who ask, come along, or change places; the room of asks knows whom to ask and who was asked.

What jobs do to a request that they hold (thank, hand_back, nudge, offer_helper, move_up) they do by its verbs.
Manners: `acting.py`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.people.actor import Actor
from matching.requests.acting import clean, done, request_for, suits
from matching.requests.model import ServiceRequest


async def ask(
    session: AsyncSession, number: str, people: Sequence[int], purpose: str, wave: int = 1, target: float = 0.0, *,
    by: Actor, at: datetime, if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """These people (inner ids) are asked, by a wave or by a lead. `target`: the chance it should have; 0 by hand."""
    request = await request_for(session, "ask", number, by, if_version)
    return done(session, request, request.ask(people, purpose, wave, target, by, at))


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
