"""When somebody can be asked, as they say themselves: everybody sets their own and nobody else's.

Weekly free hours, whole days of leave, 'not now' until a moment, and a cap of hours. How that becomes free spans is the
engine's (engine/availability.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Availability, Leave
from matching.asks.weekly import Free, checked
from matching.clock import SHANGHAI
from matching.errors import Invalid, NotSeen
from matching.people.actor import Actor
from matching.people.model import Person

MOST_DAYS = 366  # of one leave, and how far ahead one may begin or 'not now' may reach
MOST_LEAVES = 20


@dataclass(frozen=True)
class Own:
    """What somebody has said; `weekly` None: the usual hours of their shift pattern. `leaves` end today or later."""

    pattern: str
    weekly: list[Free] | None = None
    muted_until: datetime | None = None
    hours_cap: float | None = None
    leaves: list[Leave] = field(default_factory=list)


async def own(session: AsyncSession, *, by: Actor, at: datetime) -> Own:
    """One's own, as it stands at `at`; a mute that has passed is None."""
    person, held = await session.get_one(Person, by.id), await session.get(Availability, by.id)
    leaves = list(await leaves_of(session, by, at))
    if held is None:
        return Own(person.shift_pattern, leaves=leaves)
    weekly = None if held.weekly is None else [Free(*one) for one in held.weekly]
    muted = held.muted_until if held.muted_until and held.muted_until > at else None
    return Own(person.shift_pattern, weekly, muted, held.hours_cap, leaves)


async def leaves_of(session: AsyncSession, by: Actor, at: datetime) -> Sequence[Leave]:
    """One's leaves that are not over, the nearest first."""
    coming = select(Leave).where(Leave.person_id == by.id, col(Leave.last_on) >= _day(at))
    return (await session.exec(coming.order_by(col(Leave.first_on), col(Leave.id)))).all()


async def set_hours(
    session: AsyncSession, weekly: Sequence[Free] | None, hours_cap: float | None, *, by: Actor, at: datetime
) -> None:
    """Weekly free hours (None: as the shift pattern says) and hours in 14 days at most (None: the hospital's cap).

    Raises WrongHours, Invalid on `weekly` where hours of one's own are to hold and none is stated.
    """
    kept = None if weekly is None else checked(weekly)
    if kept == []:
        raise Invalid.field_is("weekly", "no_free_hours")
    held = await _held(session, by, at)
    held.weekly, held.hours_cap, held.changed_at = kept, hours_cap, at


async def mute(session: AsyncSession, until: datetime | None, *, by: Actor, at: datetime) -> None:
    """Ask me nothing until then; None: ask me again. Raises Invalid on `until`: time_in_past, time_too_far."""
    if until is not None and until <= at:
        raise Invalid.field_is("until", "time_in_past")
    if until is not None and until > at + timedelta(days=MOST_DAYS):
        raise Invalid.field_is("until", "time_too_far", days=MOST_DAYS)
    held = await _held(session, by, at)
    held.muted_until, held.changed_at = until, at


async def add_leave(session: AsyncSession, first_on: date, last_on: date, *, by: Actor, at: datetime) -> Leave:
    """Whole days on which one is not asked; what touches a leave stated before becomes one with it.

    Raises Invalid: `last_on` day_order, time_in_past, too_many_days; `first_on` time_too_far, too_many_items.
    """
    today = _day(at)
    if last_on < first_on:
        raise Invalid.field_is("last_on", "day_order")
    if last_on < today:
        raise Invalid.field_is("last_on", "time_in_past")
    if first_on > today + timedelta(days=MOST_DAYS):
        raise Invalid.field_is("first_on", "time_too_far", days=MOST_DAYS)
    if (last_on - first_on).days >= MOST_DAYS:
        raise Invalid.field_is("last_on", "too_many_days", n=MOST_DAYS)
    await session.get_one(Person, by.id, with_for_update=True)  # two at once would both find the same neighbours
    leaves = await leaves_of(session, by, at)
    beside = timedelta(days=1)
    touched = [one for one in leaves if one.first_on <= last_on + beside and first_on <= one.last_on + beside]
    if not touched:
        if len(leaves) >= MOST_LEAVES:
            raise Invalid.field_is("first_on", "too_many_items", max=MOST_LEAVES)
        touched = [Leave(root_id=by.root_id, person_id=by.id or 0, first_on=first_on, last_on=last_on)]
        session.add(touched[0])
    kept, *others = touched
    kept.first_on = min(first_on, *(one.first_on for one in touched))
    kept.last_on = max(last_on, *(one.last_on for one in touched))
    for other in others:
        await session.delete(other)
    await session.flush()
    return kept


async def remove_leave(session: AsyncSession, leave_id: int, *, by: Actor) -> None:
    """One can be asked on these days after all. Raises NotSeen for one that is not one's own."""
    leave = await session.get(Leave, leave_id)
    if leave is None or leave.person_id != by.id:
        raise NotSeen
    await session.delete(leave)


async def _held(session: AsyncSession, by: Actor, at: datetime) -> Availability:
    await session.get_one(Person, by.id, with_for_update=True)  # so that two first changes do not both insert
    held = await session.get(Availability, by.id)
    if held is None:
        held = Availability(person_id=by.id or 0, root_id=by.root_id, changed_at=at)
        session.add(held)
    return held


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()
