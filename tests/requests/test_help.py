"""help: somebody comes along without a slot, like the people of a group."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import HOUR, IN_PROGRESS, refused


class TestPromises(Promises):
    act, enters = "help", State.in_progress
    way, twice = IN_PROGRESS, "already_claimed_by_you"
    wrong, wrong_by = (*IN_PROGRESS, "park"), "lead"
    may_not = ("di", "patient")


def test_two_have_it_on_one_slot_and_either_may_call(in_progress, lin, zhao):
    in_progress.help(zhao, AT)
    assert [(claim.person_id, claim.slot) for claim in in_progress.active_claims] == [(lin.id, 1), (zhao.id, None)]
    in_progress.contact("", zhao, AT)
    in_progress.complete("solved", "两个人一起推到门口。", 30, lin, AT)
    assert [claim.minutes for claim in in_progress.claims] == [30, 30]


def test_when_the_helper_lets_go_the_work_goes_on(in_progress, lin, zhao):
    in_progress.help(zhao, AT)
    due = in_progress.due_at
    in_progress.release(zhao.id, "有别的事。", zhao, AT + HOUR)
    assert (in_progress.state, in_progress.due_at) == (State.in_progress, due)
    assert [claim.person_id for claim in in_progress.active_claims] == [lin.id]


def test_when_the_last_slot_comes_free_nobody_is_left_to_help(in_progress, lin, zhao):
    in_progress.help(zhao, AT)
    step = in_progress.release(lin.id, "临时手术。", lin, AT + HOUR)
    assert (in_progress.state, in_progress.active_claims) == (State.dispatched, [])
    assert step.detail == {"person": lin.id, "people": [zhao.id]}


async def test_who_came_to_help_sees_it_to_the_end(story):
    await (await story.begin()).go(*IN_PROGRESS, "help", "park")
    assert (await story.now()).is_claimed_by(story.who("zhao").id)
    await story.go("resume", "contact", "complete")
    with refused("wrong_state"):
        await story.do("help")
