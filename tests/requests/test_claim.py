"""claim: a member takes a slot, a lead takes all for the unit or a department, a group takes one each."""

import pytest

from matching.errors import NotAllowed
from matching.requests.claims import ClaimerKind
from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, refused, take


class TestPromises(Promises):
    act, enters = "claim", State.in_progress
    way, twice = DISPATCHED, "already_claimed_by_you"
    wrong, wrong_by = ("accept",), "lead"
    may_not = ("di", "wei", "patient")


def test_the_last_free_slot_starts_the_work(escort, people):
    take(escort, people, "lin")
    assert (escort.state, escort.free_slots) == (State.dispatched, 1)
    take(escort, people, "zhao")
    assert (escort.state, escort.free_slots) == (State.in_progress, 0)


def test_a_claimed_slot_cannot_be_claimed_again(dispatched, people):
    take(dispatched, people, "lin")
    with refused("slot_taken"):
        take(dispatched, people, "zhao")
    assert [claim.person_id for claim in dispatched.active_claims] == [people["lin"].id]


def test_nobody_takes_two_slots_of_one_request(escort, people):
    take(escort, people, "lin")
    with refused("already_claimed_by_you"):
        take(escort, people, "lin")


def test_from_now_on_the_handling_limit_is_due_and_it_started_at_the_dispatch(dispatched, people):
    before = dispatched.handle_due_at
    take(dispatched, people, "lin", at=dispatched.claim_due_at)
    assert dispatched.due_at == dispatched.handle_due_at == before


@pytest.mark.parametrize("kind", [ClaimerKind.unit, ClaimerKind.department])
def test_a_unit_or_department_takes_every_free_slot(escort, people, lead, kind):
    take(escort, people, "lin")
    escort.claim([people.people["lead"]], kind, "门诊护理部", lead, AT)
    assert [(claim.slot, claim.name) for claim in escort.active_claims] == [(1, "林晓云"), (2, "门诊护理部")]
    assert escort.state == State.in_progress


def test_a_group_takes_a_slot_a_person_and_the_others_help(escort, people):
    take(escort, people, "lead", "lin", "zhao")
    assert [claim.slot for claim in escort.active_claims] == [1, 2, None]
    assert (escort.state, escort.free_slots) == (State.in_progress, 0)
    assert escort.is_claimed_by(people["zhao"].id)


def test_a_group_that_is_smaller_than_the_slots_leaves_some_free(escort, people):
    escort.slots = 3
    take(escort, people, "lin", "zhao")
    assert (escort.state, escort.free_slots) == (State.dispatched, 1)


def test_a_group_with_somebody_who_claimed_already_takes_nothing(escort, people):
    take(escort, people, "zhao")
    with refused("already_claimed"):
        take(escort, people, "lin", "zhao")
    assert len(escort.active_claims) == 1


def test_the_step_says_who_holds_which_slot(escort, people):
    step = take(escort, people, "lin", "zhao")
    assert step.detail["slots"] == [[people["lin"].id, 1], [people["zhao"].id, 2]]
    assert step.detail["kind"] == "group"


async def test_only_a_lead_claims_for_the_unit(story):
    await (await story.begin("escort")).go(*DISPATCHED)
    for kind in (ClaimerKind.unit, ClaimerKind.department):
        with pytest.raises(NotAllowed):
            await story.do("claim", kind=kind)
    request = await story.do("claim", by="lead", kind=ClaimerKind.unit)
    assert [claim.name for claim in request.active_claims] == ["门诊一支部"] * 2


async def test_a_group_has_two_members_of_the_unit_or_more(story):
    await (await story.begin("escort")).go(*DISPATCHED)
    number = {login: person.member_no for login, person in story.cast.people.items()}
    with refused("group_too_small"):
        await story.do("claim", kind=ClaimerKind.group, people=[number["lin"]])
    with refused("unknown_person"):
        await story.do("claim", kind=ClaimerKind.group, people=["M9999"])
    with refused("not_in_unit"):
        await story.do("claim", kind=ClaimerKind.group, people=[number["sun"]])
    request = await story.do("claim", kind=ClaimerKind.group, people=[number["zhao"], number["zhao"]], name="帮帮团")
    assert [claim.name for claim in request.active_claims] == ["林晓云", "赵一鸣"]
    assert (await story.steps())[-1].detail["name"] == "帮帮团"


async def test_who_comes_second_is_told_so_and_not_that_nothing_is_there(story):
    await (await story.begin()).go(*DISPATCHED, "claim")
    with refused("slot_taken"):
        await story.do("claim", by="zhao")
