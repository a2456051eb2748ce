"""Filing over HTTP: on PostgreSQL against the barest endpoint, on SQLite against itself without the write."""

import asyncio
import re
import sqlite3
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import asyncpg

from benchmarks import load, stage
from benchmarks.figures import Figure, ratio

CONNECTIONS = 16
NEED = "我妈妈腿脚不方便，想借一辆轮椅推她去三楼做检查，麻烦了"


def run(quick: bool) -> Iterator[Figure]:
    """Rounds in turn, so that both see the same machine; every acknowledged filing is looked for in the tables."""
    rounds, seconds = (3, 2.0) if quick else (7, 5.0)
    with stage.postgres("ours", "bare") as urls:
        yield from against_bare(urls["ours"], urls["bare"], rounds, seconds)

    with stage.sqlite() as url:
        with stage.server("product", url) as ours, stage.server("without_write", url) as bare:
            good, least = _in_turn(ours, wishes_of(ours), bare, wishes_of(bare), rounds, seconds)
        connection = sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"))
        counted = connection.execute("SELECT count(*) FROM service_request").fetchone()[0]
        connection.close()
        if counted != sum(len(each.latencies) for each in good):
            raise RuntimeError(f"SQLite: {counted} rows")
    note = f"{good[-1].rate:.0f} against {least[-1].rate:.0f} a second in the last round"
    rates = [each.rate for each in good], [each.rate for each in least]
    yield Figure("filing on SQLite, share of the rate without a write", ratio(*rates), 0.7, least=True, note=note)


def against_bare(ours_url: str, bare_url: str, rounds: int, seconds: float, redis_url: str = "") -> Iterator[Figure]:
    """The rate against the barest endpoint's on PostgreSQL, and how long the slowest wait."""
    urls = {"ours": ours_url, "bare": bare_url}
    before = {name: asyncio.run(_rows(url)) for name, url in urls.items()}
    with stage.server("product", ours_url, redis_url) as ours, stage.server("bare", bare_url) as bare:
        wish, plain = wishes_of(ours), wishes_of(ours)
        good, least = _in_turn(ours, wish, bare, plain, rounds, seconds)
    for name, answers in (("ours", good), ("bare", least)):
        counts = zip(asyncio.run(_rows(urls[name])), before[name], strict=True)
        written = {after - earlier for after, earlier in counts}
        acknowledged = sum(len(each.latencies) for each in answers)
        if written != {acknowledged}:
            raise RuntimeError(f"{name}: {acknowledged} acknowledged, rows {written}")
    note = f"{good[-1].rate:.0f} against {least[-1].rate:.0f} a second in the last round"
    rates = [each.rate for each in good], [each.rate for each in least]
    yield Figure("filing on PostgreSQL, share of the bare endpoint's rate", ratio(*rates), 0.6, least=True, note=note)
    worst = sorted(each.percentile(0.99) for each in good)[len(good) // 2]
    yield Figure("filing on PostgreSQL, p99 in ms (median round)", worst, 60)


def _in_turn(
    ours: int, wish: Callable[[], bytes], theirs: int, plain: Callable[[], bytes], rounds: int, seconds: float
) -> tuple[list[load.Answers], list[load.Answers]]:
    good, least = [], []
    for number in range(rounds + 1):
        for port, make, kept in ((ours, wish, good), (theirs, plain, least)):
            answers = asyncio.run(
                load.drive(port, make, connections=CONNECTIONS, seconds=1.0 if not number else seconds, expect=b" 303")
            )
            kept.append(answers)
    return good, least


def wishes_of(port: int, **more: str) -> Callable[[], bytes]:
    """A maker of filings, each with a key of its own, from the form as the product serves it; `more` fields of it."""
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/q/HALL", timeout=10).read().decode()
    version = re.search(r'name="notice_version" value="([^"]*)"', page)
    fields = {
        "notice_version": version[1] if version else "",
        "service": "wheelchair",
        "need": NEED,
        "reason": "",
        "wanted": "",
        "name": "张小明",
        "phone": "199-0000-2001",
        "consent_notice": "on",
        "consent_health": "on",
    }
    body = urlencode(fields | more)

    def make() -> bytes:
        return load.post("/q/HALL", f"{body}&filing_key={uuid.uuid4().hex}".encode())

    return make


async def _rows(url: str) -> list[int]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    tables = ("service_request", "step WHERE verb = 'file'", "request_secret")  # jobs may add Steps of their own
    counts = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    await connection.close()
    return counts
