"""Time as the hospital counts it: limits, working days, due dates, the share of a limit that is used up.

Pure: nothing here reads a database or a setting, and only the doors call `now()`; everybody else is handed `at`.
Moments go in with any time zone and come out in UTC; a moment without a time zone is refused with ValueError.
A working day is one whole day, midnight to midnight in Shanghai. Rules: docs/domain.md §3; why the holiday data
come from `chinesecalendar`: docs/decisions/working-days.md.
"""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, count, takewhile
from types import MappingProxyType
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
ZERO = timedelta()

FIRST_PUBLISHED_YEAR = 2004
NEXT_YEAR_FROM = 10  # the month
# Shanghai has kept one offset, UTC+8, since 1992, so its midnights are whole days from this one (2000-01-01).
_MIDNIGHT = datetime(1999, 12, 31, 16, tzinfo=UTC)
_MIDNIGHT_ORDINAL = date(2000, 1, 1).toordinal()

_WRITTEN = re.compile(r"([1-9][0-9]{0,3})(min|h|wd|d)")
_UNITS = {"min": (60, False), "h": (3600, False), "wd": (86400, True), "d": (86400, True)}


def now() -> datetime:
    """This moment in UTC. For the doors only (web, queue, command line)."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take: `seconds` of natural time, or of working days of 86,400 seconds each.

    Two limits are equal when they last equally long in the same kind of time, however they were written.
    Raises ValueError for a length that cannot be written (not whole minutes, or not whole working days).
    """

    seconds: int
    working: bool
    written: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.seconds <= 0 or self.seconds % (86400 if self.working else 60):
            raise ValueError(f"not whole minutes or working days: {self.seconds} s")

    @classmethod
    @lru_cache(maxsize=256)
    def parse(cls, text: str) -> "Limit":
        """Read `30min`, `2h`, `24h` (natural time) or `1wd`, `7d`, `15d` (working days, docs/domain.md §3).

        Raises ValueError, naming the text, for anything else.
        """
        found = _WRITTEN.fullmatch(text)
        if not found:
            raise ValueError(f"not a limit such as 30min, 2h, 1wd or 7d: {text!r}")
        seconds, working = _UNITS[found[2]]
        return cls(int(found[1]) * seconds, working, text)

    def __str__(self) -> str:
        """The text it was parsed from, or else the shortest one that parses to an equal limit."""
        if self.written:
            return self.written
        if self.working:
            return f"{self.seconds // 86400}wd"
        return f"{self.seconds // 3600}h" if self.seconds % 3600 == 0 else f"{self.seconds // 60}min"

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.seconds)


@lru_cache(maxsize=512)
def _published(year: int) -> tuple[int, ...] | None:
    """The working days of a year, as ordinals in order; None when the package has no data for that year."""
    try:
        return tuple(d for d in _days(year) if chinese_calendar.is_workday(date.fromordinal(d)))
    except NotImplementedError:
        return None


@lru_cache(maxsize=1)
def _release() -> str:
    """What the package holds, in a few characters."""
    years = takewhile(lambda days: days is not None, map(_published, count(FIRST_PUBLISHED_YEAR)))
    return hashlib.sha256(repr(list(years)).encode()).hexdigest()


def _days(year: int) -> range:
    first = date(year, 1, 1).toordinal()
    return range(first, date(year, 12, 31).toordinal() + 1)


def _aware(*moments: datetime) -> None:
    for moment in moments:
        if moment.utcoffset() is None:
            raise ValueError(f"a moment needs a time zone: {moment!r}")


def _split(moment: datetime) -> tuple[int, timedelta]:
    """The Shanghai day of a moment, as an ordinal, and how much of that day has gone."""
    _aware(moment)
    days, gone = divmod(moment - _MIDNIGHT, DAY)
    return _MIDNIGHT_ORDINAL + days, gone


class Calendar:
    """The Chinese working calendar as one hospital keeps it.

    `amendments` says for single days whether they are worked and wins over everything else. A year that the
    State Council has not arranged yet (or that came out after this release) counts as Monday to Friday;
    `missing_years` names such years, so that somebody can be told.
    """

    def __init__(self, amendments: Mapping[date, bool] = MappingProxyType({})) -> None:
        self._amendments = dict(amendments)
        self._years: dict[int, tuple[int, ...]] = {}

    def is_working(self, day: date) -> bool:
        """Whether the Shanghai date `day` is worked. Raises TypeError for a datetime: its date depends on a zone."""
        if isinstance(day, datetime):
            raise TypeError("a date is needed, not a moment")
        return self._works(day.toordinal())

    def missing_years(self, until: date) -> list[int]:
        """The years up to that of `until` which count as Monday to Friday because there are no data for them.

        Amending days of such a year does not take it off the list: only a release of the data covers it whole.
        """
        return [year for year in range(FIRST_PUBLISHED_YEAR, until.year + 1) if _published(year) is None]

    def unusual(self, year: int) -> tuple[list[date], list[date]]:
        """The days from Monday to Friday that are not worked, and the Saturdays and Sundays that are."""
        days = [date.fromordinal(day) for day in _days(year)]
        off = [day for day in days if day.weekday() < 5 and not self.is_working(day)]
        return off, [day for day in days if day.weekday() >= 5 and self.is_working(day)]

    def fingerprint(self) -> str:
        """A text of 64 characters: another one as soon as an amendment or the published data are others."""
        amended = sorted((day.toordinal(), works) for day, works in self._amendments.items())
        return hashlib.sha256(f"{_release()} {amended}".encode()).hexdigest()

    def elapsed(self, start: datetime, end: datetime, working: bool) -> timedelta:
        """Time from `start` to `end`: all of it, or what falls on working days. Negative if `end` is earlier."""
        first, first_gone = _split(start)
        last, last_gone = _split(end)
        if not working:
            return end - start
        counted = self._count(first, last) * DAY
        return counted + (last_gone if self._works(last) else ZERO) - (first_gone if self._works(first) else ZERO)

    def due(self, start: datetime, limit: Limit) -> datetime:
        """The first moment at which `limit` is used up. On a day off the count waits for the next working midnight."""
        return self.advance(start, limit.length, limit.working)

    def advance(self, start: datetime, amount: timedelta, working: bool) -> datetime:
        """The first moment t with elapsed(start, t, working) == amount. Raises ValueError for a negative amount."""
        if amount < ZERO:
            raise ValueError(f"time is counted forwards only: {amount}")
        day, gone = _split(start)
        if not working or not amount:
            return start.astimezone(UTC) + amount
        whole, rest = divmod(amount + (gone if self._works(day) else ZERO), DAY)
        if not rest:  # the end of the last working day, not the start of the next one
            whole, rest = whole - 1, DAY
        return _MIDNIGHT + (self._nth(day, whole) - _MIDNIGHT_ORDINAL) * DAY + rest

    def resumed(self, due_at: datetime, paused_at: datetime, resumed_at: datetime, limit: Limit) -> datetime:
        """The due moment after a pause (parked, needs_info): what was left at `paused_at` runs on from `resumed_at`.

        A date that had passed before the pause stays as it was: a pause does not undo lateness.
        Raises ValueError if the pause ends before it began.
        """
        _aware(due_at, paused_at, resumed_at)
        if resumed_at < paused_at:
            raise ValueError("a pause cannot end before it began")
        if paused_at >= due_at:
            return due_at.astimezone(UTC)
        return self.advance(resumed_at, self.elapsed(paused_at, due_at, limit.working), limit.working)

    def used(
        self, start: datetime, limit: Limit, at: datetime, paused: Iterable[tuple[datetime, datetime]] = ()
    ) -> float:
        """The share of `limit` used up at `at` (amber from 0.75, red from 1.0), never below 0 and without upper bound.

        Pauses (from, to) do not count; they may overlap or reach outside start…at. An open pause is given as
        (from, at). Raises ValueError for a pause that ends before it began.
        """
        pauses = list(paused)
        _aware(start, at, *chain.from_iterable(pauses))
        counted, running_from = ZERO, start
        for begin, end in sorted(pauses):
            if end < begin:
                raise ValueError("a pause cannot end before it began")
            if begin >= at:
                break
            if begin > running_from:
                counted += self.elapsed(running_from, begin, limit.working)
            running_from = max(running_from, end)
        if at > running_from:
            counted += self.elapsed(running_from, at, limit.working)
        return counted / limit.length

    def _year(self, year: int) -> tuple[int, ...]:
        """The working days of a year, amended, as ordinals in order; worked out once for each calendar."""
        known = self._years.get(year)
        if known is None:
            worked = _published(year)
            if worked is None:
                worked = tuple(d for d in _days(year) if date.fromordinal(d).weekday() < 5)
            changes = {day.toordinal(): on for day, on in self._amendments.items() if day.year == year}
            if changes:
                kept = {d for d in worked if changes.get(d, True)}
                worked = tuple(sorted(kept | {d for d, on in changes.items() if on}))
            known = self._years[year] = worked
        return known

    def _works(self, day: int) -> bool:
        days = self._year(date.fromordinal(day).year)
        place = bisect_left(days, day)
        return place < len(days) and days[place] == day

    def _count(self, first: int, last: int) -> int:
        """Working days from `first` up to and without `last`; negative if `last` is earlier."""
        if last < first:
            return -self._count(last, first)
        from_year, to_year = date.fromordinal(first).year, date.fromordinal(last).year
        count = bisect_left(self._year(to_year), last) - bisect_left(self._year(from_year), first)
        return count + sum(len(self._year(year)) for year in range(from_year, to_year))

    def _nth(self, day: int, n: int) -> int:
        """The working day that has `n` working days before it, counted from `day`."""
        year = date.fromordinal(day).year
        place = bisect_left(self._year(year), day) + n
        while place >= len(self._year(year)):
            place -= len(self._year(year))
            year += 1
        return self._year(year)[place]


CHINA = Calendar()  # as published, without an administrator's amendments


def years_to_enter(at: datetime) -> list[int]:
    """The years whose published days are missing and needed by now: up to this year's, from October on the next one's.

    The State Council arranges a year in the November before it (docs/decisions/working-days.md).
    """
    today = at.astimezone(SHANGHAI).date()
    return CHINA.missing_years(date(today.year + (today.month >= NEXT_YEAR_FROM), 12, 31))
