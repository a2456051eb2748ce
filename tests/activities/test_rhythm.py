"""What branches owe in a quarter."""

from datetime import UTC, date, datetime, timedelta

import pytest

from matching.activities import actions, closing
from matching.activities.closing import Counts
from matching.activities.model import ActivityKind
from matching.activities.rhythm import Kept, Quarter, kept, rhythm_of, set_rhythm
from matching.errors import NotAllowed
from tests.activities.scene import HOUR, planned
from tests.cast import AT
from tests.requests.scene import refused


@pytest.mark.parametrize(
    ("day", "quarter"), [((2026, 1, 1), 1), ((2026, 3, 31), 1), ((2026, 4, 1), 2), ((2026, 12, 31), 4)]
)
def test_a_day_lies_in_its_quarter(day, quarter):
    found = Quarter.of(date(*day))
    assert found == Quarter(2026, quarter)
    first, until = found.bounds
    assert first <= datetime(*day, 4, tzinfo=UTC) < until
    assert until == Quarter(2026 + quarter // 4, quarter % 4 + 1).bounds[0]


async def test_meetings_are_counted_when_confirmed_planned_before_and_missing_otherwise(work, cast):
    day = {"kind": ActivityKind.theme_day, "everybody": True}
    held = await planned(work, cast, **day)
    await planned(work, cast, at=AT + timedelta(days=9), **day)
    gone = await planned(work, cast, at=AT + timedelta(days=10), **day)
    await planned(work, cast, at=AT - timedelta(days=90), **day)  # another quarter
    await planned(work, cast)  # service is no meeting
    number = cast.people["lin"].member_no
    await work(closing.confirm, held.id, {number: 60}, Counts(), by=cast["lead"], at=AT + 3 * HOUR)
    await work(actions.cancel, gone.id, "停电", by=cast["lead"], at=AT)
    [branch] = await work(kept, Quarter(2026, 1), by=cast["lead"])
    assert branch.unit.code == "ZB1"
    assert branch.kinds[ActivityKind.theme_day] == Kept(asked=3, held=1, planned=1)
    assert branch.kinds[ActivityKind.theme_day].missing == 1
    assert [one.unit.code for one in await work(kept, Quarter(2026, 1), by=cast["wei"])] == ["ZB1", "ZB2", "ZB3"]
    assert [one.unit.code for one in await work(kept, Quarter(2026, 1), by=cast["sun"])] == ["ZB2"]


async def test_other_numbers_count_from_the_day_they_are_set(work, cast):
    wanted = {ActivityKind.theme_day: 6, ActivityKind.group_meeting: 3}
    for numbers in (wanted, wanted):
        await work(set_rhythm, numbers, by=cast["wei"], at=AT)
    assert (await work(rhythm_of, cast.root_id, date(2026, 3, 1)))[ActivityKind.theme_day] == 3
    assert (await work(rhythm_of, cast.root_id, date(2026, 3, 2)))[ActivityKind.theme_day] == 6
    with pytest.raises(NotAllowed):
        await work(set_rhythm, wanted, by=cast["lead"], at=AT)
    with refused("not_a_choice"):
        await work(set_rhythm, {ActivityKind.service: 1}, by=cast["wei"], at=AT)
