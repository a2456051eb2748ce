"""transfer: to another unit, on the same clock."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, refused, take


class TestPromises(Promises):
    act, enters = "transfer", State.dispatched
    way, wrong, twice = DISPATCHED, ("accept",), "same_unit"
    may_not = ("lead", "patient")


def test_the_clock_runs_on(dispatched, people, di):
    before = (dispatched.dispatched_at, dispatched.claim_due_at, dispatched.handle_due_at, dispatched.due_at)
    dispatched.transfer(people.units["ZB2"], "", di, AT + HOUR)
    assert dispatched.unit_id == dispatched.unit.id == people.units["ZB2"].id
    assert (dispatched.dispatched_at, dispatched.claim_due_at, dispatched.handle_due_at, dispatched.due_at) == before


def test_who_had_claimed_in_the_old_unit_is_free_again(escort, people, di):
    take(escort, people, "lin")
    escort.transfer(people.units["ZB2"], "", di, AT)
    assert escort.active_claims == []
    assert escort.free_slots == 2
    assert escort.claims[0].ended_at == AT


def test_the_new_unit_has_not_signed_yet(dispatched, people, lead, di):
    dispatched.sign_for(lead, AT)
    dispatched.transfer(people.units["ZB2"], "", di, AT)
    assert dispatched.signed_at is None


def test_a_transfer_does_not_give_the_order_a_new_right_to_return(dispatched, people, di, lead2):
    dispatched.transfer(people.units["ZB2"], "", di, AT + HOUR)
    with refused("return_too_late"):
        dispatched.return_order("wrong_duty", "", people.units["ZB1"], lead2, AT + 25 * HOUR)


async def test_the_old_unit_no_longer_sees_it_and_the_new_one_does(story):
    await (await story.begin()).go(*DISPATCHED, "transfer")
    with refused("not_seen"):
        await story.do("sign_for")
    assert (await story.do("sign_for", by="lead2")).state == State.dispatched


async def test_it_goes_nowhere_else_than_to_a_unit_below_the_dispatchers_own(story):
    await (await story.begin()).go(*DISPATCHED)
    with refused("unknown_unit"):
        await story.do("transfer", unit="ZB9")
