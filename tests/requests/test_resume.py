"""resume: the clock goes on where it stood when it was parked."""

from datetime import date, timedelta

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DAY, HOUR, IN_PROGRESS


class TestPromises(Promises):
    act, enters = "resume", State.in_progress
    way, wrong, twice = (*IN_PROGRESS, "park"), IN_PROGRESS, "wrong_state"
    may_not = ("lin", "di", "patient")


def test_the_parked_time_does_not_count(in_progress, lead):
    in_progress.park(date(2026, 3, 12), "", lead, AT + timedelta(minutes=30))
    in_progress.resume(lead, AT + 10 * DAY)
    assert in_progress.due_at == AT + 10 * DAY + 1.5 * HOUR
    assert (in_progress.plan_on, in_progress.paused_at) == (None, None)


def test_twice_parked_is_twice_not_counted(in_progress, lead):
    for day in (10, 20):
        in_progress.park(date(2026, 3, 28), "", lead, in_progress.state_since + HOUR / 2)
        in_progress.resume(lead, AT + day * DAY)
    assert in_progress.due_at == AT + 20 * DAY + HOUR


def test_parking_does_not_undo_lateness(in_progress, lead):
    in_progress.park(date(2026, 3, 12), "", lead, AT + 3 * HOUR)
    in_progress.resume(lead, AT + 10 * DAY)
    assert in_progress.due_at == AT + 2 * HOUR
