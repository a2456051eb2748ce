"""The loop inside the web process."""

import asyncio
from datetime import timedelta

import pytest

from matching.api.deps import courier
from matching.api.news import Wire
from matching.db import Database, News, Work
from matching.privacy.sealed import Sealer
from matching.requests.photos import Photos
from matching.settings import Settings
from matching.workers import embedded
from matching.workers.jobs import MEMBERS_NEWS, NEWS, Job, jobs
from tests.importing.conftest import database

__all__ = ["database"]


async def test_every_job_runs_on_an_empty_hospital_and_does_nothing(database: Database, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(embedded, "GRACE", 300.0)  # however slow the machine is
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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_end_does_not_wait_for_ever_and_names_what_it_cut_off(database: Database, monkeypatch, caplog):
    begun = asyncio.Event()

    async def run(_database, _work, _at) -> int:
        begun.set()
        await asyncio.Event().wait()
        return 1

    monkeypatch.setattr(embedded, "GRACE", 0.001)
    async with asyncio.timeout(20), embedded.running(database, Work(database), [Job("slow", timedelta(hours=1), run)]):
        await begun.wait()
    assert [record.getMessage() for record in caplog.records] == ["job=slow cut off"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_cut_off_ends_though_a_cancellation_is_forgotten(database: Database, monkeypatch):
    """As `asyncio.wait_for`, which the mail's library has under each command, forgets one before Python 3.12."""
    begun, forgotten = asyncio.Event(), asyncio.Event()

    async def run(_database, _work, _at) -> int:
        begun.set()
        for letter in (forgotten, asyncio.Event()):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if letter is not forgotten:
                    raise
                forgotten.set()
        return 1

    monkeypatch.setattr(embedded, "GRACE", 0.001)
    monkeypatch.setattr(embedded, "PATIENCE", 0.05)
    async with asyncio.timeout(20), embedded.running(database, Work(database), [Job("slow", timedelta(hours=1), run)]):
        await begun.wait()
    assert forgotten.is_set()


def counting(name: str, soon_after: str, rounds: asyncio.Queue[str], busy: asyncio.Event | None = None) -> Job:
    """A job that says when it runs and, once it is `busy`, that it dealt with something."""

    async def run(_database, _work, _at) -> int:
        rounds.put_nowait(name)
        return int(busy is not None and busy.is_set())

    return Job(name, timedelta(hours=1), run, soon_after)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_news_call_a_job_at_once_and_what_it_dealt_with_calls_the_next(database: Database):
    rounds: asyncio.Queue[str] = asyncio.Queue()
    busy = asyncio.Event()
    names = {"announce": NEWS, "deliver": "announce", "sweep": ""}
    called = [counting(name, soon_after, rounds, busy) for name, soon_after in names.items()]
    async with Wire() as wire, embedded.running(database, Work(database), called, news=wire), asyncio.timeout(20):
        assert {await rounds.get() for _ in called} == set(names)
        busy.set()
        for _burst in range(3):
            wire.tell([News(1, 1, "file", (1,))] * 50)
            assert await rounds.get() == "announce"
            assert await rounds.get() == "deliver"
        assert rounds.empty()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_who_waits_for_members_news_is_called_by_a_dispatch_and_not_by_a_filing(database: Database):
    rounds: asyncio.Queue[str] = asyncio.Queue()
    called = [counting("announce", NEWS, rounds), counting("run_waves", MEMBERS_NEWS, rounds)]
    async with Wire() as wire, embedded.running(database, Work(database), called, news=wire), asyncio.timeout(20):
        assert {await rounds.get() for _ in called} == {"announce", "run_waves"}
        for _turn in range(3):
            wire.tell([News(1, 1, "file", (1,))])
            assert await rounds.get() == "announce"
        wire.tell([News(1, 1, "dispatch", (1, 2))])
        assert {await rounds.get() for _ in called} == {"announce", "run_waves"}
        assert rounds.empty()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_job_that_found_nothing_calls_nobody(database: Database):
    rounds: asyncio.Queue[str] = asyncio.Queue()
    called = [counting("announce", NEWS, rounds), counting("deliver", "announce", rounds)]
    async with Wire() as wire, embedded.running(database, Work(database), called, news=wire), asyncio.timeout(20):
        assert {await rounds.get() for _ in called} == {"announce", "deliver"}
        for _turn in range(3):
            wire.tell([News(1, 1, "file", (1,))])
            assert await rounds.get() == "announce"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_each_round_is_counted_with_what_it_dealt_with(database: Database):
    ran: dict[str, list[int | None]] = {}

    def count(job: str, seconds: float, done: int | None) -> None:
        assert seconds >= 0
        ran.setdefault(job, []).append(done)

    async def fail(_database, _work, _at) -> int:
        raise ValueError

    rounds: asyncio.Queue[str] = asyncio.Queue()
    busy = asyncio.Event()
    busy.set()
    for job in (counting("good", "", rounds, busy), Job("bad", timedelta(hours=1), fail)):
        await embedded.once(job, database, Work(database), count)
    assert ran == {"good": [1], "bad": [None]}
