"""final_ruling: accepted → dispatched by the committee office; this order cannot come back."""

from matching.requests.states import State
from matching.services.model import Tier
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import HOUR, refused

TWICE_RETURNED = ("accept", "dispatch", "return_order", "dispatch", "return_order")


class TestPromises(Promises):
    act, enters = "final_ruling", State.dispatched
    way, wrong, twice = TWICE_RETURNED, (), "wrong_state"
    may_not = ("di", "lead", "patient")


def test_a_ruled_order_cannot_come_back(accepted, people, wei, lead):
    accepted.returns = 2
    accepted.final_ruling(people.units["ZB1"], Tier.T1, 1, wei, AT)
    with refused("ruled_finally"):
        accepted.return_order("wrong_duty", "", people.units["ZB1"], lead, AT)


def test_its_clock_starts_as_at_any_dispatch(accepted, people, wei):
    accepted.returns = 2
    accepted.final_ruling(people.units["ZB1"], Tier.T1, 1, wei, AT + HOUR)
    assert (accepted.due_at, accepted.handle_due_at) == (AT + 1.5 * HOUR, AT + 3 * HOUR)


async def test_before_the_second_return_nobody_rules(story):
    await (await story.begin()).go(*TWICE_RETURNED[:3])
    with refused("too_few_returns"):
        await story.do("final_ruling")
    await story.go("dispatch")


async def test_two_returns_later_it_is_the_only_way_on(story):
    await (await story.begin()).go(*TWICE_RETURNED)
    with refused("needs_final_ruling"):
        await story.do("dispatch")
    await story.go("final_ruling")
    with refused("ruled_finally"):
        await story.do("return_order")
    assert (await story.now()).returns == 2
