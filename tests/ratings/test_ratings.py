"""Ratings are rows of their own: at most two a request, levels 1 to 5, reasons where they are bad."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from matching.ratings.model import Rating
from tests.cast import AT
from tests.requests.scene import COMPLETED, DAY, Story, refused


async def rows(story: Story) -> list[Rating]:
    async with story.database.reading() as session:
        return list(await session.exec(select(Rating).where(Rating.request_id == story.id).order_by(col(Rating.turn))))


async def test_a_rating_is_kept_with_level_reasons_and_words(story: Story):
    await (await story.begin()).go(*COMPLETED)
    await story.do("rate", level=2, reasons=["slow", "not_solved"], note="等了三天，打13912345678也没人接")
    (row,) = await rows(story)
    assert (row.turn, row.level, row.reasons, row.at, row.root_id) == (
        1,
        2,
        ["slow", "not_solved"],
        AT,
        story.cast.root_id,
    )
    assert row.comment.startswith("等了三天")
    assert "13912345678" not in row.comment


async def test_first_and_additional_rating_are_two_rows_and_there_is_no_third(story: Story):
    await (await story.begin()).go(*COMPLETED, "rate", "rate_again")
    assert [(row.turn, row.level) for row in await rows(story)] == [(1, 5), (2, 4)]
    with refused("additional_used"):
        await story.do("rate_again")
    assert len(await rows(story)) == 2


async def test_who_rates_only_afterwards_has_given_the_additional_one(story: Story):
    await (await story.begin()).go(*COMPLETED, "close")
    await story.do("rate_again", level=3, at=AT + 8 * DAY)
    assert [(row.turn, row.level) for row in await rows(story)] == [(2, 3)]


async def test_a_refused_rating_leaves_no_row(story: Story):
    await (await story.begin()).go(*COMPLETED)
    with refused("reason_needed"):
        await story.do("rate", level=1)
    with refused("not_seen"):
        await story.do("rate", by="stranger")
    assert await rows(story) == []


@pytest.mark.parametrize("level", [0, 6])
async def test_the_database_knows_five_levels(story: Story, level: int):
    await (await story.begin()).go(*COMPLETED)
    with pytest.raises(IntegrityError):
        await story.do("rate", level=level, reasons=["slow"])
    assert await rows(story) == []
