"""The ledger is written here and nowhere else: lines for what was done, and reversals for what is so no longer.

The unique keys of the table decide between two workers: whoever comes second writes nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.people.actor import Actor
from matching.recognition.model import EntryKind, PointsEntry
from matching.recognition.points import centipoints, in_force
from matching.recognition.rules import versions
from matching.recognition.sources import KINDS, Source, day_of, in_doubt, uncounted
from matching.units.model import Unit
from matching.words import _

BATCH = 500
LATELY = timedelta(days=62)  # a request can be reopened for 30 days, and may have been under way for as long before
CHANGED = _("来源的记录有变，按新的重新计算")
GONE = _("来源不再计入（重新办理、改按活动签到，或已更正）")


async def post_points(_database: Database, work: Work, at: datetime) -> int:
    """The job: bring the ledger up to what was done lately. Returns how many lines it wrote."""
    return await _all(work, at, at - LATELY)


async def recount_points(_database: Database, work: Work, at: datetime) -> int:
    """The job of each night: the same for everything, however old."""
    return await _all(work, at, None)


async def _all(work: Work, at: datetime, since: datetime | None) -> int:
    written = 0
    for root_id, kind in product(await work(hospitals), KINDS):
        last: int | None = 0
        while last is not None:
            count, last = await work(take_back_stale, root_id, kind, since=since, after=last, at=at)
            written += count
        while count := await work(post_new, root_id, kind, since=since, at=at):
            written += count
    return written


async def hospitals(session: AsyncSession) -> list[int]:
    """The ids of the roots."""
    return list(await session.exec(select(Unit.root_id).where(Unit.root_id == Unit.id).order_by(col(Unit.id))))


async def take_back_stale(
    session: AsyncSession, root_id: int, kind: EntryKind, *, since: datetime | None, after: int = 0, at: datetime
) -> tuple[int, int | None]:
    """Reverse lines that their source does not bear out any more, a batch after that id; returns how many, and the id
    to go on from, None at the end."""
    day = None if since is None else day_of(since)
    doubts = await in_doubt(session, root_id, kind, since=day, after=after, size=BATCH)
    wrong = [stale for stale in doubts if stale.is_wrong]
    rows = [reversal(one.entry, GONE if one.minutes is None else CHANGED, at=at) for one in wrong]
    return await _write(session, rows), doubts[-1].entry.id if len(doubts) == BATCH else None


async def post_new(
    session: AsyncSession,
    root_id: int,
    kind: EntryKind,
    *,
    since: datetime | None = None,
    at: datetime,
    only: int | None = None,
) -> int:
    """Write a line for each source without one, a batch of those that ended since then; returns how many."""
    sources = await uncounted(session, root_id, kind, since=since, size=BATCH, only=only)
    known = await versions(session, root_id)
    return await _write(session, [_line(source, known, at) for source in sources])


async def reverse(session: AsyncSession, entry: PointsEntry, why: str, *, by: Actor, at: datetime) -> None:
    """Take one line back by hand. Twice does nothing."""
    await _write(session, [reversal(entry, why, by_id=by.id, at=at)])


def reversal(entry: PointsEntry, why: str, *, by_id: int | None = None, at: datetime) -> dict[str, Any]:
    """The line that takes `entry` back: the same with the signs turned, in the same year."""
    same = entry.model_dump(include={"root_id", "person_id", "unit_id", "year", "on", "coefficient", "rules", "title"})
    return same | {
        "kind": EntryKind.reversal, "source_id": entry.id, "turn": 1, "reverses_id": entry.id,
        "minutes": -entry.minutes, "centipoints": -entry.centipoints, "about": entry.about, "why": why, "by_id": by_id,
        "at": at,
    }  # fmt: skip


def _line(source: Source, rules: Sequence[Any], at: datetime) -> dict[str, Any]:
    applied = in_force(rules, source.on)
    return {
        "root_id": source.root_id, "person_id": source.person_id, "unit_id": source.unit_id, "year": source.on.year,
        "on": source.on, "kind": source.kind, "source_id": source.id, "turn": source.turn, "reverses_id": None,
        "minutes": source.minutes, "coefficient": source.coefficient,
        "centipoints": centipoints(source.minutes, source.coefficient, applied), "rules": applied.version,
        "title": source.title, "about": source.about, "why": "", "by_id": None, "at": at,
    }  # fmt: skip


async def _write(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> int:
    if not rows:
        return 0
    await session.flush()
    connection = await session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    named = [{getattr(PointsEntry, key): value for key, value in row.items()} for row in rows]
    added = insert(PointsEntry).values(named).on_conflict_do_nothing().returning(col(PointsEntry.id))
    return len((await connection.execute(added)).all())
