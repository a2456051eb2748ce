"""The clock: limits, the Chinese working calendar, due dates and pauses (docs/domain.md §3)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import clock
from matching.clock import SHANGHAI, Calendar, Limit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CALENDAR = Calendar()

# Typed from the State Council's notices for 2025 (2024-11-12) and 2026 (2025-11-04), not from the package.
DAYS_OFF = [
    ("2025-01-01", 1), ("2025-01-28", 8), ("2025-04-04", 3), ("2025-05-01", 5), ("2025-05-31", 3), ("2025-10-01", 8),
    ("2026-01-01", 3), ("2026-02-15", 9), ("2026-04-04", 3), ("2026-05-01", 5), ("2026-06-19", 3), ("2026-09-25", 3),
    ("2026-10-01", 7),
]  # fmt: skip
WORKED_WEEKENDS = [
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
]  # fmt: skip

bound = datetime.fromisoformat  # hypothesis takes its bounds without a zone
law = settings(derandomize=True, deadline=None, max_examples=300)
zones = st.sampled_from([UTC, SHANGHAI, timezone(timedelta(hours=-11)), timezone(timedelta(hours=5, minutes=45))])
moments = st.datetimes(bound("2004-01-02"), bound("2029-12-01"), timezones=zones)
midnights = st.dates(date(2004, 1, 2), date(2029, 12, 1)).map(
    lambda day: datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
)
starts = st.one_of(moments, midnights)
limits = st.one_of(
    st.sampled_from(["30min", "1h", "2h", "4h", "24h", "1wd", "7d", "15d"]).map(Limit.parse),
    st.integers(1, 3000).map(lambda n: Limit(n * 60, False)),
    st.integers(1, 300).map(lambda n: Limit(n * 86400, True)),
)
lengths = st.timedeltas(timedelta(), timedelta(days=60))
amendments = st.dictionaries(st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.booleans(), max_size=30)
calendars = st.one_of(st.just(CALENDAR), amendments.map(Calendar))


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due(start: str, limit: str, calendar: Calendar = CALENDAR) -> str:
    return calendar.due(shanghai(start), Limit.parse(limit)).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def counted_day_by_day(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The plain way to count working time, against which the quick one is held."""
    total, day = timedelta(), start.astimezone(SHANGHAI).date()
    while day <= end.astimezone(SHANGHAI).date():
        midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)
        if calendar.is_working(day):
            total += max(min(midnight + DAY, end) - max(midnight, start), timedelta())
        day += DAY
    return total


@pytest.mark.parametrize(
    ("text", "length", "working"),
    [
        ("30min", HOUR / 2, False),
        ("1h", HOUR, False),
        ("2h", 2 * HOUR, False),
        ("24h", DAY, False),
        ("1wd", DAY, True),
        ("7d", 7 * DAY, True),
        ("15d", 15 * DAY, True),
    ],
)
def test_a_limit_reads_minutes_and_hours_as_natural_time_and_days_as_working_days(text, length, working):
    limit = Limit.parse(text)
    assert (limit.length, limit.working, str(limit)) == (length, working, text)


@pytest.mark.parametrize(
    "text",
    ["", "7", "d", "0h", "07d", "-2h", "1.5h", "2 h", " 2h", "2h\n", "2H", "1w", "3m", "\uff11h", "99999d", "2h30min"],
)
def test_anything_else_is_not_a_limit_and_the_error_names_the_text(text):
    with pytest.raises(ValueError, match="not a limit") as refused:
        Limit.parse(text)
    assert repr(text) in str(refused.value)


@law
@given(limits)
def test_a_limit_written_and_read_again_is_the_same_limit(limit):
    assert Limit.parse(str(Limit(limit.seconds, limit.working))) == limit == Limit.parse(str(limit))


@pytest.mark.parametrize(("seconds", "working"), [(0, False), (-60, False), (90, False), (0, True), (3600, True)])
def test_a_length_that_cannot_be_written_is_not_a_limit(seconds, working):
    with pytest.raises(ValueError, match="not whole"):
        Limit(seconds, working)


def test_24_hours_and_one_working_day_are_different_limits():
    assert Limit.parse("24h") != Limit.parse("1wd") == Limit.parse("1d")


def test_now_is_in_utc():
    assert clock.now().tzinfo is UTC


def test_2025_and_2026_are_worked_as_the_state_council_published():
    off = {date.fromisoformat(first) + n * DAY for first, length in DAYS_OFF for n in range(length)}
    on = {date.fromisoformat(day) for day in WORKED_WEEKENDS}
    assert len(on) == 11
    assert all(day.weekday() > 4 for day in on)
    day = date(2025, 1, 1)
    while day.year < 2027:
        assert CALENDAR.is_working(day) == (day in on or (day.weekday() < 5 and day not in off)), day
        day += DAY


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2020-01-31", False),  # Spring Festival 2020, prolonged because of the epidemic
        ("2022-12-31", False),  # New Year's holiday of 2023 began in the old year
        ("2023-10-07", True),  # Saturday, worked for National Day
        ("2024-02-09", True),  # New Year's Eve 2024 was not a day off
        ("2024-02-10", False),
        ("2024-02-18", True),  # Sunday, worked for Spring Festival
    ],
)
def test_other_well_known_days(day, working):
    assert CALENDAR.is_working(date.fromisoformat(day)) is working


def test_an_amendment_wins_in_both_directions_and_touches_only_its_day():
    amended = Calendar({date(2026, 10, 10): False, date(2026, 10, 3): True, date(2030, 5, 1): False})
    assert [amended.is_working(date(2026, 10, day)) for day in (3, 4, 8, 10)] == [True, False, True, False]
    assert not amended.is_working(date(2030, 5, 1))
    assert amended.is_working(date(2030, 5, 2))
    assert CALENDAR.is_working(date(2026, 10, 10))
    assert not CALENDAR.is_working(date(2026, 10, 3))


def test_a_later_change_of_the_given_amendments_does_not_reach_the_calendar():
    given_days = {date(2026, 11, 23): False}
    amended = Calendar(given_days)
    given_days.clear()
    assert not amended.is_working(date(2026, 11, 23))


def test_a_year_without_data_counts_monday_to_friday_and_is_named():
    assert CALENDAR.missing_years(date(2026, 12, 31)) == []
    assert CALENDAR.missing_years(date(2099, 1, 1))[-1] == 2099
    week = [date(2099, 10, 5) + n * DAY for n in range(7)]  # a Monday
    assert [CALENDAR.is_working(day) for day in week] == [True] * 5 + [False] * 2


def test_a_calendar_asks_for_a_date_and_not_for_a_moment():
    with pytest.raises(TypeError):
        CALENDAR.is_working(shanghai("2026-10-01 12:00"))


@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        # natural time runs through nights and holidays
        ("2026-10-01 23:30", "2h", "2026-10-02 01:30"),
        ("2025-12-31 23:45", "30min", "2026-01-01 00:15"),
        ("2026-02-16 09:00", "24h", "2026-02-17 09:00"),
        # an ordinary week
        ("2026-03-10 10:00", "1wd", "2026-03-11 10:00"),
        ("2026-03-13 10:00", "1wd", "2026-03-16 10:00"),
        # midnight: all of Friday is used up when Friday ends; Saturday counts from Monday's midnight
        ("2026-03-13 00:00", "1wd", "2026-03-14 00:00"),
        ("2026-03-14 00:00", "1wd", "2026-03-17 00:00"),
        ("2026-03-15 18:20", "1wd", "2026-03-17 00:00"),
        # National Day 2025: eight days off; Sunday 28 September and Saturday 11 October are worked
        ("2025-09-26 15:00", "7d", "2025-10-13 15:00"),  # 28, 29, 30 September, 9, 10, 11, 13 October
        ("2025-09-27 08:00", "1wd", "2025-09-29 00:00"),
        ("2025-09-30 15:00", "1wd", "2025-10-09 15:00"),
        # National Day 2026: seven days off; Sunday 20 September and Saturday 10 October are worked
        ("2026-09-30 15:00", "7d", "2026-10-15 15:00"),  # 8, 9, 10, 12, 13, 14, 15 October
        ("2026-10-09 16:00", "1wd", "2026-10-10 16:00"),
        # Spring Festival: worked Sunday 26 January 2025, worked Saturdays 14 and 28 February 2026
        ("2025-01-24 11:00", "1wd", "2025-01-26 11:00"),
        ("2025-01-27 11:00", "1wd", "2025-02-05 11:00"),
        ("2026-02-13 17:00", "7d", "2026-03-02 17:00"),  # 14, 24, 25, 26, 27, 28 February, 2 March
        # the end of a year, and a year in which Sunday 4 January is worked
        ("2025-12-31 17:00", "1wd", "2026-01-04 17:00"),
        ("2024-12-31 17:00", "15d", "2025-01-22 17:00"),
    ],
)
def test_due_dates_worked_out_by_hand(start, limit, expected):
    assert due(start, limit) == expected


def test_an_amended_day_moves_the_due_date():
    assert due("2026-03-13 10:00", "1wd", Calendar({date(2026, 3, 14): True})) == "2026-03-14 10:00"
    assert due("2026-03-13 10:00", "1wd", Calendar({date(2026, 3, 16): False})) == "2026-03-17 10:00"


def test_a_whole_year_off_is_stepped_over():
    closed = Calendar({date(2026, 1, 1) + n * DAY: False for n in range(365)})
    assert due("2025-12-31 17:00", "1wd", closed) == "2027-01-01 17:00"
    assert closed.elapsed(shanghai("2025-12-31 17:00"), shanghai("2027-01-01 17:00"), True) == DAY


@law
@given(calendars, starts, limits)
def test_exactly_the_limit_has_elapsed_when_it_is_due(calendar, start, limit):
    assert calendar.elapsed(start, calendar.due(start, limit), limit.working) == limit.length


@law
@given(calendars, starts, limits)
def test_due_is_the_first_such_moment(calendar, start, limit):
    moment = calendar.due(start, limit) - timedelta(microseconds=1)
    assert calendar.elapsed(start, moment, limit.working) < limit.length


@law
@given(calendars, starts, lengths, limits)
def test_who_starts_later_is_not_due_earlier(calendar, start, length, limit):
    assert calendar.due(start, limit) <= calendar.due(start + length, limit)


@law
@given(calendars, starts, lengths, lengths)
def test_advancing_twice_is_advancing_by_the_sum(calendar, start, one, other):
    twice = calendar.advance(calendar.advance(start, one, True), other, True)
    assert twice == calendar.advance(start, one + other, True)


@law
@given(calendars, starts, lengths)
def test_working_time_is_what_counting_day_by_day_gives(calendar, start, length):
    end = start.astimezone(UTC) + length
    assert calendar.elapsed(start, end, True) == counted_day_by_day(calendar, start, end)


@law
@given(starts, starts, starts, st.booleans())
def test_elapsed_time_adds_up_and_turns_round(one, two, three, working):
    def elapsed(start, end):
        return CALENDAR.elapsed(start, end, working)

    assert elapsed(one, two) + elapsed(two, three) == elapsed(one, three)
    assert elapsed(one, two) == -elapsed(two, one)


@law
@given(starts, limits, zones)
def test_the_zone_of_the_start_does_not_matter_and_utc_comes_out(start, limit, zone):
    answer = CALENDAR.due(start, limit)
    assert answer == CALENDAR.due(start.astimezone(zone), limit)
    assert answer.tzinfo is UTC


def test_the_day_is_the_one_in_shanghai_and_not_the_one_in_utc():
    friday_morning_in_shanghai = datetime(2026, 3, 12, 17, 0, tzinfo=UTC)
    assert CALENDAR.due(friday_morning_in_shanghai, Limit.parse("1wd")) == shanghai("2026-03-16 01:00")


@law
@given(st.datetimes(bound("1992-01-01"), bound("2100-01-01")))
def test_shanghai_keeps_one_offset(moment):
    assert moment.replace(tzinfo=UTC).astimezone(SHANGHAI).utcoffset() == 8 * HOUR


NAIVE, AWARE, WEEK = datetime.fromisoformat("2026-03-10 09:00"), datetime(2026, 3, 10, 9, tzinfo=UTC), Limit.parse("7d")


@pytest.mark.parametrize(
    "call",
    [
        lambda: CALENDAR.due(NAIVE, WEEK),
        lambda: CALENDAR.due(NAIVE, Limit.parse("2h")),
        lambda: CALENDAR.advance(NAIVE, timedelta(), True),
        lambda: CALENDAR.elapsed(NAIVE, AWARE, True),
        lambda: CALENDAR.elapsed(AWARE, NAIVE, True),
        lambda: CALENDAR.elapsed(NAIVE, NAIVE, False),
        lambda: CALENDAR.used(NAIVE, WEEK, NAIVE),
        lambda: CALENDAR.used(AWARE, WEEK, NAIVE),
        lambda: CALENDAR.used(AWARE, WEEK, AWARE + DAY, [(NAIVE, NAIVE)]),
        lambda: CALENDAR.resumed(NAIVE, NAIVE, NAIVE, WEEK),
        lambda: CALENDAR.resumed(AWARE, AWARE, NAIVE, WEEK),
    ],
)
def test_a_moment_without_a_zone_is_refused(call):
    with pytest.raises(ValueError, match="time zone"):
        call()


def test_time_is_not_advanced_backwards():
    with pytest.raises(ValueError, match="forwards only"):
        CALENDAR.advance(AWARE, -HOUR, True)


@law
@given(calendars, starts, limits, st.floats(0, 0.999), lengths)
def test_a_pause_keeps_what_was_left(calendar, start, limit, share, pause):
    paused_at = calendar.advance(start, limit.length * share, limit.working)
    resumed_at = paused_at + pause
    due_at = calendar.resumed(calendar.due(start, limit), paused_at, resumed_at, limit)
    before = calendar.elapsed(start, paused_at, limit.working)
    assert before + calendar.elapsed(resumed_at, due_at, limit.working) == limit.length
    assert calendar.used(start, limit, due_at, [(paused_at, resumed_at)]) == 1.0
    assert calendar.used(start, limit, due_at - timedelta(seconds=1), [(paused_at, resumed_at)]) < 1.0
    if not pause:
        assert due_at == calendar.due(start, limit)


def test_a_request_parked_on_friday_and_resumed_on_a_day_off_runs_on_from_monday():
    due_at = CALENDAR.due(shanghai("2026-03-12 10:00"), Limit.parse("2wd"))
    assert due_at == shanghai("2026-03-16 10:00")
    resumed = CALENDAR.resumed(due_at, shanghai("2026-03-13 10:00"), shanghai("2026-03-21 12:00"), Limit.parse("2wd"))
    assert resumed == shanghai("2026-03-24 00:00")


def test_parking_does_not_undo_a_missed_date():
    due_at = shanghai("2026-03-10 12:00")
    assert CALENDAR.resumed(due_at, shanghai("2026-03-10 13:00"), shanghai("2026-03-20 13:00"), WEEK) == due_at


def test_a_pause_that_ends_before_it_began_is_refused():
    with pytest.raises(ValueError, match="cannot end before"):
        CALENDAR.resumed(AWARE + DAY, AWARE, AWARE - HOUR, WEEK)
    with pytest.raises(ValueError, match="cannot end before"):
        CALENDAR.used(AWARE, WEEK, AWARE + DAY, [(AWARE + 2 * HOUR, AWARE + HOUR)])


@pytest.mark.parametrize(
    ("at", "limit", "share"),
    [
        ("2026-03-13 08:00", "2h", 0.0),  # asked before it began
        ("2026-03-13 10:30", "2h", 0.75),
        ("2026-03-13 11:00", "2h", 1.0),
        ("2026-03-13 15:00", "2h", 3.0),
        ("2026-03-14 09:00", "24h", 1.0),
        ("2026-03-14 00:00", "1wd", 15 / 24),
        ("2026-03-15 23:59", "1wd", 15 / 24),  # the weekend adds nothing
        ("2026-03-16 03:00", "1wd", 0.75),
    ],
)
def test_the_share_of_a_limit_that_is_used(at, limit, share):
    assert CALENDAR.used(shanghai("2026-03-13 09:00"), Limit.parse(limit), shanghai(at)) == share


@pytest.mark.parametrize(
    ("pauses", "hours"),
    [
        ([], 10),
        ([(2, 5)], 7),
        ([(4, 5), (2, 5), (3, 6)], 6),  # overlapping, in no order, counted once
        ([(-3, 1)], 9),  # began before the start
        ([(8, 99)], 8),  # still open
        ([(-9, -1), (11, 20), (3, 3)], 10),  # outside, or of no length
        ([(-1, 11)], 0),
    ],
)
def test_pauses_do_not_count(pauses, hours):
    spans = [(AWARE + begin * HOUR, AWARE + end * HOUR) for begin, end in pauses]
    assert CALENDAR.used(AWARE, Limit.parse("10h"), AWARE + 10 * HOUR, spans) == hours / 10


@law
@given(starts, limits, lengths, lengths)
def test_the_used_share_only_grows(start, limit, sooner, more):
    at = start.astimezone(UTC) + sooner
    assert 0 <= CALENDAR.used(start, limit, at) <= CALENDAR.used(start, limit, at + more)


@law
@given(starts, limits, lengths)
def test_a_limit_is_used_up_from_the_due_moment_on_and_not_before(start, limit, length):
    at = start.astimezone(UTC) + length
    assert (CALENDAR.used(start, limit, at) >= 1) == (at >= CALENDAR.due(start, limit))
