"""Announcing against arq: Steps in batches from their own rows, and one job in Redis for each acknowledgement.

Both do it on the same machine in turn. arq's jobs do nothing at all, are in Redis before the clock starts, and its
worker polls without a pause: it is measured at its best.
"""

import asyncio
import random
import time
import uuid
from collections.abc import Iterator
from statistics import median
from typing import Any

from arq import Worker, create_pool
from arq.connections import ArqRedis, RedisSettings
from sqlmodel import col, select

from benchmarks import load, stage
from benchmarks.figures import Figure, ratio
from benchmarks.filing import NEED, wishes_of
from matching import clock
from matching.db import Database, Work
from matching.db.group_commit import GroupCommit
from matching.notices.announcing import announce
from matching.people.actor import Actor
from matching.privacy.sealed import Sealer
from matching.requests.filing import Wish, prepare
from matching.requests.insert import FILINGS
from matching.requests.steps import Step
from matching.services.model import Service
from matching.units.model import Spot

A_SECOND = 50  # filings
WARM = 50  # filings before, which the worker has announced when the pace begins
LOOK_EVERY = 0.02  # seconds between two looks at what was announced
LOOKED_AT = 2_000  # Steps; all of a run, or of its last half minute
GIVEN_UP = 120.0  # seconds


def run(quick: bool) -> Iterator[Figure]:
    """Rounds of both in turn; then one web process and one worker at a steady pace."""
    rounds, count, seconds = (3, 2_000, 6.0) if quick else (7, 10_000, 30.0)
    with stage.postgres("drained", "paced") as urls, stage.valkey() as redis:
        ours, theirs = asyncio.run(_in_turn(urls["drained"], redis, rounds, count))
        note = f"{median(ours):.0f} Steps against {median(theirs):.0f} jobs a second"
        yield Figure("outbox drain against one arq job each", ratio(ours, theirs), 5, least=True, note=note)
        with stage.server("product", urls["paced"], redis) as port, stage.worker(urls["paced"], redis):
            lags = sorted(asyncio.run(_paced(urls["paced"], port, seconds)))
    note = f"99 % within {lags[int(len(lags) * 0.99)]:.2f} s, {len(lags)} filings, one worker"
    yield Figure(f"seconds until a Step is announced at {A_SECOND} a second, median", median(lags), 1, note=note)


async def _in_turn(url: str, redis_url: str, rounds: int, count: int) -> tuple[list[float], list[float]]:
    """Rates a second, ours and arq's."""
    database, redis = Database(url), await create_pool(RedisSettings.from_dsn(redis_url))
    ours, theirs = [], []
    for number in range(rounds + 1):  # the first one warms both
        await _file(database, count)
        begun = time.perf_counter()
        announced = await announce(database, Work(database), clock.now())
        taken = time.perf_counter() - begun
        if announced != count:
            raise RuntimeError(f"{announced} announced of {count}")
        others = await _worked_by_arq(redis, redis_url, count)
        if number:
            ours.append(count / taken)
            theirs.append(count / others)
    await redis.aclose()
    await database.close()
    return ours, theirs


async def _file(database: Database, count: int) -> None:
    async with database.reading() as session:
        spot, service = await session.get_one(Spot, 1), await session.get_one(Service, 1)
    commit, sealer, by = GroupCommit(database, FILINGS), Sealer({"k": b"k" * 32}), Actor.requester(1, 0)

    async def one() -> None:
        wish = Wish(service, NEED, uuid.uuid4().hex, spot, spot.unit_id)
        await commit(prepare(wish, sealer=sealer, pepper=b"p" * 32, by=by, at=clock.now()))

    await asyncio.gather(*(one() for _ in range(count)))


async def acknowledge(_ctx: dict[Any, Any], _step: int) -> None:
    """Nothing: what is measured is the queue."""


async def _worked_by_arq(redis: ArqRedis, redis_url: str, count: int) -> float:
    """Seconds for so many jobs that wait in Redis already."""
    for number in range(count):
        await redis.enqueue_job("acknowledge", number)
    worker = Worker(
        [acknowledge], redis_settings=RedisSettings.from_dsn(redis_url), burst=True, handle_signals=False,
        keep_result=0, poll_delay=0, max_jobs=100, queue_read_limit=1000, max_burst_jobs=-1,
    )  # fmt: skip
    begun = time.perf_counter()
    await worker.main()
    taken = time.perf_counter() - begun
    if worker.jobs_complete != count:
        raise RuntimeError(f"arq did {worker.jobs_complete} of {count}")
    await worker.close()
    return taken


async def _paced(url: str, port: int, seconds: float) -> list[float]:
    """File at a steady pace with some chance in it, once the worker is awake, and watch when each Step is announced."""
    database, make, rng = Database(url), wishes_of(port), random.Random(7)
    await load.drive(port, make, connections=4, count=WARM, expect=b" 303")
    await _seen(database, WARM)
    wanted = int(seconds * A_SECOND)
    filing = asyncio.create_task(_file_steadily(port, make, wanted, rng))
    lags = await _seen(database, WARM + wanted)
    await filing
    await database.close()
    return [lag for id_, lag in sorted(lags.items())][WARM:]


async def _seen(database: Database, count: int) -> dict[int, float]:
    """Seconds from each Step until it was seen announced, by its id, once so many are."""
    lags: dict[int, float] = {}
    last = time.monotonic() + GIVEN_UP
    while len(lags) < count:
        if time.monotonic() > last:
            raise RuntimeError(f"{len(lags)} of {count} announced")
        async with database.reading() as session:
            newest = select(Step.id, Step.at).where(col(Step.announced_at).is_not(None))
            found = list(await session.exec(newest.order_by(col(Step.id).desc()).limit(LOOKED_AT)))
        now = clock.now()
        for id_, at in found:
            lags.setdefault(id_ or 0, (now - at).total_seconds())
        await asyncio.sleep(LOOK_EVERY)
    return lags


async def _file_steadily(port: int, make: Any, count: int, rng: random.Random) -> None:
    async with asyncio.TaskGroup() as visitors:
        for _ in range(count):
            visitors.create_task(load.drive(port, make, connections=1, count=1, expect=b" 303"))
            await asyncio.sleep(rng.expovariate(A_SECOND))
