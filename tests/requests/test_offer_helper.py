"""offer_helper: still no call; somebody is asked to lend a hand."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS, refused


class TestPromises(Promises):
    act, enters = "offer_helper", State.in_progress
    way, wrong, twice = (*IN_PROGRESS, "nudge"), DISPATCHED, "not_yet"
    may_not = ("lin", "lead", "di", "patient")


def test_not_before_they_were_nudged_and_not_once_they_called(in_progress, lin, system):
    with refused("not_yet"):
        in_progress.offer_helper([9], system, AT + HOUR)
    in_progress.nudge(system, AT + HOUR)
    in_progress.contact("", lin, AT + HOUR)
    with refused("already_contacted"):
        in_progress.offer_helper([9], system, AT + HOUR)


def test_it_names_who_is_asked(in_progress, system):
    in_progress.nudge(system, AT + HOUR)
    assert in_progress.offer_helper([9, 4], system, AT + HOUR).detail == {"people": [9, 4]}
