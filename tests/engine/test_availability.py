"""Free and away spans from shift patterns, own hours and leave."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.clock import SHANGHAI, Calendar
from matching.engine.availability import Hours, free_spans, merged, without
from matching.engine.model import Span

MONDAY = date(2026, 11, 23)
WEEK = [MONDAY + timedelta(days=n) for n in range(7)]


def local(spans: tuple[Span, ...]) -> list[str]:
    """As people say it: day, from, to."""
    said = []
    for start, end in spans:
        assert start.tzinfo is end.tzinfo is UTC
        first, last = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI)
        said.append(
            f"{first:%a %H:%M}-{last:%H:%M}" if first.date() == last.date() else f"{first:%a %H:%M}-{last:%a %H:%M}"
        )
    return said


@pytest.mark.parametrize(
    ("pattern", "days", "hours"),
    [("白班", 5, "08:00-18:00"), ("行政班", 5, "08:30-17:30"), ("三班倒", 7, "08:00-22:00"),
     ("退休", 7, "09:00-17:00"), ("", 5, "08:00-18:00")],
)  # fmt: skip
def test_each_shift_pattern_has_its_usual_hours(pattern: str, days: int, hours: str) -> None:
    free, away = free_spans(pattern, None, (), WEEK)
    assert local(free) == [f"{day:%a} {hours}" for day in WEEK[:days]]
    assert away == ()


def test_patterns_of_working_days_follow_the_calendar_and_its_amendments() -> None:
    new_year = [date(2026, 1, 1) + timedelta(days=n) for n in range(4)]
    assert local(free_spans("白班", None, (), new_year)[0]) == ["Sun 08:00-18:00"]  # Thursday to Saturday off
    assert len(free_spans("三班倒", None, (), new_year)[0]) == 4
    amended = Calendar({MONDAY: False, WEEK[5]: True})
    assert [span.split()[0] for span in local(free_spans("行政班", None, (), WEEK, amended)[0])] == [
        "Tue",
        "Wed",
        "Thu",
        "Fri",
        "Sat",
    ]


def test_own_hours_replace_the_pattern_even_where_they_are_none() -> None:
    own = [[0, 600, 720], [0, 720, 780], [6, 0, 1440], [2, 700, 700]]
    assert local(free_spans("白班", own, (), WEEK)[0]) == ["Mon 10:00-13:00", "Sun 00:00-Mon 00:00"]
    assert free_spans("白班", [], (), WEEK)[0] == ()


def test_own_hours_join_over_midnight() -> None:
    night = [[1, 1320, 1440], [2, 0, 360]]
    assert local(free_spans("三班倒", night, (), WEEK)[0]) == ["Tue 22:00-Wed 06:00"]


def test_leave_takes_whole_days_away() -> None:
    leaves = [(WEEK[1], WEEK[2]), (date(2026, 1, 1), date(2026, 1, 9)), (WEEK[6], date(2027, 1, 1))]
    free, away = free_spans("白班", None, leaves, WEEK)
    assert local(free) == [f"{day} 08:00-18:00" for day in ("Mon", "Thu", "Fri")]
    assert local(away) == ["Tue 00:00-Thu 00:00", "Sun 00:00-Mon 00:00"]


def test_people_of_one_pattern_share_one_value() -> None:
    hours = Hours(WEEK)
    assert hours.of("白班")[0] is hours.of("白班")[0]


quarters = st.integers(0, 200)
spans = st.lists(
    st.tuples(quarters, st.integers(1, 30)).map(
        lambda one: Span(
            *(datetime.combine(MONDAY, time(), UTC) + timedelta(minutes=15 * n) for n in (one[0], sum(one)))
        )
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(spans, spans)
def test_what_is_left_is_free_and_not_away_quarter_by_quarter(free: list[Span], away: list[Span]) -> None:
    left = without(merged(free), merged(away))
    assert all(one.end <= other.start for one, other in pairwise(left))
    for quarter in range(240):
        at = Span(*(datetime.combine(MONDAY, time(), UTC) + timedelta(minutes=15 * n) for n in (quarter, quarter + 1)))
        assert any(one.covers(at) for one in left) == (
            any(one.meets(at) for one in free) and not any(one.meets(at) for one in away)
        )
