"""rate_again: one additional rating within 30 days."""

from datetime import timedelta

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, DAY, refused


class TestPromises(Promises):
    act, enters = "rate_again", State.closed
    way, wrong, twice = (*COMPLETED, "rate"), COMPLETED, "additional_used"
    may_not = ("lin", "lead", "di", "wei")


def test_within_30_days_of_the_first(closed, patient):
    with refused("too_late_to_rate"):
        closed.rate_again(4, [], "", patient, AT + 30 * DAY + timedelta(seconds=1))
    closed.rate_again(4, [], "", patient, AT + 30 * DAY)
    assert (closed.level, closed.rated_again) == (5, True)


def test_once(closed, patient):
    closed.rate_again(4, [], "", patient, AT)
    with refused("additional_used"):
        closed.rate_again(4, [], "", patient, AT)


def test_who_let_the_seven_days_pass_may_still_say_it_within_30(completed, patient, system):
    completed.close(system, AT + 7 * DAY)
    with refused("too_late_to_rate"):
        completed.rate_again(4, [], "", patient, AT + 31 * DAY)
    completed.rate_again(4, [], "", patient, AT + 30 * DAY)


def test_a_bad_one_opens_a_rectification_on_its_own_limit(closed, patient):
    closed.rate_again(2, ["slow"], "", patient, AT + DAY)
    assert (closed.state, closed.due_at) == (State.rectifying, AT + 8 * DAY)


async def test_a_bad_one_needs_a_reason(story):
    await (await story.begin()).go(*COMPLETED, "rate")
    with refused("reason_needed"):
        await story.do("rate_again", level=1)
