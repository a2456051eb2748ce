"""Periods as people write them, the ones before them, and how they are cut."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.reports.periods import Period, Step
from tests.requests.scene import refused

days = st.dates(date(2001, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("written", "first", "last", "before"),
    [
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30), "2026Q2"),
        ("2026Q1", date(2026, 1, 1), date(2026, 3, 31), "2025Q4"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-01"),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31), "2026-11"),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2025"),
        ("2026-07-10..2026-07-12", date(2026, 7, 10), date(2026, 7, 12), "2026-07-07..2026-07-09"),
    ],
)
def test_what_is_written_is_read_and_written_again(written, first, last, before):
    period = Period.parse(written)
    assert (period.first, period.last, period.code, period.before.code) == (first, last, written, before)
    assert Period.parse(f"{first}..{last}") == period


@pytest.mark.parametrize(
    "written",
    ["", "2026Q5", "2026-13", "26Q1", "2026-7", "2026-02-30..2026-03-01", "2026Q1 or so", "２０２６", "2100", "1999Q4"],
)
def test_what_is_no_period_is_refused_beside_its_field(written):
    with refused("not_a_choice"):
        Period.parse(written)


@pytest.mark.parametrize(
    "written",
    ["1999-12-31..2000-01-01", "2099-12-31..2100-01-01", "2000-01-01..2099-12-31", "2016-01-01..2026-01-09",
     "0001-01-01..0001-01-02", "9999-12-30..9999-12-31"],
)  # fmt: skip
def test_days_that_nobody_can_mean_are_refused_with_the_years_that_can_be_asked_for(written):
    with refused("days_out_of_range"):
        Period.parse(written)


@pytest.mark.parametrize(
    "written", ["2000", "2000Q1", "2000-01", "2000-01-01..2000-01-02", "2099", "2099-12-31..2099-12-31"]
)
def test_the_first_and_the_last_that_can_be_asked_for_have_all_that_pages_show(written):
    period = Period.parse(written)
    assert period.code == written
    assert period.before.last == period.first - timedelta(days=1)
    assert len(period.before.code) >= 4
    assert (period.ends - period.begins).days == period.days
    assert next(period.cut(Step.month)).code.startswith(f"{period.first:%Y-%m}")


def test_days_in_the_wrong_order_are_refused():
    with refused("time_order"):
        Period.parse("2026-07-02..2026-07-01")


@given(days, st.integers(0, 800), st.sampled_from(Step))
@settings(max_examples=60)
def test_the_parts_of_a_period_are_all_its_days_once(first, more, step):
    period = Period(first, min(first + timedelta(days=more), date(2100, 1, 1)))
    parts = list(period.cut(step))
    assert sum(part.days for part in parts) == period.days
    assert (parts[0].first, parts[-1].last) == (period.first, period.last)
    assert all(one.last + timedelta(days=1) == two.first for one, two in pairwise(parts))
    assert (period.ends - period.begins).days == period.days
