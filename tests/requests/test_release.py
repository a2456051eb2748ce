"""release: the claimer can't, or the lead takes it from them; the slot is free again."""

import pytest

from matching.errors import NotAllowed
from matching.requests.claims import ClaimStatus
from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS, refused, take


class TestPromises(Promises):
    act, enters = "release", State.dispatched
    way, twice = IN_PROGRESS, "not_allowed"
    wrong = (*IN_PROGRESS, "park")
    may_not = ("zhao", "di", "patient")


def test_the_slot_is_free_again_for_another(dispatched, people, lin):
    take(dispatched, people, "lin")
    dispatched.release(lin.id, "临时手术。", lin, AT + HOUR)
    assert (dispatched.state, dispatched.free_slots, dispatched.claims[0].status) == ("dispatched", 1, "released")
    take(dispatched, people, "zhao")
    assert dispatched.state == State.in_progress


def test_only_the_slot_that_was_let_go_is_free(escort, people, lin):
    take(escort, people, "lin")
    take(escort, people, "zhao")
    escort.release(lin.id, "临时手术。", lin, AT)
    assert [claim.person_id for claim in escort.active_claims] == [people["zhao"].id]
    take(escort, people, "lead")
    assert sorted(claim.slot for claim in escort.active_claims) == [1, 2]


def test_the_people_of_a_group_let_go_with_its_lead_and_others_stay(escort, people, lin, lead):
    take(escort, people, "lead")
    take(escort, people, "lin", "zhao", at=AT + HOUR)  # on the one slot that is left
    step = escort.release(lin.id, "临时手术。", lin, AT + HOUR)
    assert [claim.person_id for claim in escort.active_claims] == [lead.id]
    assert step.detail["people"] == [people["zhao"].id]
    take(escort, people, "zhao", at=AT + HOUR)


def test_who_has_a_slot_of_their_own_stays_when_the_groups_lead_goes(escort, people, lin, zhao):
    take(escort, people, "lin", "zhao", "lead")
    escort.release(lin.id, "临时手术。", lin, AT)
    assert [(claim.person_id, claim.slot) for claim in escort.active_claims] == [(zhao.id, 2)]


def test_letting_go_of_what_nobody_holds_changes_nothing(escort, people, lead):
    take(escort, people, "lin")
    before = (escort.last_seq, escort.last_hash, escort.state)
    with refused("no_claimer"):
        escort.release(people["zhao"].id, "换人。", lead, AT)
    assert (escort.last_seq, escort.last_hash, escort.state) == before


def test_the_handling_clock_goes_on_for_the_next_one(dispatched, people, lin):
    before = dispatched.handle_due_at
    take(dispatched, people, "lin")
    dispatched.release(lin.id, "临时手术。", lin, AT + HOUR)
    take(dispatched, people, "zhao", at=AT + HOUR)
    assert dispatched.due_at == before


async def test_a_lead_names_whose_claim_ends(story):
    await (await story.begin()).go(*IN_PROGRESS)
    request = await story.do("release", by="lead", person="lin")
    assert request.claims[0].status == ClaimStatus.released


async def test_a_member_does_not_let_go_for_another(story):
    await (await story.begin("escort")).go(*DISPATCHED, "claim")
    await story.do("claim", by="zhao")
    with pytest.raises(NotAllowed) as error:
        await story.do("release", person="zhao")
    assert error.value.code == "not_your_claim"
