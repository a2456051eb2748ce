"""A worker outlives its Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import arq
import pytest
from redis.asyncio import Redis

from matching.api.deps import Parts
from matching.settings import Settings
from matching.workers import embedded, process
from matching.workers import settings as on_arq
from matching.workers.jobs import Job
from tests import engines
from tests.faults.running import Engine
from tests.keeper import free_port

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Worker:
    """Its rounds and what they do; `async with` while it works."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.ran, self.stop = parts, asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def working(self) -> AsyncIterator["Worker"]:
        async def run(*_: object) -> int:
            self.ran.set()
            return 0

        rounds = asyncio.create_task(process.until(self.stop, self.parts, [Job("job", timedelta(seconds=1), run)]))
        async with asyncio.timeout(60):
            yield self
            self.stop.set()
            await rounds


@pytest.fixture
async def parts(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, anyio_backend: str):
    monkeypatch.setattr(process, "KNOCK_EVERY", 0.05)
    url = f"redis://127.0.0.1:{free_port()}/0"
    made = process.parts_of(Settings(var=tmp_path, database_url=database_url, redis_url=url))
    yield made
    await made.database.close()


@pytest.fixture
def own_valkey(keeper_folder: Path, worker_name: str) -> str:
    """One that only these tests use: a worker takes rounds from the queue that were meant for another test's jobs."""
    engine = Engine(keeper_folder, "valkey", engines.wheel_valkey(), f"rounds {worker_name}")
    return f"redis://127.0.0.1:{engine.port}/0"


async def test_without_redis_it_keeps_the_rounds_by_itself_and_stops_when_asked(parts: Parts, caplog):
    async with Worker(parts).working() as worker:
        await worker.ran.wait()
    assert [record.getMessage() for record in caplog.records if record.name == "matching.jobs"] == [
        "Redis is away (ConnectionError): this worker keeps the rounds by itself"
    ]


async def test_a_redis_that_says_nothing_counts_as_gone(parts: Parts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(on_arq, "SILENCE", 0.3)

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(writer)

    heard: list[asyncio.StreamWriter] = []
    port = int(parts.settings.redis_url.rsplit(":", 1)[1].partition("/")[0])
    silent = await asyncio.start_server(hang, "127.0.0.1", port)
    async with Worker(parts).working() as worker:
        await worker.ran.wait()
    assert heard
    silent.close()
    for writer in heard:
        writer.close()


async def test_arq_has_the_rounds_again_when_redis_is_back(parts: Parts, own_valkey: str, caplog):
    """Redis comes to the address where nobody listened: a door that leads to one that runs."""

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = own_valkey.removeprefix("redis://").partition("/")[0].split(":")
        there_reader, there = await asyncio.open_connection(host, int(port))

        async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while data := await source.read(4096):
                target.write(data)
            target.close()

        await asyncio.gather(carry(reader, there), carry(there_reader, writer), return_exceptions=True)

    async with Worker(parts).working() as worker:
        await worker.ran.wait()
        port = int(parts.settings.redis_url.rsplit(":", 1)[1].partition("/")[0])
        door = await asyncio.start_server(lead, "127.0.0.1", port)
        async with Redis.from_url(own_valkey) as redis:
            await redis.delete("arq:queue:health-check")
            while not await redis.exists("arq:queue:health-check"):
                await asyncio.sleep(0.05)
        worker.ran.clear()
        await worker.ran.wait()
    door.close()
    said = [record.getMessage() for record in caplog.records if record.name == "matching.jobs"]
    assert said == ["Redis is away (ConnectionError): this worker keeps the rounds by itself", "Redis is back"]


async def test_it_stops_though_a_cancellation_is_forgotten(
    parts: Parts, own_valkey: str, monkeypatch: pytest.MonkeyPatch
):
    """As `asyncio.wait_for` forgets one before Python 3.12 when what it waits for is answered in that moment."""
    at_work, forgotten = asyncio.Event(), asyncio.Event()

    async def forgetful(*_: object) -> None:
        at_work.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if forgotten.is_set():
                raise
            forgotten.set()

    monkeypatch.setattr(embedded, "PATIENCE", 0.05)
    monkeypatch.setattr(arq.Worker, "_poll_iteration", forgetful)
    parts.settings.redis_url = own_valkey
    async with Worker(parts).working():
        await at_work.wait()
    assert forgotten.is_set()
