"""A text on the board: found whatever the case of its letters, and Chinese without lowering every text there is."""

import pytest

from matching.requests.queries import Filters, _narrowed, board_column
from matching.requests.states import State
from tests.cast import AT


@pytest.mark.parametrize(
    ("typed", "found"),
    [("mri", True), ("MRI", True), ("轮椅去做", True), ("17%", True), ("1_%", False), ("17楼", False), ("ct", False)],
)
async def test_a_text_is_found_as_it_was_typed_and_letters_in_either_case(story, opened, typed, found):
    await story.begin(need="想借轮椅去做 Mri，押金付了 17%")
    async with opened.reading() as session:
        page = await board_column(session, story.who("di"), State.submitted, Filters(text=typed), at=AT, size=200)
    assert (story.id in {row.id for row in page.rows}) is found


@pytest.mark.parametrize(("typed", "lowered"), [("轮椅", False), ("17%", False), ("MRI", True), ("b超", True)])
def test_what_has_no_case_is_compared_as_it_is(typed, lowered):
    """Lowering the texts costs more than searching them (docs/scale.md)."""
    (condition,) = _narrowed(Filters(text=typed), State.submitted, AT)
    assert ("lower" in str(condition)) is lowered
