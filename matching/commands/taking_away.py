"""`matching report` and `matching export`: documents and ledgers, for whoever may run them on the server.

Ledgers are masked here: what is not needs a person with a role and a reason, on the page (docs/guide-documents.md).
"""

import argparse
import sys
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from matching import clock
from matching.commands.opening import CANNOT_START, WELL, ready, run, say
from matching.db import Database, Work
from matching.errors import Refused
from matching.people.actor import Actor, Kind, Scope
from matching.people.auditing import note
from matching.people.model import Role
from matching.privacy.sealed import Sealer
from matching.reports.chosen import ScopeKind, scope_by_code
from matching.reports.ledgers.kinds import Wanted
from matching.reports.ledgers.writing import LEDGERS, write
from matching.reports.periods import Period
from matching.reports.refreshing import rebuild
from matching.reports.written.making import make_report
from matching.reports.written.material import About
from matching.settings import Settings
from matching.units.model import Unit
from matching.units.queries import hospital, unit_by_code

TOLD_EVERY = 5000  # rows
REBUILD = "rebuild"  # instead of what a report is about


def report(settings: Settings, asked: argparse.Namespace) -> int:
    """Write the report of the hospital, a unit or a partner into a file; or count all daily sums anew."""
    if asked.about == REBUILD:
        return _rebuild(settings)
    about, period = About(asked.about), _period(asked.period)

    async def make(database: Database, work: Work) -> tuple[str, str]:
        async with database.reading() as session:
            by = await _committee(session)
            made = await make_report(session, about, asked.code, period, asked.format, by=by, at=clock.now())
        said = f"{about} {asked.code} {period.code} {asked.format}".replace("  ", " ")
        out = asked.out or Path(made.name)
        out.write_bytes(made.content)
        await work(_noted, said, by=by)
        return str(out), made.lacking

    if about is not About.hospital and not asked.code:
        say(f"要写编号，例如 matching report {about} B01 (a code is needed)", sys.stderr)
        return CANNOT_START
    ready(settings)
    out, lacking = run(settings, make)
    say(f"已写入 (written)：{out}")
    if lacking:
        say(f"这些字没有字体，可能显示为方框 (no font, may show as boxes)：{' '.join(lacking)}", sys.stderr)
    return WELL


def _rebuild(settings: Settings) -> int:
    """The jobs keep the sums right by themselves; this is for who doubts it, or has changed rows by hand."""

    async def count(_database: Database, work: Work) -> int:
        return await rebuild(work, clock.now())

    ready(settings)
    say(f"统计数据已重新计算，需求 {run(settings, count)} 件 (counted anew)")
    return WELL


def export(settings: Settings, asked: argparse.Namespace) -> int:
    """Write a ledger into an Excel file, with progress; masked."""
    kind, period = LEDGERS[asked.kind], _period(asked.period)
    out: Path = asked.out or Path(f"{asked.kind}-{period.code}.xlsx")

    async def told(done: int, total: int) -> None:
        if done % TOLD_EVERY == 0 and done < total:
            say(f"  {done} / {total}")

    async def make(database: Database, work: Work) -> int:
        async with database.reading() as session:
            by = await _committee(session)
            root = await session.get_one(Unit, by.root_id)
            path = (await unit_by_code(session, by.root_id, asked.unit)).path if asked.unit else ""
            partner = None
            if asked.partner:
                partner = (await scope_by_code(session, by.root_id, ScopeKind.partner, asked.partner)).id
        wanted = Wanted(by, clock.now(), period, path, partner, sealer=Sealer(settings.keys))
        rows = await write(database, kind, out, wanted, house=root.house, told=told)
        await work(_noted, f"{asked.kind} {asked.unit or asked.partner} {period.code} xlsx", by=by)
        return rows

    ready(settings)
    say(f"共 {run(settings, make)} 行，已写入 (rows written)：{out}")
    return WELL


def _period(typed: str) -> Period:
    """As typed; without anything the quarter of today."""
    return Period.parse(typed) if typed else Period.quarter_of(clock.now().astimezone(clock.SHANGHAI).date())


async def _committee(session: AsyncSession) -> Actor:
    """Whoever may run this on the server sees what the committee office sees. Raises Refused without a hospital."""
    root = await hospital(session)
    if root is None:
        raise Refused("no_hospital")
    return Actor(Kind.system, root.id or 0, scopes=(Scope(Role.committee, root.id or 0, root.path),))


async def _noted(session: AsyncSession, about: str, *, by: Actor) -> None:
    note(session, "export", about, by=by, at=clock.now())
