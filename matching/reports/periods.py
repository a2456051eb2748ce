"""The days a figure is about: a month, a quarter, a year or any days from one to another, in Shanghai. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from matching.clock import SHANGHAI
from matching.errors import Invalid

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)  # what may be asked for (our own)
YEARS = 10  # the longest that may be asked for (our own)
LONGEST = 366 * YEARS  # days
MOST_PARTS = 366  # of a series
_WRITTEN = re.compile(
    r"(?P<year>20\d\d)(?:Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?"
    r"|(?P<first>\d{4}-\d\d-\d\d)\.\.(?P<last>\d{4}-\d\d-\d\d)",
    re.ASCII,
)


class Step(StrEnum):
    """How a period is cut for a series."""

    day = "day"
    week = "week"  # from Monday
    month = "month"


@dataclass(frozen=True, order=True)
class Period:
    """From the first day to the last, both of them in it. Raises Invalid on `period` for days out of order.

    What people ask for comes through `between` or `parse` and is bounded; what follows from it, as the quarter before
    the first, is not.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Invalid.field_is("period", "time_order")

    @classmethod
    def between(cls, first: date, last: date) -> "Period":
        """Any days from FIRST to LAST, at most LONGEST. Raises Invalid on the field `period`."""
        made = cls(first, last)
        if not FIRST <= first <= last <= LAST or made.days > LONGEST:
            raise Invalid.field_is("period", "days_out_of_range", first=FIRST.year, last=LAST.year, years=YEARS)
        return made

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read `2026Q3`, `2026-07`, `2026` or `2026-07-01..2026-07-15`. Raises Invalid on the field `period`."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            raise Invalid.field_is("period", "not_a_choice")
        if found["first"]:
            try:
                days = date.fromisoformat(found["first"]), date.fromisoformat(found["last"])
            except ValueError:
                raise Invalid.field_is("period", "not_a_choice") from None
            return cls.between(*days)
        year = int(found["year"])
        if found["quarter"]:
            return cls.months(year, 3 * int(found["quarter"]) - 2, 3)
        return cls.months(year, int(found["month"]), 1) if found["month"] else cls.months(year, 1, 12)

    @classmethod
    def months(cls, year: int, month: int, count: int) -> "Period":
        """`count` whole months from that one on."""
        after = date(year + (month + count - 1) // 12, (month + count - 1) % 12 + 1, 1)
        return cls(date(year, month, 1), after - timedelta(days=1))

    @classmethod
    def quarter_of(cls, day: date) -> "Period":
        """The quarter that a day lies in."""
        return cls.months(day.year, day.month - (day.month - 1) % 3, 3)

    @classmethod
    def month_of(cls, day: date) -> "Period":
        """The month that a day lies in."""
        return cls.months(day.year, day.month, 1)

    @classmethod
    def year_of(cls, day: date) -> "Period":
        """The year that a day lies in."""
        return cls.months(day.year, 1, 12)

    @property
    def code(self) -> str:
        """What `parse` reads, in the shortest form: 2026Q3."""
        year, month = f"{self.first:%Y}", f"{self.first:%Y-%m}"
        quarter = f"{year}Q{(self.first.month + 2) // 3}"
        wholes = ((Period.year_of, year), (Period.quarter_of, quarter), (Period.month_of, month))
        for whole, written in wholes:
            if whole(self.first) == self:
                return written
        return f"{self.first}..{self.last}"

    def __str__(self) -> str:
        return self.code

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), SHANGHAI)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), SHANGHAI)

    @property
    def before(self) -> "Period":
        """The one before it: the quarter before a quarter, and as many days before any days."""
        last = self.first - timedelta(days=1)
        for whole in (Period.year_of, Period.quarter_of, Period.month_of):
            if whole(self.first) == self:
                return whole(last)
        return Period(self.first - timedelta(days=self.days), last)

    def at_most(self, by: Step) -> "Period":
        """Itself. Raises Invalid on `period` when it has more than MOST_PARTS of such parts."""
        length = {Step.day: 1, Step.week: 7, Step.month: 28}[by]
        if self.days > MOST_PARTS * length:
            raise Invalid.field_is("period", "not_a_choice")
        return self

    def cut(self, by: Step) -> Iterator["Period"]:
        """Its days, weeks or months, in order; the first and last may be shorter than whole ones."""
        first = self.first
        while first <= self.last:
            if by is Step.day:
                last = first
            elif by is Step.week:
                last = first + timedelta(days=6 - first.weekday())
            else:
                last = Period.month_of(first).last
            yield Period(first, min(last, self.last))
            first = last + timedelta(days=1)
