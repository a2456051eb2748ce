"""What happens by itself when time passes, once each; the second time a job does nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from matching.db import Database, Work
from matching.deadlines import actions as deadlines
from matching.requests import actions
from matching.requests.states import State
from tests.cast import AT, Cast
from tests.requests.scene import COMPLETED, DAY, DISPATCHED, HOUR, IN_PROGRESS, Story

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def story(cast: Cast, anyio_backend: str) -> AsyncIterator[Story]:
    database = Database(cast.settings.database_url)
    yield Story(cast, database, Work(database))
    await database.close()


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


async def test_what_nobody_rated_is_closed_after_seven_days_and_only_once(story: Story):
    await (await story.begin()).go(*COMPLETED)
    await (await another(story).begin()).go(*COMPLETED, "rate")
    for at, closed in [(AT + 7 * DAY - MINUTE, 0), (AT + 7 * DAY, 1), (AT + 7 * DAY, 0), (AT + 9 * DAY, 0)]:
        assert await deadlines.close_unrated(story.database, story.work, at) == closed
    now = await story.now()
    assert (now.state, now.level, now.last_seq) == (State.closed, None, 7)


async def test_what_ended_is_archived_after_thirty_days_and_only_once(story: Story):
    for end in ("reject", "withdraw"):
        await (await another(story).begin()).go(end)
    await (await story.begin()).go(*COMPLETED, "rate")
    for at, archived in [(AT + 30 * DAY - MINUTE, 0), (AT + 30 * DAY, 3), (AT + 30 * DAY, 0)]:
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
        await story.work(actions.accept, story.number, by=story.who("system"), at=AT)
