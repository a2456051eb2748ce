"""The arithmetic of points and stars."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.recognition.model import PointsRules
from matching.recognition.points import Rules, centipoints, hours, in_force, missing, points, star

SET = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "coefficient", "expected"),
    [
        (60, 1.0, 100), (90, 1.0, 150), (120, 1.0, 200), (121, 1.0, 200), (1440, 1.0, 200),  # at most two hours
        (60, 1.2, 120), (180, 1.5, 300),  # the cap first, then the difficulty
        (1, 1.0, 2), (50, 1.0, 83), (25, 1.2, 50), (3, 1.5, 8),  # 1.67, 83.3, 50, and 7.5: half goes up
    ],
)  # fmt: skip
def test_an_hour_is_a_point_two_count_at_most_and_difficulty_multiplies(minutes, coefficient, expected):
    assert centipoints(minutes, coefficient, Rules()) == expected


@given(st.integers(1, 1440), st.integers(1, 1440), st.sampled_from([1.0, 1.2, 1.5]), st.integers(1, 1000))
def test_more_minutes_never_bring_fewer_points_and_never_more_than_the_cap(one, other, coefficient, rate):
    rules = Rules(1, rate, 120)
    fewer, more = sorted((one, other))
    assert 0 <= centipoints(fewer, coefficient, rules) <= centipoints(more, coefficient, rules)
    assert centipoints(more, coefficient, rules) <= rate * 2 * coefficient + 0.5


@pytest.mark.parametrize(
    ("minutes", "stars", "to_go"),
    [(0, 0, 6000), (5999, 0, 1), (6000, 1, 12000), (18000, 2, 18000), (60000, 4, 30000), (90000, 5, None)],
)
def test_stars_come_at_100_300_600_1000_and_1500_hours(minutes, stars, to_go):
    assert (star(minutes), missing(minutes)) == (stars, to_go)


def test_the_rules_of_a_day_are_those_that_began_last_and_of_two_of_a_day_the_newer():
    def version(number: int, since: date) -> PointsRules:
        return PointsRules(root_id=1, version=number, since=since, centipoints_an_hour=100 * number, made_at=SET)

    known = [version(1, date(2026, 3, 1)), version(2, date(2026, 6, 1)), version(3, date(2026, 6, 1))]
    assert in_force([], date(2026, 3, 1)) == Rules() == in_force(known, date(2026, 2, 28))
    assert [in_force(known, day).version for day in (date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1))] == [
        1,
        1,
        3,
    ]


def test_numbers_are_written_as_people_read_them():
    assert [hours(minutes) for minutes in (0, 3, 45, 90, -40)] == ["0.0", "0.1", "0.8", "1.5", "-0.7"]
    assert [points(amount) for amount in (0, 200, 150, 125, 1000, -150)] == ["0", "2", "1.5", "1.25", "10", "-1.5"]
