"""withdraw: the requester does not need it any more; whoever had claimed is free."""

import pytest

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, DISPATCHED, WORDING, lead_to, take


class TestPromises(Promises):
    act, enters = "withdraw", State.withdrawn
    way, wrong, twice = DISPATCHED, COMPLETED, "wrong_state"
    may_not = ("lin", "lead", "di", "wei")


@pytest.mark.parametrize(
    "state", [State.submitted, State.needs_info, State.accepted, State.dispatched, State.in_progress, State.parked]
)
def test_at_any_time_before_a_result(wheelchair, people, patient, state):
    lead_to(wheelchair, state, people)
    wheelchair.withdraw("", patient, AT)
    assert (wheelchair.state, wheelchair.due_at, wheelchair.active_claims) == (State.withdrawn, None, [])


def test_every_claim_ends(escort, people, patient):
    take(escort, people, "lin", "zhao", "lead")
    escort.withdraw("", patient, AT)
    assert {claim.status for claim in escort.claims} == {"released"}


def test_it_leaves_the_wall(accepted, di, patient):
    accepted.approve_wording(WORDING, di, AT)
    accepted.withdraw("", patient, AT)
    assert accepted.wording_at is None
