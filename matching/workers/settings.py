"""The jobs on arq: any number of workers on one Redis, each round of a job taken by one of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from arq import Worker, cron
from arq.connections import ArqRedis
from arq.cron import CronJob
from arq.typing import WorkerCoroutine

from matching.api.deps import Parts
from matching.workers.embedded import once
from matching.workers.jobs import Job

SILENCE = 10.0  # seconds after which Redis counts as gone; arq itself would wait for ever
SLOWEST = timedelta(minutes=5)  # a job deals with one batch a round, so it is far quicker


def worker(parts: Parts, jobs: Sequence[Job]) -> Worker:
    """A worker with this process's parts, for `process.work`, which deals with signals and with Redis going away.

    Nothing is kept of a job that ended: a kept result would stop its next round.
    """
    return Worker(
        cron_jobs=[scheduled(job, parts) for job in jobs],
        redis_pool=ArqRedis.from_url(parts.settings.redis_url, socket_connect_timeout=SILENCE, socket_timeout=SILENCE),
        handle_signals=False,
        keep_result=0,
        max_tries=1,
        job_timeout=SLOWEST.total_seconds(),
    )


def scheduled(job: Job, parts: Parts) -> CronJob:
    """The job as arq wants it: at the hours, minutes and seconds at which its rounds begin."""
    seconds = int(job.every.total_seconds())
    run, minutes = _coroutine(job, parts), seconds // 60
    if seconds < 60:
        return cron(run, name=job.name, second=set(range(0, 60, seconds)))
    if minutes < 60:
        return cron(run, name=job.name, minute=set(range(0, 60, minutes)), second=0)
    return cron(run, name=job.name, hour=set(range(0, 24, minutes // 60)), minute=7, second=0)


def _coroutine(job: Job, parts: Parts) -> WorkerCoroutine:
    async def run(ctx: dict[Any, Any], *_: Any) -> int:
        return await once(job, parts.database, parts.work, parts.metrics.ran)

    run.__qualname__ = job.name
    return run
