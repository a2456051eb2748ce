"""Steps as an outbox: several workers, Steps that fail, transactions that do not end, a database that goes away."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import col, func, select

from matching.db import Database, Work
from matching.errors import Unavailable
from matching.notices import announcing
from matching.notices.announcing import BATCH, LAST_TRY, announce, pause_after
from matching.notices.model import Notice
from matching.notices.taking import DUE
from matching.requests.insert import FILINGS
from matching.requests.steps import Step
from tests.cast import AT, Cast
from tests.requests.scene import filing_of

WISHES = 40
SECOND = timedelta(seconds=1)


class Box:
    """A hospital with wishes that nobody was told of."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.database = Database(cast.settings.database_url)
        self.work = Work(self.database)

    async def file(self, number: int = WISHES) -> None:
        filings = [filing_of(self.cast) for _ in range(number)]
        async with self.database.writing() as connection:
            await FILINGS.within(connection, filings)

    async def announce(self, at: datetime = AT) -> int:
        return await announce(self.database, self.work, at)

    async def steps(self) -> list[Step]:
        async with self.database.reading() as session:
            return list(await session.exec(select(Step).order_by(col(Step.id))))

    async def notices(self) -> int:
        async with self.database.reading() as session:
            return (await session.exec(select(func.count()).select_from(Notice))).one()


@pytest.fixture
async def box(cast: Cast, anyio_backend: str) -> AsyncIterator[Box]:
    made = Box(cast)
    await made.file()
    yield made
    await made.database.close()


def test_a_step_rests_longer_after_each_failure_and_is_given_up_in_the_end():
    pauses = [pause_after(tries) for tries in range(1, LAST_TRY + 1)]
    assert pauses[:4] == [10 * SECOND, 40 * SECOND, 160 * SECOND, 640 * SECOND]
    assert pauses[4:-1] == [timedelta(minutes=42, seconds=40), timedelta(hours=1), timedelta(hours=1)]
    assert pauses[-1] is None


async def test_more_than_a_batch_is_announced_in_one_go(box: Box, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(announcing, "BATCH", 7)
    assert await box.announce() == WISHES
    assert await box.notices() == WISHES


async def test_two_workers_that_look_at_the_same_time_share_the_steps(box: Box, monkeypatch: pytest.MonkeyPatch):
    """Each holds its first batch until the other has looked too, where the engine lets them."""
    monkeypatch.setattr(announcing, "BATCH", 6)
    told, both = announcing.told, asyncio.Barrier(2)
    waiting = 0 if box.database.sqlite else 2

    async def told_together(*args: Any) -> Any:
        nonlocal waiting
        if waiting:
            waiting -= 1
            await both.wait()
        return await told(*args)

    monkeypatch.setattr(announcing, "told", told_together)
    other = Database(box.cast.settings.database_url)
    counts = await asyncio.gather(box.announce(), announce(other, Work(other), AT))
    await other.close()
    assert sum(counts) == WISHES
    assert box.database.sqlite or min(counts) > 0
    assert await box.notices() == WISHES


WORKER = """
import asyncio, sys
from datetime import datetime
from matching.db import Database, Work
from matching.notices import announcing

async def main(url, at):
    database = Database(url)
    announcing.BATCH = 3
    print("ready", flush=True)
    sys.stdin.readline()
    print(await announcing.announce(database, Work(database), datetime.fromisoformat(at)), flush=True)
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_processes_that_announce_together_tell_nobody_twice(box: Box):
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-c", WORKER, box.cast.settings.database_url, AT.isoformat())
    workers = [await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe) for _ in range(2)]
    for worker in workers:
        assert await worker.stdout.readline() == b"ready\n"
    for worker in workers:
        worker.stdin.write(b"go\n")
    answers = [await worker.communicate() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert sum(int(out) for out, _err in answers) == WISHES
    assert await box.notices() == WISHES


def failing(monkeypatch: pytest.MonkeyPatch, *ids: int, error: type[Exception] = ValueError) -> None:
    """Telling of these Steps fails, after the others of their batch."""
    told = announcing.told

    async def tell(connection: Any, facts: Any, at: datetime) -> Any:
        result = await told(connection, facts, at)
        if {fact.id for fact in facts} & set(ids):
            raise error("no such unit")
        return result

    monkeypatch.setattr(announcing, "told", tell)


async def test_a_step_that_fails_keeps_nobody_else_waiting_and_says_why(box: Box, monkeypatch: pytest.MonkeyPatch):
    bad = (await box.steps())[4].id
    failing(monkeypatch, bad)
    assert await box.announce() == WISHES - 1
    assert await box.announce() == 0
    there = next(step for step in await box.steps() if step.id == bad)
    assert (there.tries, there.announced_at, there.trouble) == (1, None, "ValueError: no such unit")
    assert there.next_try_at == AT + pause_after(1)
    assert await box.notices() == WISHES - 1
    monkeypatch.undo()
    assert await box.announce(there.next_try_at) == 1
    there = next(step for step in await box.steps() if step.id == bad)
    assert (there.announced_at, there.next_try_at, there.trouble) == (AT + pause_after(1), None, "")
    assert await box.notices() == WISHES


async def test_a_step_that_always_fails_is_given_up_after_its_last_try(box: Box, monkeypatch: pytest.MonkeyPatch):
    bad = (await box.steps())[0].id
    failing(monkeypatch, bad)
    at, tries = AT, 0
    while (there := (await box.steps())[0]).next_try_at is not None:
        at, tries = max(at, there.next_try_at), tries + 1
        await box.announce(at)
    assert (there.tries, tries, there.announced_at) == (LAST_TRY, LAST_TRY, None)
    assert await box.announce(at + timedelta(days=9)) == 0


async def test_what_is_not_committed_was_not_told(box: Box, monkeypatch: pytest.MonkeyPatch):
    """The process ends after the Notices were written and before the transaction did."""
    write = announcing._write

    async def write_and_die(*args: Any) -> None:
        await write(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(announcing, "_write", write_and_die)
    with pytest.raises(KeyboardInterrupt):
        await box.announce()
    monkeypatch.undo()
    assert await box.notices() == 0
    assert await box.announce() == WISHES
    assert await box.notices() == WISHES


async def test_a_database_that_goes_away_is_no_steps_fault(box: Box, monkeypatch: pytest.MonkeyPatch):
    async def gone(*_: Any) -> Any:
        raise OperationalError("", {}, Exception("server closed the connection"))

    monkeypatch.setattr(announcing, "told", gone)
    with pytest.raises(Unavailable):
        await box.announce()
    assert {(step.tries, step.next_try_at) for step in await box.steps()} == {(0, AT)}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_is_due_is_found_by_its_index_however_many_steps_there_are(box: Box):
    await box.announce()
    async with box.database.writing() as connection:
        more = (
            "INSERT INTO step SELECT (json_populate_record(s, json_build_object('id', 1000000 + n, 'seq', 1 + n))).* "
            "FROM generate_series(1, 20000) n, step AS s WHERE s.id = (SELECT min(id) FROM step)"
        )
        await connection.execute(text(more))
        await connection.execute(text("ANALYZE step"))
        statement = DUE.params(at=AT, most=BATCH).compile(
            connection.sync_connection, compile_kwargs={"literal_binds": True}
        )
        plan = "\n".join((await connection.execute(text(f"EXPLAIN {statement}"))).scalars())
    assert "steps_to_announce" in plan
    assert "Seq Scan on step" not in plan
