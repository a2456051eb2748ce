"""The job that makes what was asked for, one after the other, and the one that takes old files away."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.errors import Refused
from matching.people.actor import Actor
from matching.people.model import Person
from matching.people.queries import actor_of
from matching.privacy.sealed import Sealer
from matching.reports.exporting import KEPT, UNMASK
from matching.reports.ledgers.kinds import Wanted
from matching.reports.ledgers.writing import LEDGERS, title, write
from matching.reports.model import Export, ExportState
from matching.reports.periods import Period
from matching.reports.workplace import GIVEN_UP, Watch, heard, put, sweep, workplace
from matching.reports.written.making import make_report
from matching.reports.written.material import About
from matching.rights.model import Disclosure
from matching.units.model import Unit
from matching.units.queries import unit_by_code

HOPELESS = timedelta(hours=3)
TOLD_EVERY = 2000  # rows


@dataclass(frozen=True)
class Making:
    """What the jobs need of the installation: the folder of files that all processes share, and what opens numbers."""

    folder: Path
    sealer: Sealer

    def path(self, export_id: int) -> Path:
        """Where its file lies, or will lie."""
        return self.folder / "exports" / str(export_id)

    async def make_exports(self, database: Database, work: Work, at: datetime) -> int:
        """Make what waits, the oldest first. Returns how many."""
        made, watch = 0, Watch(at)
        while (row := await work(_take, at=watch.now())) is not None:
            export_id = row.id or 0

            async def say(export_id: int = export_id) -> None:
                await work(_alive, export_id, at=watch.now())

            try:
                if row.state == ExportState.making:
                    async with heard(say):
                        await self._make(database, work, row, at)
            except Refused as refused:
                await work(_fail, export_id, refused.code)
            except Exception:
                await work(_fail, export_id, "internal")
                raise
            made += 1
        return made

    async def forget_exports(self, database: Database, work: Work, at: datetime) -> int:
        """Remove files whose time is over, and what broken runs left. Returns how many rows were ended."""
        async with database.reading() as session:
            ready = select(col(Export.id)).where(Export.state == ExportState.ready, col(Export.until) <= at)
            over = [id_ or 0 for id_ in await session.exec(ready)]
        for export_id in over:
            await asyncio.to_thread(self.path(export_id).unlink, missing_ok=True)
            await work(_gone, export_id)
        await asyncio.to_thread(sweep, self.folder / "exports", at - 2 * KEPT, at)
        return len(over)

    async def _make(self, database: Database, work: Work, row: Export, at: datetime) -> None:
        with workplace(self.path(row.id or 0)) as path:
            await self._make_at(path, database, work, row, at)

    async def _make_at(self, path: Path, database: Database, work: Work, row: Export, at: datetime) -> None:
        place = self.path(row.id or 0)
        async with database.reading() as session:
            by = await actor_of(session, await session.get_one(Person, row.by_id))
            root = await session.get_one(Unit, row.root_id)
            period, code = Period.parse(row.params["period"]), row.params.get("code", "")
            if row.kind not in LEDGERS:
                made = await make_report(session, About(row.kind), code, period, row.format, by=by, at=at)
                await asyncio.to_thread(path.write_bytes, made.content)
                await asyncio.to_thread(put, path, place)
                await work(_done, row.id or 0, made.name, len(made.content), lacking=made.lacking, at=at)
                return
            top = (await unit_by_code(session, row.root_id, code)).path if code else ""
        reader = by if row.masked else replace(by, scopes=tuple(one for one in by.scopes if one.role in UNMASK))
        wanted = Wanted(reader, at, period, top, masked=row.masked, sealer=self.sealer)

        async def told(done: int, total: int) -> None:
            if done % TOLD_EVERY == 0:
                await work(_tell, row.id or 0, done, total)

        async def opened(ids: list[int]) -> None:
            await work(_log, ids, row.reason, by=by, at=at)

        kind = LEDGERS[row.kind]
        rows = await write(database, kind, path, wanted, house=root.house, told=told, opened=opened)
        size = await asyncio.to_thread(put, path, place)
        await work(_done, row.id or 0, f"{title(kind, wanted, root.house)}.xlsx", size, rows, at=at)


async def _take(session: AsyncSession, *, at: datetime) -> Export | None:
    """The next one, marked as begun: the row is locked, so that two workers never take the same."""
    lost = (col(Export.state) == ExportState.making) & (col(Export.begun_at) < at - GIVEN_UP)
    wanted = select(Export).where(or_(col(Export.state) == ExportState.waiting, lost)).order_by(col(Export.id)).limit(1)
    row = (await session.exec(wanted.with_for_update(skip_locked=True))).first()
    if row is None:
        return None
    row.begin(at)
    if at - row.asked_at > HOPELESS:
        row.fail("internal")
    return row


async def _alive(session: AsyncSession, export_id: int, *, at: datetime) -> None:
    (await session.get_one(Export, export_id)).begun_at = at


async def _tell(session: AsyncSession, export_id: int, done: int, total: int) -> None:
    row = await session.get_one(Export, export_id)
    row.done, row.total = done, total


async def _done(
    session: AsyncSession,
    export_id: int,
    name: str,
    size: int,
    rows: int | None = None,
    *,
    at: datetime,
    lacking: str = "",
) -> None:
    (await session.get_one(Export, export_id)).finish(name, size, rows, at, at + KEPT, lacking)


async def _fail(session: AsyncSession, export_id: int, code: str) -> None:
    (await session.get_one(Export, export_id)).fail(code)


async def _gone(session: AsyncSession, export_id: int) -> None:
    (await session.get_one(Export, export_id)).end()


async def _log(session: AsyncSession, ids: Sequence[int], reason: str, *, by: Actor, at: datetime) -> None:
    """The requesters see in their list that their words were opened, by whom and why (docs/domain.md §6)."""
    session.add_all(
        Disclosure(root_id=by.root_id, request_id=id_, person_id=by.id or 0, reason=reason[:200], at=at) for id_ in ids
    )
