"""rectify: the unit says how a bad rating was put right; 误评 needs a second approver."""

from matching.requests.states import Outcome, State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED


class TestPromises(Promises):
    act, enters = "rectify", State.closed
    way, wrong, twice = (*COMPLETED, "rate badly"), COMPLETED, "wrong_state"
    may_not = ("lin", "di", "wei", "patient")


def test_misjudged_closes_nothing_until_somebody_else_approves(rectifying, lead):
    before = rectifying.due_at
    rectifying.rectify(Outcome.misjudged, "评价的是另一件事。", lead, AT)
    assert (rectifying.state, rectifying.misjudgement_by, rectifying.due_at) == (State.rectifying, lead.id, before)


def test_another_outcome_afterwards_takes_the_question_back(rectifying, lead):
    rectifying.rectify(Outcome.misjudged, "评价的是另一件事。", lead, AT)
    rectifying.rectify(Outcome.explained, "还是和对方说清楚了。", lead, AT)
    assert (rectifying.state, rectifying.misjudgement_by, rectifying.due_at) == (State.closed, None, None)
