"""close: what nobody rated for 7 days (未评价), by the job."""

from datetime import timedelta

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, DAY, IN_PROGRESS, refused


class TestPromises(Promises):
    act, enters = "close", State.closed
    way, wrong, twice = COMPLETED, IN_PROGRESS, "wrong_state"
    may_not = ("lin", "lead", "di", "wei", "patient")


def test_not_before_seven_days_have_gone(completed, system):
    with refused("not_yet"):
        completed.close(system, AT + 7 * DAY - timedelta(seconds=1))
    completed.close(system, AT + 7 * DAY)
    assert completed.level is None
