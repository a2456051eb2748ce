"""The working calendar as an administrator amends it. Here and not in units/, for it takes roles and the audit log.

Clocks that run already are counted anew by the job `recount_clocks`.
"""

from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed, NotSeen
from matching.people.actor import Actor
from matching.people.auditing import note as audit
from matching.people.policy import may_administer
from matching.units.calendar import AmendedDay
from matching.units.model import Unit

FURTHEST = 800  # days from today; beyond it is a slip of the pen
MOST_AT_ONCE = 31


async def refuse_unless_calendar_is_theirs(session: AsyncSession, by: Actor) -> None:
    """For administrators of the whole hospital. Raises NotAllowed."""
    if not may_administer(by, (await session.get_one(Unit, by.root_id)).path):
        raise NotAllowed


async def amend_days(
    session: AsyncSession, day: date, works: bool, note: str = "", until: date | None = None, *, by: Actor, at: datetime
) -> list[AmendedDay]:
    """The days from `day` to `until` are worked, or are not, whatever was published. Raises NotAllowed, Invalid."""
    await refuse_unless_calendar_is_theirs(session, by)
    last, today = until or day, at.astimezone(SHANGHAI).date()
    for name, one in (("day", day), ("until", last)):
        if abs((one - today).days) > FURTHEST:
            raise Invalid.field_is(name, "time_too_far", days=FURTHEST)
    if last < day:
        raise Invalid.field_is("until", "day_order")
    if (last - day).days >= MOST_AT_ONCE:
        raise Invalid.field_is("until", "too_many_days", n=MOST_AT_ONCE)
    within = select(AmendedDay).where(AmendedDay.root_id == by.root_id, col(AmendedDay.day).between(day, last))
    there = {row.day: row for row in await session.exec(within)}
    rows = []
    for n in range((last - day).days + 1):
        one = day + timedelta(days=n)
        row = there.get(one) or AmendedDay(root_id=by.root_id, day=one, works=works, at=at)
        row.works, row.note, row.by_id, row.at = works, note, by.id, at
        session.add(row)
        rows.append(row)
    said = f"{day}" if last == day else f"{day} – {last}"
    audit(session, "amend_days", f"{said} {'上班' if works else '休息'} {note}".rstrip(), by=by, at=at)
    return rows


async def restore_day(session: AsyncSession, day: date, *, by: Actor, at: datetime) -> None:
    """The day is as published again. Raises NotAllowed, NotSeen where it was not amended."""
    await refuse_unless_calendar_is_theirs(session, by)
    row = (
        await session.exec(select(AmendedDay).where(AmendedDay.root_id == by.root_id, AmendedDay.day == day))
    ).first()
    if row is None:
        raise NotSeen
    await session.delete(row)
    audit(session, "restore_day", f"{day} {row.note}".rstrip(), by=by, at=at)
