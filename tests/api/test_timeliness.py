"""How near a limit is (amber at 75 %, red past 100 %, to the second), what is left and what is promised, in words."""

from datetime import date, timedelta

import pytest

from matching.api.promised import promise_of, promised_words
from matching.api.timeliness import days_late, is_near, left_words
from matching.clock import CHINA, Calendar
from matching.deadlines.promises import DAY, HOUR, Usual
from matching.requests.model import ServiceRequest
from matching.requests.states import State
from tests.cast import AT
from tests.requests.scene import filed_without_database, lead_to, without_database

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ONE_DAY = timedelta(days=1)


def dispatched(service: str, calendar: Calendar = CHINA) -> ServiceRequest:
    cast = without_database()
    request = filed_without_database(cast, service)
    request.calendar = calendar
    return lead_to(request, State.dispatched, cast)


def test_amber_at_three_quarters_of_a_natural_limit_and_red_when_it_is_over():
    request = dispatched("wheelchair")  # claimed within half an hour
    three_quarters = AT + 22.5 * MINUTE
    assert not is_near(request, three_quarters - SECOND)
    assert is_near(request, three_quarters)
    assert is_near(request, AT + 30 * MINUTE)
    assert not request.is_late(AT + 30 * MINUTE)
    assert request.is_late(AT + 30 * MINUTE + SECOND)
    assert not is_near(request, AT + 30 * MINUTE + SECOND)


def test_amber_at_three_quarters_of_working_time_by_the_hospitals_own_days():
    request = dispatched("books")  # within a working day: Monday 10:00 to Tuesday 10:00
    assert not is_near(request, AT + timedelta(hours=18) - SECOND)
    assert is_near(request, AT + timedelta(hours=18))
    longer = dispatched("books", Calendar({date(2026, 3, 3): False}))  # to Wednesday 10:00; Tuesday does not count
    assert longer.due_at == AT + 2 * ONE_DAY
    assert not is_near(longer, AT + timedelta(hours=18))
    assert is_near(longer, AT + timedelta(hours=42))


def test_where_no_limit_runs_nothing_is_near():
    parked = lead_to(filed_without_database(cast := without_database(), "wheelchair"), State.parked, cast)
    assert not is_near(parked, AT + 99 * ONE_DAY)
    assert left_words(parked, AT, "zh-Hans") == ""


@pytest.mark.parametrize(
    ("service", "after", "words", "english"),
    [
        ("wheelchair", 5 * MINUTE, "还剩 25 分钟", "25 minutes left"),
        ("wheelchair", 29.9 * MINUTE, "还剩 1 分钟", "1 minute left"),
        ("wheelchair", 31 * MINUTE, "", ""),
        ("escort", 30 * MINUTE, "还剩 3 小时", "3 hours left"),
        ("books", timedelta(), "还剩 1 个工作日", "1 working day left"),
        ("books", 60 * MINUTE, "还剩 23 小时", "23 hours left"),
    ],
)
def test_what_is_left_is_said_in_plain_words(service, after, words, english):
    request = dispatched(service)
    assert left_words(request, AT + after, "zh-Hans") == words
    assert left_words(request, AT + after, "en") == english


def test_less_than_a_working_day_with_days_off_between_is_not_said_in_hours():
    request = dispatched("books", Calendar({date(2026, 3, 3): False, date(2026, 3, 4): False}))
    assert left_words(request, AT + timedelta(hours=10), "zh-Hans") == "剩不到 1 个工作日"


def test_how_late_it_is_counts_in_whole_working_days():
    request = dispatched("wheelchair")
    over = AT + 30 * MINUTE
    assert days_late(request, CHINA, over + ONE_DAY - SECOND) == 0
    assert days_late(request, CHINA, over + ONE_DAY) == 1
    assert days_late(request, CHINA, over + 7 * ONE_DAY) == 5


@pytest.mark.parametrize(
    ("usual", "words", "english"),
    [
        (Usual(2 * HOUR, DAY), "通常 2 小时内有人接单，1 天内办完", "usually taken within 2 hours, done within 1 day"),
        (Usual(1800, 1800), "通常 30 分钟内办完", "usually done within 30 minutes"),
        (None, "最迟 1 天内安排人，再过 7 个工作日内办完", None),
    ],
)
def test_a_promise_is_said_in_plain_words_and_without_one_the_limits_are(usual, words, english):
    service = without_database().services["books"]
    assert promised_words(usual, service, "zh-Hans") == words
    if english:
        assert promised_words(usual, service, "en") == english


def test_what_was_promised_is_read_off_the_request():
    request = filed_without_database(without_database(), "books")
    assert promise_of(request) is None
    request.promised_taken_at, request.promised_done_at = AT + timedelta(hours=2), AT + ONE_DAY
    assert promise_of(request) == Usual(2 * HOUR, DAY)
