"""decline: who was assigned says no, and the slot is free again."""

from matching.requests.claims import ClaimStatus
from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, refused, take


class TestPromises(Promises):
    act, enters = "decline", State.dispatched
    way, twice = (*DISPATCHED, "assign"), "not_allowed"
    wrong = (*DISPATCHED, "assign", "park")
    may_not = ("zhao", "lead", "patient")


def test_the_slot_is_free_again_and_the_claim_limit_is_due(dispatched, people, lead, lin):
    dispatched.assign(people.people["lin"], lead, AT)
    dispatched.decline("今天值班。", lin, AT + HOUR)
    assert (dispatched.free_slots, dispatched.due_at) == (1, dispatched.claim_due_at)
    assert (dispatched.claims[0].status, dispatched.claims[0].ended_at) == (ClaimStatus.declined, AT + HOUR)


def test_who_took_it_themselves_does_not_decline_but_release(dispatched, people, lin):
    take(dispatched, people, "lin")
    with refused("not_assigned"):
        dispatched.decline("", lin, AT)


def test_what_was_assigned_to_another_is_not_mine_to_decline(dispatched, people, lead, zhao):
    dispatched.assign(people.people["lin"], lead, AT)
    with refused("not_your_claim"):
        dispatched.decline("", zhao, AT)


async def test_who_declined_may_be_assigned_again(story):
    await (await story.begin()).go(*DISPATCHED, "assign", "decline", "assign")
    assert (await story.now()).state == State.in_progress
