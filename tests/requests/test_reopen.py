"""reopen: completed or closed → in_progress, by the requester within 30 days."""

from datetime import timedelta

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, DAY, HOUR, IN_PROGRESS, refused


class TestPromises(Promises):
    act, enters = "reopen", State.in_progress
    way, wrong, twice = COMPLETED, IN_PROGRESS, "wrong_state"
    may_not = ("lin", "lead", "di", "wei")


def test_within_30_days_of_the_result(closed, patient):
    with refused("too_late_to_reopen"):
        closed.reopen("还没有解决。", patient, AT + 30 * DAY + timedelta(seconds=1))
    closed.reopen("还没有解决。", patient, AT + 30 * DAY)
    assert closed.state == State.in_progress


def test_those_who_did_it_have_it_again_on_a_new_clock(completed, patient):
    completed.reopen("还没有解决。", patient, AT + DAY)
    assert [(claim.name, claim.ended_at) for claim in completed.active_claims] == [("林晓云", None)]
    assert (completed.due_at, completed.result, completed.completed_at) == (AT + DAY + 2 * HOUR, "", None)


async def test_a_closed_one_opens_too_and_can_be_completed_again(story):
    await (await story.begin()).go(*COMPLETED, "rate", "reopen", "complete")
    assert (await story.now()).state == State.completed
