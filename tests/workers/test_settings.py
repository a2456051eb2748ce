"""The same jobs on arq."""

from datetime import timedelta
from pathlib import Path

import pytest
from arq.connections import RedisSettings

from matching.api.deps import courier
from matching.db import Database
from matching.notices.ways.encrypting import new_key
from matching.privacy.sealed import Sealer
from matching.requests.photos import Photos
from matching.settings import Settings
from matching.workers.jobs import jobs
from matching.workers.settings import scheduled, worker

SEALER = Sealer({"k1": b"k" * 32})
COURIER = courier(Settings(secret="s" * 40, sealing_keys="{}", push_key=new_key()), SEALER)


@pytest.mark.parametrize("job", jobs(Photos(Path(), SEALER), COURIER), ids=lambda job: job.name)
def test_a_job_has_its_rounds_and_keeps_no_result(job):
    planned = scheduled(job)
    hours = len(planned.hour) if planned.hour else 24
    times = len(planned.minute) if isinstance(planned.minute, set) else 1
    assert hours * times == timedelta(days=1) / job.every
    assert planned.unique
    assert planned.second == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_worker_on_redis_runs_the_jobs_with_its_own_database(database_url, valkey_url, tmp_path):
    made = worker(Settings(var=tmp_path, database_url=database_url, redis_url=valkey_url))
    assert made.keep_result_s == 0
    assert isinstance(made.redis_settings, RedisSettings)
    context: dict[str, object] = {}
    assert made.on_startup is not None
    assert made.on_shutdown is not None
    await made.on_startup(context)
    assert isinstance(context["database"], Database)
    for planned in made.cron_jobs:
        assert await planned.coroutine(context) == 0
    await made.on_shutdown(context)
    if made._pool is not None:
        await made.close()
