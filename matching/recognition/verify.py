"""Recompute the ledger: each line equals what its source says by the rules of its day, each reversal its line."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import product

from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.recognition.model import EntryKind, PointsEntry, PointsRules
from matching.recognition.points import centipoints, in_force
from matching.recognition.posting import hospitals
from matching.recognition.rules import versions
from matching.recognition.sources import KINDS, in_doubt

BATCH = 500
SETTLED = timedelta(days=2)  # the nightly job has been there since
TURNED = ("root_id", "person_id", "unit_id", "year", "on", "coefficient", "rules", "title")


async def differences(session: AsyncSession, at: datetime) -> AsyncIterator[str]:
    """One line a difference; nothing when all is well. What changed within SETTLED is left to the jobs: it is not
    wrong, only late."""
    if session.get_bind().dialect.name == "postgresql":
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    known: dict[int, list[PointsRules]] = {}
    last: int | None = 0
    taken_back = aliased(PointsEntry)
    while last is not None:
        statement = select(PointsEntry, taken_back).outerjoin(taken_back, col(taken_back.id) == PointsEntry.reverses_id)
        statement = statement.where(col(PointsEntry.id) > last).order_by(col(PointsEntry.id)).limit(BATCH)
        rows = list(await session.exec(statement))
        for entry, reversed_one in rows:
            if entry.root_id not in known:
                known[entry.root_id] = await versions(session, entry.root_id)
            for line in of_one(entry, reversed_one, known[entry.root_id]):
                yield f"points {entry.id}: {line}"
        last = rows[-1][0].id if len(rows) == BATCH else None
        session.expunge_all()
    for root_id, kind in product(await hospitals(session), KINDS):
        after: int | None = 0
        while after is not None:
            doubts = await in_doubt(session, root_id, kind, after=after, size=BATCH)
            for stale in doubts:
                if stale.is_wrong and (stale.changed_at is None or stale.changed_at < at - SETTLED):
                    entry = stale.entry
                    said = "nothing" if stale.minutes is None else f"{stale.minutes} min on {stale.on}"
                    line = f"is {entry.minutes} min on {entry.on}, its {kind} {entry.source_id} says {said}"
                    yield f"points {entry.id}: {line}"
            after = doubts[-1].entry.id if len(doubts) == BATCH else None


def of_one(entry: PointsEntry, taken_back: PointsEntry | None, rules: list[PointsRules]) -> list[str]:
    """What is wrong with one line by itself, and with a reversal beside the line it takes back. Pure."""
    lines = []
    if entry.kind == EntryKind.reversal:
        if taken_back is None or taken_back.kind == EntryKind.reversal:
            return ["takes back no line"]
        if (entry.minutes, entry.centipoints) != (-taken_back.minutes, -taken_back.centipoints):
            lines.append(f"takes back {entry.minutes} min, line {taken_back.id} is {taken_back.minutes} min")
        lines += [f"{name} is not that of line {taken_back.id}" for name in TURNED if _differs(name, entry, taken_back)]
        return lines
    applied = in_force(rules, entry.on)
    if entry.rules != applied.version:
        lines.append(f"counted by rules {entry.rules}, of {entry.on} are {applied.version}")
    elif entry.centipoints != (worth := centipoints(entry.minutes, entry.coefficient, applied)):
        lines.append(f"is {entry.centipoints} centipoints, the rules say {worth}")
    if entry.year != entry.on.year:
        lines.append(f"counts for {entry.year}, it was on {entry.on}")
    return lines


def _differs(name: str, one: PointsEntry, other: PointsEntry) -> bool:
    return bool(getattr(one, name) != getattr(other, name))
