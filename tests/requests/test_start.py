"""start: the lead starts with fewer people than slots."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, refused, take


class TestPromises(Promises):
    act, enters, service = "start", State.in_progress, "escort"
    way, wrong, twice = (*DISPATCHED, "claim"), ("accept",), "wrong_state"
    may_not = ("lin", "di", "patient")


def test_somebody_must_have_taken_it(escort, lead):
    with refused("no_claimer"):
        escort.start(lead, AT)


def test_the_handling_limit_is_due_and_nobody_else_may_join(escort, people, lead):
    take(escort, people, "lin")
    escort.start(lead, AT)
    assert (escort.state, escort.due_at) == (State.in_progress, escort.handle_due_at)
    with refused("slot_taken"):
        take(escort, people, "zhao")
