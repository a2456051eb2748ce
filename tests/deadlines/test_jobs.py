"""What happens by itself when time passes, once each; the second time a job does nothing."""

from datetime import timedelta

import pytest

from matching.deadlines import actions as deadlines
from matching.requests import desk_actions
from matching.requests.lateness import late_replies
from matching.requests.states import State
from tests.cast import AT
from tests.requests.scene import COMPLETED, DAY, DISPATCHED, HOUR, IN_PROGRESS, Story

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def another(story: Story) -> Story:
    return Story(story.cast, story.database, story.work)


async def test_each_limit_that_ran_out_is_urged_once(story: Story):
    await story.begin()  # dispatch within an hour
    dispatched = await (await another(story).begin()).go(*DISPATCHED)  # claim within half an hour

    async def urged(at) -> int:
        return await deadlines.urge_late(story.database, story.work, at)

    assert await urged(AT + HOUR / 2) == 0  # 100 % is not over it
    assert await urged(AT + HOUR / 2 + MINUTE) == 1
    assert await urged(AT + HOUR + MINUTE) == 1
    assert await urged(AT + 9 * DAY) == 0
    assert [(step.verb, step.by_kind) for step in await story.steps()] == [("file", "requester"), ("urge", "system")]
    await dispatched.do("claim")
    assert await urged(AT + 9 * DAY) == 1  # the handling limit, since it was dispatched
    assert (await dispatched.now()).urges == 2


async def test_what_waits_or_has_a_result_is_not_urged(story: Story):
    await (await story.begin()).go("ask_info")
    await (await another(story).begin()).go(*IN_PROGRESS, "park")
    await (await another(story).begin()).go(*COMPLETED)
    await (await another(story).begin()).go("reject")
    assert await deadlines.urge_late(story.database, story.work, AT + 90 * DAY) == 0


async def test_a_limit_is_over_a_second_after_it_was_used_up(story: Story):
    await story.begin()
    for at, urged in [(AT + HOUR, 0), (AT + HOUR + SECOND, 1)]:
        assert await deadlines.urge_late(story.database, story.work, at) == urged


async def test_five_working_days_past_a_limit_it_is_listed_once(story: Story):
    await (await story.begin()).go(*DISPATCHED)  # claimed until Monday 10:30
    await (await another(story).begin()).go("ask_info")
    time = AT + HOUR / 2 + 7 * DAY  # a weekend lies between
    for at, listed in [(time - SECOND, 0), (time, 1), (time + DAY, 0)]:
        assert await deadlines.list_late(story.database, story.work, at) == listed
    last = (await story.steps())[-1]
    assert (last.verb, last.by_kind, last.at) == ("public_list", "system", time)
    assert (await story.now()).listed_at == time


async def test_an_order_is_overdue_a_second_after_24_hours_until_it_is_answered(story: Story):
    await (await story.begin()).go(*DISPATCHED, "supervise")
    now = await story.now()
    assert [now.is_reply_late(AT + DAY), now.is_reply_late(AT + DAY + SECOND)] == [False, True]
    committee = story.cast["wei"]

    async def overdue(at) -> list[str]:
        async with story.database.reading() as session:
            return [row.order for row in (await late_replies(session, committee, at)).rows]

    assert [await overdue(AT + DAY), await overdue(AT + DAY + SECOND)] == [[], [f"{story.number}-1"]]
    await story.do("reply", at=AT + 2 * DAY)
    assert await overdue(AT + 3 * DAY) == []


async def test_what_nobody_rated_is_closed_after_seven_days_and_only_once(story: Story):
    await (await story.begin()).go(*COMPLETED)
    await (await another(story).begin()).go(*COMPLETED, "rate")
    for at, closed in [(AT + 7 * DAY - SECOND, 0), (AT + 7 * DAY, 1), (AT + 7 * DAY, 0), (AT + 9 * DAY, 0)]:
        assert await deadlines.close_unrated(story.database, story.work, at) == closed
    now = await story.now()
    assert (now.state, now.level, now.last_seq) == (State.closed, None, 7)


async def test_what_ended_is_archived_after_thirty_days_and_only_once(story: Story):
    for end in ("reject", "withdraw"):
        await (await another(story).begin()).go(end)
    await (await story.begin()).go(*COMPLETED, "rate")
    for at, archived in [(AT + 30 * DAY - SECOND, 0), (AT + 30 * DAY, 3), (AT + 30 * DAY, 0)]:
        assert await deadlines.archive_ended(story.database, story.work, at) == archived
    assert (await story.now()).state == State.archived


async def test_a_request_that_somebody_moved_first_stops_no_job(story: Story, monkeypatch: pytest.MonkeyPatch):
    """Two workers run the same job, or a patient rates at the last moment: the others are still done."""
    await (await story.begin()).go(*COMPLETED)
    second = await (await another(story).begin()).go(*COMPLETED)
    found = deadlines._candidates

    async def find_and_be_overtaken(session, due):
        rows = await found(session, due)
        await story.do("rate", at=AT + 7 * DAY)
        return rows

    monkeypatch.setattr(deadlines, "_candidates", find_and_be_overtaken)
    assert await deadlines.close_unrated(story.database, story.work, AT + 7 * DAY) == 1
    assert (await story.now()).level == 5
    assert (await second.now()).state == State.closed


async def test_more_than_a_batch_is_done_in_the_next_round(story: Story, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(deadlines, "BATCH", 2)
    for _ in range(3):
        await (await another(story).begin()).go("reject")
    done = [await deadlines.archive_ended(story.database, story.work, AT + 30 * DAY) for _ in range(3)]
    assert done == [2, 1, 0]


async def test_a_job_is_the_system_and_may_nothing_else(story: Story):
    await story.begin()
    with pytest.raises(Exception, match="not_allowed"):
        await story.work(desk_actions.accept, story.number, by=story.who("system"), at=AT)
