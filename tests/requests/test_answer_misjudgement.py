"""answer_misjudgement: the second approver's word on 误评."""

from matching.requests.states import Outcome, State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, refused


class TestPromises(Promises):
    act, enters = "answer_misjudgement", State.closed
    way, twice = (*COMPLETED, "rate badly", "rectify as misjudged"), "wrong_state"
    wrong = (*COMPLETED, "rate")
    may_not = ("lin", "lead", "di", "patient")


def test_nobody_approves_their_own(rectifying, lead):
    rectifying.rectify(Outcome.misjudged, "评价的是另一件事。", lead, AT)
    with refused("same_person_approves"):
        rectifying.answer_misjudgement(True, "", lead, AT)
    assert rectifying.state == State.rectifying


def test_no_leaves_it_to_be_put_right(rectifying, lead, wei):
    rectifying.rectify(Outcome.misjudged, "评价的是另一件事。", lead, AT)
    rectifying.answer_misjudgement(False, "评价属实。", wei, AT)
    assert (rectifying.state, rectifying.misjudgement_by) == (State.rectifying, None)
    assert rectifying.due_at == rectifying.rectify_due_at
    with refused("nothing_to_approve"):
        rectifying.answer_misjudgement(True, "", wei, AT)
