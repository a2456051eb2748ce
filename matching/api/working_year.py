"""A year of the hospital's calendar, as page and programs show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import CHINA, FIRST_PUBLISHED_YEAR, years_to_enter
from matching.deadlines.recounting import is_waiting
from matching.units.calendar import AmendedDay, Recount
from matching.units.queries import amended_days, calendar_of

LAST_YEAR = 2199
Span = tuple[date, date]


@dataclass(frozen=True)
class Year:
    """`off`: weekdays that are not worked, `worked`: weekend days that are, amendments included."""

    year: int
    published: bool
    amendments: list[AmendedDay]
    off: list[date]
    worked: list[date]
    missing: list[int]
    counting: bool
    """Whether clocks are still being counted anew."""
    changed: int
    """How many requests the last change of the calendar has moved so far."""

    @property
    def holidays(self) -> list[Span]:
        """`off` in rows of days that follow one another, weekends between them included."""
        return joined(self.off, set(self.worked))


async def working_year(session: AsyncSession, root_id: int, year: int, at: datetime) -> Year:
    """One year as the hospital counts it."""
    off, worked = (await calendar_of(session, root_id)).unusual(year)
    counted = await session.get(Recount, root_id)
    return Year(
        year=year,
        published=year not in CHINA.missing_years(date(year, 12, 31)),
        amendments=await amended_days(session, root_id, year),
        off=off,
        worked=worked,
        missing=years_to_enter(at),
        counting=await is_waiting(session, root_id),
        changed=counted.changed if counted else 0,
    )


def joined(off: Sequence[date], worked: set[date]) -> list[Span]:
    """First and last day of each row of days off."""
    spans: list[Span] = []
    for day in off:
        if spans and all(_free(between, off, worked) for between in _after(spans[-1][1], day)):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return [_with_weekends(span, worked) for span in spans]


def _free(day: date, off: Sequence[date], worked: set[date]) -> bool:
    return day in off or (day.weekday() >= 5 and day not in worked)


def _after(last: date, day: date) -> list[date]:
    return [last + timedelta(days=n) for n in range(1, (day - last).days)]


def _with_weekends(span: Span, worked: set[date]) -> Span:
    first, last = span
    while (before := first - timedelta(days=1)).weekday() >= 5 and before not in worked:
        first = before
    while (after := last + timedelta(days=1)).weekday() >= 5 and after not in worked:
        last = after
    return first, last


def known(year: int) -> bool:
    """Whether a calendar of that year means anything."""
    return FIRST_PUBLISHED_YEAR <= year <= LAST_YEAR
