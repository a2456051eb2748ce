"""dispatch: accepted → dispatched, to a unit, with a tier. The handling clock starts here."""

from dataclasses import replace

import pytest

from matching.errors import NotAllowed
from matching.people.actor import Scope
from matching.people.model import Person, Role
from matching.requests.claims import ClaimerKind
from matching.requests.states import State
from matching.services.model import Tier
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DAY, HOUR, refused


class TestPromises(Promises):
    act, enters = "dispatch", State.dispatched
    way, wrong, twice = ("accept",), ("ask_info",), "wrong_state"
    may_not = ("patient", "lead")


def test_the_clock_of_claiming_and_handling_starts_now(accepted, people, di):
    accepted.dispatch(people.units["ZB1"], Tier.T1, 1, di, AT + DAY)
    assert accepted.dispatched_at == AT + DAY
    assert accepted.claim_due_at == accepted.due_at == AT + DAY + HOUR / 2
    assert accepted.handle_due_at == AT + DAY + 2 * HOUR


def test_another_tier_brings_its_own_limits(accepted, people, di):
    accepted.dispatch(people.units["ZB1"], Tier.T2, 3, di, AT)
    assert (accepted.claim_due_at, accepted.handle_due_at) == (AT + 4 * HOUR, AT + 24 * HOUR)
    assert (accepted.tier, accepted.slots, accepted.free_slots) == (Tier.T2, 3, 3)


def test_slow_tiers_count_working_days(accepted, people, di):
    friday = AT + 4 * DAY
    accepted.dispatch(people.units["ZB1"], Tier.T3, 1, di, friday)
    assert accepted.claim_due_at == friday + 3 * DAY  # Monday
    assert accepted.handle_due_at == friday + 11 * DAY  # seven working days, two weekends


def test_after_two_returns_only_the_committee_office_sends_it_out(accepted, people, di):
    accepted.returns = 2
    with refused("needs_final_ruling"):
        accepted.dispatch(people.units["ZB1"], Tier.T1, 1, di, AT)
    assert accepted.state == State.accepted


async def test_one_act_may_accept_and_dispatch_and_leaves_a_step_for_each(story):
    request = await (await story.begin()).do("dispatch")
    assert request.state == State.dispatched
    assert [step.verb for step in await story.steps()] == ["file", "accept", "dispatch"]


async def test_what_is_wished_of_who_comes_stays_until_another_dispatch_says_otherwise(story):
    await (await story.begin()).do("dispatch", helper_gender="f", gender_strict=True)
    await story.go("return_order", "dispatch")
    assert ((await story.now()).helper_gender, (await story.now()).gender_strict) == ("f", True)
    await story.go("return_order")
    await story.do("final_ruling", helper_gender="")
    assert ((await story.now()).helper_gender, (await story.now()).gender_strict) == ("", False)


async def test_where_only_women_may_come_nobody_else_takes_it(story):
    async def known(session):
        for login, gender in (("lin", "f"), ("lead", "f"), ("zhao", "m")):
            (await session.get_one(Person, story.cast.people[login].id)).gender = gender

    await story.work(known)
    await (await story.begin("escort")).do("dispatch", helper_gender="f", gender_strict=True)
    tries = [("claim", {"by": "zhao"}), ("assign", {"person": "zhao"}),
             ("claim", {"kind": ClaimerKind.group, "people": [story.cast.people["zhao"].member_no]})]  # fmt: skip
    for act, said in tries:
        with refused("helper_gender"):
            await story.do(act, **said)
    await story.go("claim", "seek_cover")
    with refused("helper_gender"):
        await story.do("cover")
    await story.do("cover", by="lead")
    await story.go("start")
    with refused("helper_gender"):
        await story.do("help")
    await story.do("help", by="lin")


async def test_a_wish_keeps_nobody_away(story):
    await (await story.begin()).do("dispatch", helper_gender="f")
    await story.do("claim", by="zhao")


async def test_tier_and_slots_stay_unless_the_dispatcher_names_others(story):
    await (await story.begin("escort")).go("dispatch")
    assert ((await story.now()).tier, (await story.now()).slots) == (Tier.T2, 2)
    await (await story.begin("escort")).do("dispatch", tier=Tier.T4, slots=5)
    assert ((await story.now()).tier, (await story.now()).slots) == (Tier.T4, 5)


async def test_a_dispatcher_sends_only_below_their_own_unit(story):
    branches = story.cast.units["ZZ1"]
    scope = Scope(Role.dispatcher, branches.id, branches.path)
    story.cast.actors["below"] = replace(story.cast["di"], scopes=(scope,))
    await story.begin()
    with pytest.raises(NotAllowed) as error:
        await story.do("dispatch", by="below", unit="ZB3")
    assert error.value.code == "outside_your_units"
    assert (await story.now()).state == State.submitted
    assert (await story.do("dispatch", by="below", unit="ZB2")).state == State.dispatched


async def test_an_unknown_unit_is_named_at_its_field(story):
    await story.begin()
    with refused("unknown_unit"):
        await story.do("dispatch", unit="ZB9")
    assert [step.verb for step in await story.steps()] == ["file"]
