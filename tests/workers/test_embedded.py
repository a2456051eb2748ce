"""The loop inside the web process."""

import asyncio
from datetime import timedelta

import pytest

from matching.api.deps import courier
from matching.db import Database, Work
from matching.privacy.sealed import Sealer
from matching.requests.photos import Photos
from matching.settings import Settings
from matching.workers import embedded
from matching.workers.jobs import Job, jobs
from tests.importing.conftest import database

__all__ = ["database"]


async def test_every_job_runs_on_an_empty_hospital_and_does_nothing(database: Database, tmp_path, caplog):
    sealer = Sealer({"k1": b"k" * 32})
    all_jobs = jobs(Photos(tmp_path, sealer), courier(Settings(var=tmp_path), sealer))
    async with embedded.running(database, Work(database), all_jobs):
        await asyncio.sleep(0)
    assert not caplog.records
    names = {"announce", "deliver", "urge_late", "close_unrated", "archive_ended", "erase_archived", "forget_answers"}
    assert {job.name for job in all_jobs} >= names


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_job_that_fails_is_logged_and_tried_again_and_the_others_go_on(database: Database, caplog):
    rounds: dict[str, int] = {"bad": 0, "good": 0}
    enough = asyncio.Event()

    def job(name: str, error: Exception | None) -> Job:
        async def run(_database, _work, at) -> int:
            assert at.tzinfo is not None
            rounds[name] += 1
            if all(count > 2 for count in rounds.values()):
                enough.set()
            if error:
                raise error
            return 0

        return Job(name, timedelta(milliseconds=1), run)

    two = [job("bad", ValueError("no")), job("good", None)]
    async with embedded.running(database, Work(database), two), asyncio.timeout(20):
        await enough.wait()
    assert {record.getMessage() for record in caplog.records} == {"job=bad failed"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_end_waits_for_a_job_at_work(database: Database):
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def run(_database, _work, _at) -> int:
        begun.set()
        await go_on.wait()
        done.set()
        return 1

    async with embedded.running(database, Work(database), [Job("slow", timedelta(hours=1), run)]):
        await begun.wait()
        asyncio.get_running_loop().call_soon(go_on.set)
    assert done.is_set()
