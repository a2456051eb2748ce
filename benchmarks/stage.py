"""The stage: real engines, a small hospital, server processes on 127.0.0.1 that end with the benchmark."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from matching import clock, migrations
from matching.db import Database, Work
from matching.people.model import Grant, Person, Role
from matching.people.passwords import PASSWORDS
from matching.services.model import Service
from matching.units.model import Spot, Unit
from tests import engines

SECRETS = {
    "MATCHING_SECRET": "benchmark-only-benchmark-only-benchmark",
    "MATCHING_SEALING_KEYS": '{"k1": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="}',
    "MATCHING_DEMO": "false",
}
PASSWORD = "Only4benchmarks!"
MEMBERS = 64


@contextmanager
def postgres(*names: str) -> Iterator[dict[str, str]]:
    """Fresh migrated databases with the small hospital: name → address. fsync is on."""
    keeper = engines.Keeper()
    try:
        server = engines.postgres(keeper.folder, engines.wheel_postgres())
        if {server.psql("SHOW fsync"), server.psql("SHOW synchronous_commit")} != {"on"}:
            raise RuntimeError("a figure without fsync says nothing")
        for name in names:
            server.psql(f"CREATE DATABASE {name}")
            migrations.upgrade(server.dsn(name))
            asyncio.run(_found_hospital(server.dsn(name)))
        yield {name: server.dsn(name) for name in names}
    finally:
        keeper.close()


@contextmanager
def valkey() -> Iterator[str]:
    """The address of a Valkey of its own."""
    keeper = engines.Keeper()
    try:
        yield engines.valkey(keeper.folder)
    finally:
        keeper.close()


@contextmanager
def sqlite() -> Iterator[str]:
    """A fresh migrated SQLite file with the small hospital."""
    with tempfile.TemporaryDirectory(prefix="dianliang-bench-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        migrations.upgrade(url)
        asyncio.run(_found_hospital(url))
        yield url


@contextmanager
def server(app: str, url: str, redis_url: str = "") -> Iterator[int]:
    """One uvicorn process with the factory `benchmarks.apps:<app>` on the database; yields its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = ["uvicorn", f"benchmarks.apps:{app}", "--factory", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]
    with _running(command, url, redis_url) as process:
        _wait_for(port, process)
        yield port


@contextmanager
def worker(url: str, redis_url: str) -> Iterator[int]:
    """One `matching work`; yields its process id."""
    with _running(["matching", "work"], url, redis_url) as process:
        yield process.pid


@contextmanager
def _running(module: list[str], url: str, redis_url: str) -> "Iterator[subprocess.Popen[bytes]]":
    named = {"MATCHING_DATABASE_URL": url, "MATCHING_REDIS_URL": redis_url, "PYTHONPATH": str(Path.cwd())}
    with tempfile.TemporaryDirectory(prefix="dianliang-bench-") as var, open(Path(var, "log"), "wb") as log:
        environment = os.environ | SECRETS | named | {"MATCHING_VAR": var}
        process = subprocess.Popen([sys.executable, "-m", *module], env=environment, stderr=log)
        try:
            yield process
        except BaseException:
            print(Path(var, "log").read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it was ready")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).read()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not become ready")


async def _found_hospital(url: str) -> None:
    database = Database(url)
    await Work(database)(_rows)
    await database.close()


async def _rows(session: AsyncSession) -> None:
    at, hashed = clock.now(), PASSWORDS.hash(PASSWORD)
    session.add(Unit(id=1, root_id=1, code="DW", name="测试医院", kind="committee", path="/1/", desk_phone="0000-120"))
    await session.flush()
    session.add(Unit(id=2, root_id=1, parent_id=1, code="B01", name="第一党支部", kind="branch", path="/1/2/"))
    await session.flush()
    session.add(Spot(id=1, root_id=1, code="HALL", slug="HALL", name="门诊大厅", unit_id=2))
    limits = {"dispatch_limit": "1h", "claim_limit": "30min", "handle_limit": "2h"}
    session.add(
        Service(id=1, root_id=1, code="wheelchair", name="轮椅借用与推送", group="就医协助", tier="T1", **limits)
    )
    for number in range(MEMBERS + 1):
        role = Role.member if number else Role.dispatcher
        unit_id = 2 if number else 1
        session.add(
            Person(id=number + 1, root_id=1, unit_id=unit_id, member_no=f"M{number}", name=f"员{number}",
                   login=f"M{number}", password_hash=hashed)
        )  # fmt: skip
        await session.flush()
        session.add(Grant(root_id=1, person_id=number + 1, unit_id=unit_id, role=role, granted_at=at))
