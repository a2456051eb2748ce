"""The jobs on arq: any number of workers on one Redis, each round of a job taken by one of them."""

from datetime import timedelta
from typing import Any

from arq import Worker, cron
from arq.connections import RedisSettings
from arq.cron import CronJob
from arq.typing import WorkerCoroutine

from matching import clock
from matching.api.deps import courier
from matching.db import Database, Work
from matching.privacy.sealed import Sealer
from matching.requests.photos import Photos
from matching.settings import Settings
from matching.workers.jobs import Job, jobs

SLOWEST = timedelta(minutes=5)  # a job deals with one batch a round, so it is far quicker


def worker(settings: Settings) -> Worker:
    """A worker for this installation. Nothing is kept of a job that ended: a kept result would stop its next round."""

    async def start(ctx: dict[Any, Any]) -> None:
        ctx["database"] = Database(settings.database_url)
        ctx["work"] = Work(ctx["database"])

    async def stop(ctx: dict[Any, Any]) -> None:
        await ctx["database"].close()

    sealer = Sealer(settings.keys)
    return Worker(
        cron_jobs=[scheduled(job) for job in jobs(Photos(settings.files, sealer), courier(settings, sealer))],
        redis_settings=RedisSettings.from_dsn(settings.redis_url),
        on_startup=start,
        on_shutdown=stop,
        keep_result=0,
        max_tries=1,
        job_timeout=SLOWEST.total_seconds(),
    )


def scheduled(job: Job) -> CronJob:
    """The job as arq wants it: at the minutes (and the second) at which its rounds begin."""
    minutes = int(job.every.total_seconds()) // 60
    if minutes < 60:
        return cron(_coroutine(job), name=job.name, minute=set(range(0, 60, minutes)), second=0)
    return cron(_coroutine(job), name=job.name, hour=set(range(0, 24, minutes // 60)), minute=7, second=0)


def _coroutine(job: Job) -> WorkerCoroutine:
    async def run(ctx: dict[Any, Any], *_: Any) -> int:
        return await job.run(ctx["database"], ctx["work"], clock.now())

    run.__qualname__ = job.name
    return run
