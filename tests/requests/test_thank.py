"""thank: who was asked and need not come any more is told so, whatever became of the request."""

import pytest

from matching.requests.states import State
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, DISPATCHED, IN_PROGRESS


class TestPromises(Promises):
    act, enters = "thank", State.in_progress
    way, twice, wrong = IN_PROGRESS, "", ()
    may_not = ("lin", "lead", "di", "wei", "patient")


@pytest.mark.parametrize(
    "way", [(*DISPATCHED, "withdraw"), (*DISPATCHED, "return_order"), COMPLETED, (*COMPLETED, "rate")]
)
async def test_they_are_thanked_wherever_it_went_meanwhile(story, way):
    await (await story.begin()).go(*way)
    before = await story.now()
    request = await story.do("thank")
    assert (request.state, request.due_at) == (before.state, before.due_at)
