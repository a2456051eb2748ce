"""move_up: the first of the waiting list has the slot that came free."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS, refused, take


class TestPromises(Promises):
    act, enters = "move_up", State.in_progress
    way, wrong, twice = DISPATCHED, ("accept",), "already_claimed"
    may_not = ("zhao", "lead", "di", "patient")


def test_it_is_a_claim_like_any_other(escort, people, system):
    take(escort, people, "lin")
    step = escort.move_up(people.people["zhao"], system, AT + HOUR)
    assert [(claim.person_id, claim.slot) for claim in escort.active_claims] == [
        (people["lin"].id, 1),
        (people["zhao"].id, 2),
    ]
    assert (escort.state, escort.taken_at, step.detail["person"]) == ("in_progress", AT, people["zhao"].id)


async def test_a_slot_that_somebody_took_meanwhile_stays_theirs(story):
    await (await story.begin()).go(*IN_PROGRESS)
    with refused("slot_taken"):
        await story.do("move_up")
