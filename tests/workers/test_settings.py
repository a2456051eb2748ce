"""The same jobs on arq."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from matching.api.deps import Parts
from matching.settings import Settings
from matching.workers.jobs import jobs
from matching.workers.process import parts_of
from matching.workers.settings import scheduled, worker


@pytest.fixture
async def parts(tmp_path: Path, valkey_url: str, database_url: str, anyio_backend: str) -> AsyncIterator[Parts]:
    made = parts_of(Settings(var=tmp_path, database_url=database_url, redis_url=valkey_url))
    yield made
    await made.database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_job_has_its_rounds_and_only_one_worker_takes_each(parts: Parts):
    for job in jobs(parts.photos, parts.courier):
        planned = scheduled(job, parts)
        hours = len(planned.hour) if planned.hour else 24
        minutes = 60 if planned.minute is None else len(planned.minute) if isinstance(planned.minute, set) else 1
        seconds = len(planned.second) if isinstance(planned.second, set) else 1
        assert hours * minutes * seconds == timedelta(days=1) / job.every, job.name
        assert planned.unique


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_worker_on_redis_runs_the_jobs_and_keeps_no_result(parts: Parts):
    made = worker(parts, jobs(parts.photos, parts.courier))
    assert made.keep_result_s == 0
    assert await made.pool.ping()
    for planned in made.cron_jobs:
        assert await planned.coroutine({}) >= 0
    await made.close()
