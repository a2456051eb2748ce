"""One worker process: arq's rounds while there is Redis, its own while there is none, and news heard at once.

arq ends when Redis goes away. A hospital's clocks must not: every job may run twice, so each worker then keeps the
rounds by itself until Redis is back.
"""

import asyncio
import logging
import signal
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress

from arq import Worker
from redis.asyncio import Redis
from redis.exceptions import RedisError

from matching.api.deps import Parts
from matching.api.limits import Limiter
from matching.db import Database
from matching.privacy.sealed import Sealer
from matching.settings import Settings
from matching.workers import embedded
from matching.workers.jobs import Job, jobs
from matching.workers.settings import worker
from matching.workers.watched import watched

GRACE = 15.0  # seconds for jobs at work once we are asked to stop; what ends after them fits into compose.yaml too
KNOCK_EVERY = 2.0  # seconds between two questions whether Redis is back
AWAY = (RedisError, OSError, TimeoutError)

log = logging.getLogger("matching.jobs")


def parts_of(settings: Settings) -> Parts:
    """What a worker works with: the same parts as a web process."""
    database, sealer = Database(settings.database_url), Sealer(settings.keys)
    return Parts(settings, database, sealer, Limiter(settings.redis_url))


async def work(settings: Settings) -> None:
    """Do the jobs until SIGINT or SIGTERM; a job at work is waited for, GRACE seconds at most."""
    parts, stop = parts_of(settings), asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    all_jobs = jobs(parts.photos, parts.courier)
    try:
        async with watched(parts), parts.news, promptly(parts, all_jobs):
            await until(stop, parts, all_jobs)
    finally:
        await parts.database.close()


def promptly(parts: Parts, all_jobs: Sequence[Job]) -> AbstractAsyncContextManager[None]:
    """What does not wait for its round."""
    called = [job for job in all_jobs if job.soon_after]
    return embedded.running(parts.database, parts.work, called, news=parts.news, ran=parts.metrics.ran, sweeping=False)


async def until(stop: asyncio.Event, parts: Parts, all_jobs: Sequence[Job]) -> None:
    """The rounds, on Redis or without."""
    while not stop.is_set():
        try:
            await _on_redis(stop, worker(parts, all_jobs))
        except AWAY as error:
            log.warning("Redis is away (%s): this worker keeps the rounds by itself", type(error).__name__)
            async with embedded.running(parts.database, parts.work, all_jobs, ran=parts.metrics.ran):
                await _until_back(stop, parts.settings.redis_url)


async def _on_redis(stop: asyncio.Event, arq: Worker) -> None:
    """arq's rounds until we are asked to stop. Raises what is in AWAY when Redis goes."""
    rounds, stopping = asyncio.create_task(arq.async_run()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((rounds, stopping), return_when=asyncio.FIRST_COMPLETED)
        if rounds.done():
            rounds.result()
        arq.allow_pick_jobs = False
        if arq.tasks:
            await asyncio.wait(tuple(arq.tasks.values()), timeout=GRACE)
    finally:
        stopping.cancel()
        await embedded.ended((rounds,))
        await embedded.ended(arq.tasks.values())
        arq.tasks.clear()  # it would trip over how they ended, and keep its connections
        with suppress(*AWAY):
            await arq.close()


async def _until_back(stop: asyncio.Event, redis_url: str) -> None:
    async with Redis.from_url(redis_url, socket_connect_timeout=KNOCK_EVERY, socket_timeout=KNOCK_EVERY) as redis:
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), KNOCK_EVERY)
            with suppress(*AWAY):
                await redis.ping()
                log.warning("Redis is back")
                return
