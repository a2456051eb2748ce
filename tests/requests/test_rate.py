"""rate: the requester's one rating; level 1 or 2 needs a ticked reason and opens a rectification."""

import pytest
from sqlmodel import col, select

from matching.ratings.model import Rating
from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import ACTS, COMPLETED, DAY, IN_PROGRESS, Story, refused


class TestPromises(Promises):
    act, enters = "rate", State.closed
    way, wrong, twice = COMPLETED, IN_PROGRESS, "rated_already"
    may_not = ("lin", "lead", "di", "wei")


async def ratings_of(story: Story) -> list[tuple[int, int, list[str]]]:
    async with story.database.reading() as session:
        found = await session.exec(select(Rating).where(Rating.request_id == story.id).order_by(col(Rating.turn)))
        return [(row.turn, row.level, row.reasons) for row in found]


@pytest.mark.parametrize(("level", "state"), [(5, "closed"), (4, "closed"), (3, "closed"), (2, "rectifying")])
def test_a_good_rating_closes_it_and_a_bad_one_opens_a_rectification(completed, patient, level, state):
    completed.rate(level, ["slow"] if level < 3 else [], "", patient, AT)
    assert (completed.state, completed.level, completed.rated_at) == (state, level, AT)


def test_five_working_days_are_given_to_put_a_bad_rating_right(completed, patient):
    completed.rate(1, ["slow"], "", patient, AT)
    assert completed.due_at == completed.rectify_due_at == AT + 7 * DAY


@pytest.mark.parametrize("level", [1, 2])
async def test_a_bad_rating_needs_a_reason(story, level):
    await (await story.begin()).go(*COMPLETED)
    with refused("reason_needed"):
        await story.do("rate", level=level)
    assert (await story.now()).state == State.completed
    await story.do("rate", level=level, reasons=["slow", "attitude"], note="没人联系我")
    assert await ratings_of(story) == [(1, level, ["slow", "attitude"])]


async def test_a_reopened_request_that_was_rated_has_its_additional_rating_left(story):
    await (await story.begin()).go(*COMPLETED, "rate", "reopen", "complete")
    request = await story.do("rate", level=2, reasons=["not_solved"])
    assert (request.state, request.level, request.rated_again) == (State.rectifying, 5, True)
    await story.go("rectify", "reopen", "complete")
    with refused("rated_already"):
        await story.do("rate")
    assert await ratings_of(story) == [(1, 5, []), (2, 2, ["not_solved"])]


async def test_staff_do_not_rate(story):
    await (await story.begin()).go(*COMPLETED)
    for who in ("root", "wei", "di", "lead", "lin", "audit"):
        with refused("not_seen" if who == "root" else "not_allowed"):
            await story.do("rate", by=who)
    assert ACTS["rate"].by == "patient"
