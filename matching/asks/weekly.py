"""The free hours of a week as somebody states them: checked, put in order, and kept as [weekday, from, to]."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from matching.errors import Refused

MIDNIGHT = 24 * 60
MOST_A_DAY = 2  # our own: before and after work; more does not fit a phone's form


class Free(NamedTuple):
    """Free on one weekday (0 Monday) from `start` up to `end`, minutes after midnight in Shanghai."""

    weekday: int
    start: int
    end: int  # 1440 at most: a night is stated on both of its days


class WrongHours(Refused):
    """`weekday` and `place` (among that day's spans, from 0) name the span that is meant."""

    def __init__(self, code: str, weekday: int, place: int, **params: Any) -> None:
        super().__init__(code, **params)
        self.weekday, self.place = weekday, place


def checked(stated: Iterable[Free]) -> list[list[int]]:
    """In order and without overlap, ready to be kept. Raises WrongHours time_order, hours_overlap, too_many_items."""
    days: dict[int, list[tuple[int, Free]]] = {}
    for span in stated:
        day = days.setdefault(span.weekday, [])
        if not 0 <= span.start < span.end <= MIDNIGHT:
            raise WrongHours("time_order", span.weekday, len(day))
        day.append((len(day), span))
        if len(day) > MOST_A_DAY:
            raise WrongHours("too_many_items", span.weekday, len(day) - 1, max=MOST_A_DAY)
    kept = []
    for weekday, day in sorted(days.items()):
        last = 0
        for place, span in sorted(day, key=lambda one: one[1].start):
            if span.start < last:
                raise WrongHours("hours_overlap", weekday, place)
            kept.append([weekday, span.start, span.end])
            last = span.end
    return kept
