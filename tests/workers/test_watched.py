"""A worker's own small door."""

import asyncio
import json
import socket
import urllib.error
import urllib.request

import pytest

from matching.serving import PortInUse
from matching.settings import Settings
from matching.workers import watched as watched_door
from matching.workers.process import parts_of
from matching.workers.watched import watched
from tests.keeper import free_port

TOKEN = "w" * 32


def settings(tmp_path, url: str, port: int) -> Settings:
    return Settings(var=tmp_path, database_url=url, watch_port=port, watch_token=TOKEN)


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    try:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


@pytest.fixture
def port() -> int:
    return free_port()


async def test_a_worker_says_that_it_lives_is_ready_and_what_its_jobs_did(database_url, tmp_path, port):
    parts = parts_of(settings(tmp_path, database_url, port))
    async with watched(parts):
        parts.metrics.ran("announce", 0.2, 7)
        parts.metrics.ran("announce", 0.2, None)

        def ask(path: str, **headers: str):
            return asyncio.to_thread(get, port, path, **headers)

        assert await ask("/healthz") == (200, "ok")
        status, told = await ask("/readyz")
        assert (status, json.loads(told)["database"]) == (200, "ok")
        assert (await ask("/metrics"))[0] == 404
        status, page = await ask("/metrics", Authorization=f"Bearer {TOKEN}")
        assert status == 200
        for line in ("runs_total", "failures_total", "done_total"):
            assert f'dianliang_job_{line}{{job="announce"}}' in page
        assert 'dianliang_job_done_total{job="announce"} 7.0' in page
        assert 'dianliang_job_failures_total{job="announce"} 1.0' in page
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/healthz", timeout=5)
    await parts.database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_worker_ends_though_what_somebody_asked_it_hangs(database_url, tmp_path, port, monkeypatch):
    asked = asyncio.Event()

    async def hang(*_: object) -> bytes:
        asked.set()
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(watched_door, "GRACE", 0.1)
    parts = parts_of(settings(tmp_path, database_url, port))
    monkeypatch.setattr(parts.metrics, "page", hang)
    async with asyncio.timeout(60), watched(parts):
        asking = asyncio.create_task(asyncio.to_thread(get, port, "/metrics", Authorization=f"Bearer {TOKEN}"))
        await asked.wait()
    await asyncio.gather(asking, return_exceptions=True)
    await parts.database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_worker_that_nobody_watches_listens_nowhere_and_a_taken_port_is_said(database_url, tmp_path, port):
    parts = parts_of(settings(tmp_path, database_url, 0))
    async with watched(parts):
        pass
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(PortInUse):
            async with watched(parts_of(settings(tmp_path, database_url, port))):
                pass
    await parts.database.close()
