"""A ledger of 100,000 requests as Excel: how much memory it takes. A partner's report as PDF against typst alone.

PostgreSQL with the requests of benchmarks/reports.py. The ledger is written by a process of its own, which has
written a small one before, so that what stays loaded is not counted. The report is gathered from the database and
written; typst alone has the same source and such data already. Each round takes partners that none had before, since
typst remembers what it has set.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks import reports, stage
from benchmarks.figures import Figure, ratio
from matching import clock
from matching.clock import SHANGHAI
from matching.db import Database, Work
from matching.documents.pdf import said, source
from matching.documents.typesetting import pdf
from matching.people.actor import Actor, Kind, Scope
from matching.people.model import Role
from matching.reports import refreshing
from matching.reports.ledgers.kinds import Wanted
from matching.reports.ledgers.writing import LEDGERS, write
from matching.reports.periods import Period
from matching.reports.written.gathering import gather
from matching.reports.written.making import make_report
from matching.reports.written.material import About
from matching.reports.written.report import document

ROWS = 100_000
COMMITTEE = Actor(Kind.system, 1, scopes=(Scope(Role.committee, 1, "/1/"),))


def run(quick: bool) -> Iterator[Figure]:
    """The ledger once, the report in rounds."""
    with stage.postgres("documents") as urls, tempfile.TemporaryDirectory(prefix="dianliang-bench-") as folder:
        asyncio.run(_fill(urls["documents"]))
        out = Path(folder) / "requests.xlsx"
        child = [sys.executable, "-c", "from benchmarks.documents import ledger; ledger()", urls["documents"], str(out)]
        told = subprocess.run(child, check=True, capture_output=True, text=True).stdout.split()
        rows, grown, seconds = int(told[0]), float(told[1]), float(told[2])
        if rows != ROWS:
            raise RuntimeError(f"{rows} rows")
        note = f"{seconds:.0f} s, {out.stat().st_size / 1e6:.0f} MB"
        yield Figure(f"Excel ledger of {ROWS:,} rows, growth in MB", grown, 60, note=note)
        yield asyncio.run(_report(urls["documents"], 3 if quick else 7))


async def _fill(url: str) -> None:
    database, now = Database(url), clock.now()
    await reports.fill(database, ROWS, now, now - timedelta(days=reports.DAYS + 1), now, new=True)
    await refreshing.rebuild(Work(database), now)
    await database.close()


def ledger() -> None:
    """The child: prints rows, megabytes by which it grew, seconds."""
    url, out = sys.argv[1:]
    today = clock.now().astimezone(SHANGHAI).date()
    whole = Period(today - timedelta(days=reports.DAYS + 2), today)

    async def written(period: Period) -> int:
        database = Database(url)
        rows = await write(database, LEDGERS["requests"], Path(out), Wanted(COMMITTEE, clock.now(), period))
        await database.close()
        return rows

    asyncio.run(written(Period(today - timedelta(days=10), today)))
    before = _megabytes("VmRSS")
    begun = time.perf_counter()
    rows = asyncio.run(written(whole))
    print(rows, max(0.0, _megabytes("VmHWM") - before), time.perf_counter() - begun)


def _megabytes(line: str) -> float:
    """Of this process, as the kernel says it. `getrusage` also counts the parent it was forked from."""
    said = Path("/proc/self/status").read_text().split(f"{line}:")[1]
    return int(said.split()[0]) * 1024 / 1e6


async def _report(url: str, rounds: int) -> Figure:
    database, now = Database(url), clock.now()
    period = Period.quarter_of(now.astimezone(SHANGHAI).date()).before
    ours, theirs, size = [], [], 0
    for number in range(rounds + 1):
        mine, other = f"P{2 * number + 1}", f"P{2 * number + 2}"
        async with database.reading() as session:
            begun = time.perf_counter()
            made = await make_report(session, About.partner, mine, period, "pdf", by=COMMITTEE, at=now)
            taken = time.perf_counter() - begun
            data = said(document(await gather(session, About.partner, other, period, by=COMMITTEE, at=now)))
        begun = time.perf_counter()
        pdf(source(), data, at=now)
        if number:  # the first round opens connections and fonts
            ours.append(taken)
            theirs.append(time.perf_counter() - begun)
            size = len(made.content)
    await database.close()
    note = f"{ours[-1] * 1000:.0f} ms against {theirs[-1] * 1000:.0f} ms, {size / 1000:.0f} kB"
    return Figure("a partner's report as PDF, against typst alone", ratio(ours, theirs), 3, note=note)
