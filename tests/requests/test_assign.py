"""assign: a lead gives a slot to a member, who may decline."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, refused


class TestPromises(Promises):
    act, enters = "assign", State.in_progress
    way, wrong, twice = DISPATCHED, ("accept",), "already_claimed"
    may_not = ("lin", "wei", "patient")


def test_the_claim_says_that_it_was_assigned(escort, people, lead):
    escort.assign(people.people["lin"], lead, AT)
    escort.assign(people.people["zhao"], lead, AT)
    assert [(claim.name, claim.assigned) for claim in escort.claims] == [("林晓云", True), ("赵一鸣", True)]
    assert escort.state == State.in_progress


def test_no_more_are_assigned_than_there_are_slots(dispatched, people, lead):
    dispatched.assign(people.people["lin"], lead, AT)
    with refused("slot_taken"):
        dispatched.assign(people.people["zhao"], lead, AT)


async def test_only_members_of_the_unit_who_have_not_left_are_assigned(story):
    await (await story.begin()).go(*DISPATCHED)
    with refused("not_in_unit"):
        await story.do("assign", person="sun")


async def test_a_dispatcher_may_assign_too(story):
    await (await story.begin()).go(*DISPATCHED)
    assert (await story.do("assign", by="di")).state == State.in_progress
