"""nudge: half of the time is gone and nobody has called; whoever has it is asked to."""

import pytest

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS, refused, take


class TestPromises(Promises):
    act, enters = "nudge", State.in_progress
    way, wrong, twice = IN_PROGRESS, DISPATCHED, "not_yet"
    may_not = ("lin", "lead", "di", "patient")


@pytest.mark.parametrize(
    ("taken", "half"),
    [(0.0, 1.0), (1.0, 1.5), (3.0, 4.0)],  # of two hours; who takes it when they are over has two more
)
def test_half_of_the_time_from_the_claim_to_the_limit(dispatched, people, system, taken, half):
    take(dispatched, people, "lin", at=AT + taken * HOUR)
    with refused("not_yet"):
        dispatched.nudge(system, AT + half * HOUR - HOUR / 60)
    dispatched.nudge(system, AT + half * HOUR)
    assert dispatched.nudged_at == AT + half * HOUR


def test_who_has_called_is_left_alone(in_progress, lin, system):
    in_progress.contact("", lin, AT)
    with refused("already_contacted"):
        in_progress.nudge(system, AT + HOUR)


def test_the_next_one_is_nudged_in_their_own_time(in_progress, people, lin, system):
    in_progress.nudge(system, AT + HOUR)
    in_progress.release(lin.id, "来不了。", lin, AT + HOUR)
    take(in_progress, people, "zhao", at=AT + HOUR)
    in_progress.nudge(system, AT + 1.5 * HOUR)
