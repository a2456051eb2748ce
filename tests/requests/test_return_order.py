"""return_order: dispatched → accepted, by the unit's lead, within one working day, at most twice."""

from datetime import timedelta

import pytest

from matching.requests.states import ReturnReason, State
from matching.services.model import Tier
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DAY, DISPATCHED, HOUR, IN_PROGRESS, refused, take


class TestPromises(Promises):
    act, enters = "return_order", State.accepted
    way, wrong, twice = DISPATCHED, IN_PROGRESS, "wrong_state"
    may_not = ("di", "lin", "patient")


@pytest.fixture
def home(people):
    return people.units["ZB1"]


def test_one_working_day_after_the_dispatch_it_is_too_late(dispatched, lead, home):
    with refused("return_too_late"):
        dispatched.return_order("wrong_duty", "", home, lead, AT + DAY + timedelta(seconds=1))
    assert dispatched.state == State.dispatched
    dispatched.return_order("wrong_duty", "", home, lead, AT + DAY)
    assert dispatched.state == State.accepted


def test_a_weekend_does_not_count_towards_that_day(accepted, people, di, lead, home):
    friday = AT + 4 * DAY
    accepted.dispatch(people.units["ZB1"], Tier.T1, 1, di, friday)
    accepted.return_order("wrong_duty", "", home, lead, friday + 3 * DAY)  # Monday, the same hour
    assert accepted.state == State.accepted


def test_signing_for_it_gives_no_more_time_to_return(dispatched, lead, home):
    dispatched.sign_for(lead, AT + 23 * HOUR)
    with refused("return_too_late"):
        dispatched.return_order("wrong_duty", "", home, lead, AT + 25 * HOUR)


def test_it_comes_back_at_most_twice(dispatched, people, di, lead, home):
    for _ in range(2):
        dispatched.return_order("wrong_duty", "", home, lead, AT)
        if dispatched.returns < 2:
            dispatched.dispatch(people.units["ZB1"], Tier.T1, 1, di, AT)
    assert dispatched.returns == 2
    with refused("needs_final_ruling"):
        dispatched.dispatch(people.units["ZB1"], Tier.T1, 1, di, AT)


def test_it_stands_at_its_home_again_on_a_new_dispatch_limit(dispatched, people, di, lead2, home):
    dispatched.transfer(people.units["ZB2"], "", di, AT)
    step = dispatched.return_order("wrong_place", "", home, lead2, AT + 5 * HOUR)
    assert dispatched.unit_id == dispatched.unit.id == home.id
    assert dispatched.due_at == AT + 6 * HOUR
    assert (step.reason, step.detail["before"]) == ("wrong_place", people.units["ZB2"].id)


def test_who_had_claimed_is_free_again(escort, people, lead, home):
    take(escort, people, "lin")
    escort.return_order("beyond_ability", "", home, lead, AT)
    assert escort.active_claims == []


@pytest.mark.parametrize("words", ["", "  "])
async def test_other_needs_words(story, words):
    await (await story.begin()).go(*DISPATCHED)
    with refused("reason_needed"):
        await story.do("return_order", reason=ReturnReason.other, note=words)
    assert (await story.do("return_order", reason=ReturnReason.other, note="设备坏了")).state == State.accepted


async def test_another_branch_that_returns_it_no_longer_sees_it(story):
    await (await story.begin()).go("accept", "dispatch to ZB2")
    request = await story.do("return_order", by="lead2")
    assert request.unit.code == "ZB1"
    with refused("not_seen"):
        await story.do("return_order", by="lead2")
