"""When a message may leave: Shanghai's minutes, over midnight too."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from matching.clock import SHANGHAI
from matching.notices.quiet import MINUTES, may_leave_at

NIGHT = (22 * 60, 7 * 60)
MINUTE = some.integers(0, MINUTES - 1)
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = some.integers(0, 2 * 365 * 24 * 3600).map(lambda seconds: START + timedelta(seconds=seconds))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("03-02 21:59", "03-02 21:59"),
        ("03-02 22:00", "03-03 07:00"),
        ("03-02 23:59", "03-03 07:00"),
        ("03-03 00:00", "03-03 07:00"),
        ("03-03 06:59", "03-03 07:00"),
        ("03-03 07:00", "03-03 07:00"),
        ("12-31 23:00", "01-01 07:00"),
    ],
)
def test_the_night_is_quiet_until_its_end(now, then):
    leaves = may_leave_at(at(now), *NIGHT, None)
    assert leaves.astimezone(SHANGHAI).strftime("%m-%d %H:%M") == then


def test_a_pause_at_noon_does_not_pass_midnight():
    noon = (12 * 60, 14 * 60)
    assert may_leave_at(at("03-02 13:30"), *noon, None) == at("03-02 14:00")
    assert may_leave_at(at("03-02 23:30"), *noon, None) == at("03-02 23:30")


@pytest.mark.parametrize("quiet", [(None, None), (60, None), (None, 60), (60, 60)])
def test_without_two_ends_nothing_is_quiet(quiet):
    assert may_leave_at(at("03-02 01:00"), *quiet, None) == at("03-02 01:00")


def test_a_digest_waits_for_its_minute_of_this_day_or_the_next():
    assert may_leave_at(at("03-02 10:00"), None, None, 17 * 60) == at("03-02 17:00")
    assert may_leave_at(at("03-02 17:00"), None, None, 17 * 60) == at("03-02 17:00")
    assert may_leave_at(at("03-02 17:01"), None, None, 17 * 60) == at("03-03 17:00")


def test_a_digest_in_the_quiet_hours_comes_when_they_end():
    assert may_leave_at(at("03-02 10:00"), *NIGHT, 23 * 60) == at("03-03 07:00")


@given(MOMENT, MINUTE, MINUTE, some.none() | MINUTE)
def test_it_leaves_outside_the_quiet_hours_and_within_two_days(now, start, end, digest):
    leaves = may_leave_at(now, start, end, digest)
    local = leaves.astimezone(SHANGHAI)
    since = (local.hour * 60 + local.minute - start) % MINUTES
    assert start == end or since >= (end - start) % MINUTES
    assert now <= leaves <= now + timedelta(days=2)
    assert may_leave_at(leaves, start, end, None) == leaves
