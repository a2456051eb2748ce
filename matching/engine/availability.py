"""When somebody can be asked: shift patterns, own weekly hours and leave, as spans of moments (docs/domain.md §11)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from matching.clock import CHINA, SHANGHAI, Calendar
from matching.engine.model import Span
from matching.words import _

DAY_SHIFT, THREE_SHIFTS, OFFICE, RETIRED = _("白班"), _("三班倒"), _("行政班"), _("退休")
DAY = 24 * 60

# Minutes after midnight in which somebody of the pattern may be asked, and whether on working days only.
PATTERNS: dict[str, tuple[int, int, bool]] = {
    DAY_SHIFT: (8 * 60, 18 * 60, True),
    THREE_SHIFTS: (8 * 60, 22 * 60, False),
    OFFICE: (8 * 60 + 30, 17 * 60 + 30, True),
    RETIRED: (9 * 60, 17 * 60, False),
}
UNKNOWN = PATTERNS[DAY_SHIFT]


class Hours:
    """Over these days (in order): works out each pattern once for all who have it."""

    def __init__(self, days: Sequence[date], calendar: Calendar = CHINA) -> None:
        self.days, self.calendar = days, calendar
        self._patterns: dict[str, tuple[Span, ...]] = {}
        self._midnights: list[list[datetime]] = [[] for _weekday in range(7)]  # of these days, by weekday
        for day in days:
            self._midnights[day.weekday()].append(_midnight(day))

    def of(
        self, pattern: str, weekly: Sequence[Sequence[int]] | None = None, leaves: Iterable[tuple[date, date]] = ()
    ) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Free and away spans. `weekly` ([weekday, from, to], 0 Monday, minutes) replaces the pattern's usual hours;
        `leaves` are first and last days."""
        free = self._own(weekly) if weekly is not None else self._usual(pattern)
        away = merged(span for leave in leaves if (span := self._leave(*leave)) is not None)
        return (without(free, away) if away else free), away

    def _usual(self, pattern: str) -> tuple[Span, ...]:
        known = self._patterns.get(pattern)
        if known is None:
            start, end, working = PATTERNS.get(pattern, UNKNOWN)
            days = [day for day in self.days if not working or self.calendar.is_working(day)]
            known = self._patterns[pattern] = merged(_span(day, start, end) for day in days)
        return known

    def _own(self, weekly: Sequence[Sequence[int]]) -> tuple[Span, ...]:
        spans = []
        for weekday, start, end in weekly:
            if start < end:
                begins, ends = timedelta(minutes=start), timedelta(minutes=end)
                spans += [Span(midnight + begins, midnight + ends) for midnight in self._midnights[weekday]]
        return merged(spans)

    def _leave(self, first: date, last: date) -> Span | None:
        first, last = max(first, self.days[0]), min(last, self.days[-1])
        return Span(_span(first, 0, DAY).start, _span(last, 0, DAY).end) if first <= last else None


def free_spans(
    pattern: str, weekly: Sequence[Sequence[int]] | None, leaves: Iterable[tuple[date, date]], days: Sequence[date],
    calendar: Calendar = CHINA,
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:  # fmt: skip
    """Free and away spans of one person over these days (in order). For many people use one `Hours`."""
    return Hours(days, calendar).of(pattern, weekly, leaves)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In order, and joined where they touch."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(span.end, joined[-1].end))
        else:
            joined.append(span)
    return tuple(joined)


def without(spans: Iterable[Span], away: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of `spans` outside `away` (in order, apart from each other)."""
    left: list[Span] = []
    for start, end in spans:
        for gone in away:
            if gone.end <= start or end <= gone.start:
                continue
            if start < gone.start:
                left.append(Span(start, gone.start))
            start = gone.end
        if start < end:
            left.append(Span(start, end))
    return tuple(left)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def _span(day: date, start: int, end: int) -> Span:
    midnight = _midnight(day)
    return Span(midnight + timedelta(minutes=start), midnight + timedelta(minutes=end))
