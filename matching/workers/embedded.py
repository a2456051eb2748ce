"""The jobs as a loop inside the web process: for one hospital on one machine, without Redis."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from matching import clock
from matching.db import Database, Work
from matching.workers.jobs import Job

log = logging.getLogger("matching.jobs")


@asynccontextmanager
async def running(database: Database, work: Work, jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Run the jobs while the block lasts; a job that is at work when it ends is waited for."""
    stop = asyncio.Event()
    loops = [asyncio.create_task(_loop(job, database, work, stop), name=job.name) for job in jobs]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*loops)


async def _loop(job: Job, database: Database, work: Work, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await once(job, database, work)
        try:
            await asyncio.wait_for(stop.wait(), job.every.total_seconds())
        except TimeoutError:
            continue


async def once(job: Job, database: Database, work: Work) -> None:
    """Run one job now. An error is logged and not passed on: the next round tries again."""
    try:
        count = await job.run(database, work, clock.now())
    except Exception:
        log.exception("job=%s failed", job.name)
    else:
        if count:
            log.info("job=%s done=%d", job.name, count)
