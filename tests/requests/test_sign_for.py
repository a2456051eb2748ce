"""sign_for: the unit has seen it. Recorded; it never starts or stops the clock (a known abuse)."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS


class TestPromises(Promises):
    act, enters = "sign_for", State.dispatched
    way, wrong, twice = DISPATCHED, IN_PROGRESS, "already_signed"
    may_not = ("di", "lin", "patient")


def test_it_starts_and_stops_no_clock(dispatched, lead):
    before = (dispatched.due_at, dispatched.claim_due_at, dispatched.handle_due_at, dispatched.dispatched_at)
    dispatched.sign_for(lead, AT + HOUR)
    assert (dispatched.due_at, dispatched.claim_due_at, dispatched.handle_due_at, dispatched.dispatched_at) == before
    assert dispatched.signed_at == AT + HOUR
    assert dispatched.is_late(AT + HOUR)
