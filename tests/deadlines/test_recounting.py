"""recount_clocks: after the calendar changed every clock that may still run is what its Steps make of it."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, delete, select

from matching import clock
from matching.clock import SHANGHAI
from matching.db import News, Work
from matching.deadlines import recounting
from matching.deadlines.actions import list_late, urge_late
from matching.deadlines.recounting import SETTLED, recount_clocks
from matching.requests import verify
from matching.units.calendar import AmendedDay, Recount
from tests.cast import AT
from tests.requests.scene import COMPLETED, DAY, DISPATCHED, HOUR, IN_PROGRESS, Story

TUESDAY = (AT + DAY).astimezone(SHANGHAI).date()


async def amend(story: Story, day: date, works: bool | None) -> None:
    """Worked, not worked, or as published (None)."""

    async def write(session: Any) -> None:
        await session.exec(delete(AmendedDay).where(col(AmendedDay.day) == day))
        if works is not None:
            session.add(AmendedDay(root_id=story.cast.root_id, day=day, works=works, at=story.at))

    await story.work(write)


async def differences(story: Story) -> list[str]:
    async with story.database.reading() as session:
        return [line async for line in verify.differences(session)]


async def recounted(story: Story, at) -> int:
    return await recount_clocks(story.database, story.work, at)


async def settle(story: Story, at) -> int:
    """Until nothing waits any more."""
    return sum([await recounted(story, at + n * SETTLED) for n in range(3)])


async def test_a_day_off_moves_what_runs_in_working_days_and_nothing_else(story: Story):
    books = await (await story.begin("books")).go(*DISPATCHED)  # claimed within a working day, done within seven
    chair = Story(story.cast, story.database, story.work)
    await (await chair.begin("wheelchair")).go(*DISPATCHED)
    before, chairs = await books.now(), await chair.now()
    await settle(story, AT)
    assert (await books.now()).model_dump() == before.model_dump()
    await amend(story, TUESDAY, works=False)
    assert len(await differences(story)) == 3  # claim, handling, and which of them runs
    assert await settle(story, AT + HOUR) == 1
    after = await books.now()
    assert (after.claim_due_at, after.due_at) == (before.claim_due_at + DAY, before.due_at + DAY)
    assert (after.dispatch_due_at, after.last_seq) == (before.dispatch_due_at, before.last_seq)
    assert after.version == before.version + 1
    assert (await chair.now()).model_dump() == chairs.model_dump()
    assert await differences(story) == []
    await amend(story, TUESDAY, works=None)
    assert await settle(story, AT + 2 * HOUR) == 1
    assert (await books.now()).model_dump(exclude={"version"}) == before.model_dump(exclude={"version"})


async def test_a_verb_counts_by_the_days_as_they_are_amended(story: Story):
    await amend(story, TUESDAY, works=False)
    await (await story.begin("books")).go(*DISPATCHED)
    assert (await story.now()).claim_due_at == AT + 2 * DAY
    assert await differences(story) == []


async def test_who_was_urged_or_listed_too_soon_is_so_no_longer(story: Story):
    await (await story.begin("books")).go(*DISPATCHED)
    await urge_late(story.database, story.work, AT + DAY + HOUR)
    await list_late(story.database, story.work, AT + 8 * DAY)
    listed = await story.now()
    assert listed.late_urged
    assert listed.listed_at
    for n in range(8):
        await amend(story, TUESDAY + n * DAY, works=False)
    await settle(story, AT + 8 * DAY)
    now = await story.now()
    assert (now.late_urged, now.listed_at) == (False, None)
    assert await urge_late(story.database, story.work, now.due_at + HOUR) == 1
    assert await differences(story) == []


async def test_it_is_safe_to_repeat_and_goes_on_where_it_was_stopped(story: Story, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recounting, "BATCH", 2)
    monkeypatch.setattr(recounting, "A_ROUND", 1)
    for _ in range(5):
        await (await Story(story.cast, story.database, story.work).begin("books")).go(*DISPATCHED)
    await amend(story, TUESDAY, works=False)
    rounds = [await recounted(story, AT + n * HOUR / 60) for n in range(12)]
    assert rounds[:3] == [2, 2, 1]
    assert sum(rounds) == 5
    assert await differences(story) == []


async def test_what_a_slow_verb_wrote_by_the_old_days_is_found_by_a_later_pass(story: Story):
    """A verb that read the days before they were amended may commit after the first pass."""
    await (await story.begin("books")).go("accept")
    await amend(story, TUESDAY, works=False)
    assert await recounted(story, AT) == 0
    await story.do("dispatch")
    async with story.database.writing() as connection:  # as if it had counted by the days as they were
        moment = clock.CHINA.due(AT, clock.Limit.parse("1wd"))
        written = moment.strftime("%Y-%m-%d %H:%M:%S.%f") if story.database.sqlite else f"{moment:%Y-%m-%d %H:%M:%S}+00"
        await connection.exec_driver_sql(f"UPDATE service_request SET claim_due_at = '{written}', due_at = '{written}'")
    assert len(await differences(story)) == 2
    assert [await recounted(story, AT + n * SETTLED) for n in (1, 2)] in ([1, 0], [0, 1])
    assert await differences(story) == []
    async with story.database.reading() as session:
        assert (await session.exec(select(Recount))).one().after_id is None


async def test_what_is_final_stays_as_its_own_time_counted_it(story: Story):
    await (await story.begin("books")).go("reject")
    closed = Story(story.cast, story.database, story.work)
    await (await closed.begin("books")).go(*COMPLETED, "rate")
    rejected = await story.now()
    await amend(story, AT.astimezone(SHANGHAI).date(), works=False)
    assert await settle(story, AT) == 1  # what is closed may be opened again
    assert (await story.now()).model_dump() == rejected.model_dump()
    assert await differences(story) == []
    assert (await closed.do("reopen")).state == "in_progress"
    assert await differences(story) == []


async def test_who_looks_on_is_told_of_what_moved(story: Story):
    await (await story.begin("books")).go(*IN_PROGRESS)
    await settle(story, AT)
    heard: list[News] = []
    await amend(story, TUESDAY, works=False)
    await recount_clocks(story.database, Work(story.database, heard.extend), AT)
    assert [(news.request_id, news.verb) for news in heard] == [(story.id, "recount")]


async def test_when_nothing_changed_nothing_is_written(story: Story):
    await story.begin("books")
    await settle(story, AT)
    async with story.database.reading() as session:
        before = (await session.exec(select(Recount))).one().model_dump()
    await recounted(story, AT + timedelta(days=30))
    async with story.database.reading() as session:
        assert (await session.exec(select(Recount))).one().model_dump() == before


async def test_a_verb_that_comes_between_is_neither_lost_nor_undone(story: Story, monkeypatch: pytest.MonkeyPatch):
    """Rows carry versions: who comes second counts again from what is true then."""
    await (await story.begin("books")).go(*DISPATCHED)
    await amend(story, TUESDAY, works=False)
    found, overtaken = recounting._next, []

    async def find_and_be_overtaken(*args: Any) -> Any:
        rows = await found(*args)
        if rows and not overtaken and not story.database.sqlite:  # there one writer goes after the other
            overtaken.append(await story.do("claim"))
        return rows

    monkeypatch.setattr(recounting, "_next", find_and_be_overtaken)
    await settle(story, AT)
    assert bool(overtaken) is not story.database.sqlite
    if story.database.sqlite:
        await story.do("claim")
    assert (await story.now()).state == "in_progress"
    assert await differences(story) == []


async def test_two_workers_at_once_leave_the_same(story: Story):
    for _ in range(4):
        await (await Story(story.cast, story.database, story.work).begin("books")).go(*DISPATCHED)
    await settle(story, AT)
    await amend(story, TUESDAY, works=False)
    for n in range(3):
        await asyncio.gather(*(recounted(story, AT + n * SETTLED) for _worker in range(2)))
    assert await differences(story) == []
    async with story.database.reading() as session:
        counted = (await session.exec(select(Recount))).one()
    assert (counted.after_id, counted.changed) == (None, 4)
