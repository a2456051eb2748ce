"""Keeps the lines and daily sums: built once by the database, then put right for each request that had Steps since.

Reading does not wait for it (sums.py). Nothing is written where requests are filed or worked on: Steps are read in the
order of their ids, and read again until all who were writing Steps meanwhile are done, for a smaller id may be
committed after a larger one. Whatever is counted twice comes out the same, so it may be stopped anywhere and run twice.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, insert, literal_column, select, text, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.reports.counted import ALL, COUNTERS, STATE, SUMMED_BY, FigureDay, FigureLine, FigureState
from matching.reports.lines import COLUMNS, PLACED, R, lines, of_filing, of_result, of_return
from matching.requests.clocks import FINAL
from matching.requests.insert import REQUESTS
from matching.requests.steps import Step
from matching.units.calendar import Recount

LINES: Table = FigureLine.__table__  # type: ignore[attr-defined]
DAYS: Table = FigureDay.__table__  # type: ignore[attr-defined]
BATCH = 4000  # Steps that are counted in one transaction; SQLite takes 32,766 values in a statement, ids come six times
PAUSE = 0.2  # seconds between two looks whether writers are done
SILENT = ("ask", "thank", "nudge", "offer_helper", "seek_cover", "help", "sign_for", "approve_wording", "correct",
          "archive", "reply")  # fmt: skip
"""Verbs that change no counter. All others are counted anew, also where they happen to change none."""
CELL = ("root_id", "summed_by", "key", "day")
WRITERS = """
SELECT DISTINCT virtualtransaction FROM pg_locks WHERE relation = 'step'::regclass AND mode = 'RowExclusiveLock'
AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

Cell = tuple[int, str, int, date]
Line = Sequence[Any]  # in the order of COLUMNS


@dataclass(frozen=True)
class Sight:
    """The newest Step, and the transactions that may hold smaller ones and were at work when it was seen.

    A writer holds its lock on the table from before it takes an id until its end; SQLite has one writer at a time.
    """

    newest: int
    writers: frozenset[str]


async def count_figures(database: Database, work: Work, at: datetime) -> int:
    """Count what came since the last time, or all where nothing is counted yet. Returns how many requests changed."""
    changed = 0
    async with database.reading() as session:
        state = await session.get(FigureState, STATE)
        sight = await _sight(session)
        if state is None:
            return 0 if sight.writers else await work(_build, sight, at)
        after = state.upto
        while after < sight.newest:
            ids, after = await _steps_after(session, after, sight.newest)
            changed += await work(count_again, ids)
        recounted, after = await _recounted(session), 0
        if recounted != state.calendars:  # results may be late, or in time, that were not
            while ids := await _may_move(session, after):
                changed, after = changed + await work(count_again, ids), ids[-1]
    settled = sight.newest if not sight.writers else state.seen_id
    if sight.writers & set(state.seen_writers):
        settled = state.upto
    await work(_settle, settled, sight, recounted, at)
    return changed


async def rebuild(work: Work, at: datetime) -> int:
    """Count everything anew, once those are done who write just now. Returns how many requests there are."""
    async with work.database.reading() as session:
        sight = await _sight(session)
        while (await _sight(session)).writers & sight.writers:  # noqa: ASYNC110 - the database rings no bell
            await asyncio.sleep(PAUSE)
    return await work(_build, sight, at)


async def count_again(session: AsyncSession, ids: Iterable[int]) -> int:
    """Put the lines of these requests right, and with them the daily sums. Returns how many requests changed."""
    await session.get_one(FigureState, STATE, with_for_update=True)
    connection, wanted = await session.connection(), list(ids)
    chosen = (R.id.in_(wanted),)
    now = _by_request(await connection.execute(union_all(*lines(connection.dialect.name == "sqlite", chosen, chosen))))
    kept = select(*(LINES.c[name] for name in COLUMNS)).where(LINES.c.request_id.in_(wanted))
    before = _by_request(await connection.execute(kept))
    changed = [id_ for id_ in now if now[id_] != before.get(id_)]
    cells: dict[Cell, list[int]] = defaultdict(lambda: [0] * len(COUNTERS))
    for id_ in changed:
        for sign, theirs in ((-1, before.get(id_, [])), (1, now[id_])):
            for line in theirs:
                _add(cells, line, sign)
    if changed:
        await connection.execute(delete(LINES).where(LINES.c.request_id.in_(changed)))
        rows = [dict(zip(COLUMNS, line, strict=True)) for id_ in changed for line in now[id_]]
        await connection.execute(insert(LINES), rows)
    values = [dict(zip((*CELL, *COUNTERS), (*cell, *ns), strict=True)) for cell, ns in cells.items() if any(ns)]
    if values:
        adding = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(DAYS)
        more = {name: DAYS.c[name] + adding.excluded[name] for name in COUNTERS}
        await connection.execute(adding.on_conflict_do_update(index_elements=CELL, set_=more), values)
    return len(changed)


async def _build(session: AsyncSession, sight: Sight, at: datetime) -> int:
    """In one transaction. `sight` was settled before it began."""
    state = await session.get(FigureState, STATE, with_for_update=True)
    if state is None:
        state = FigureState(id=STATE, built_at=at, counted_at=at)
        session.add(state)
    state.upto = state.seen_id = sight.newest
    state.seen_writers, state.built_at, state.counted_at = [], at, at
    state.calendars = await _recounted(session)
    await session.flush()
    connection = await session.connection()
    on_sqlite = connection.dialect.name == "sqlite"
    for table in (DAYS, LINES):
        await connection.execute(delete(table))
    for some in (of_filing(on_sqlite, ()), of_result(on_sqlite, ()), of_return(on_sqlite, ())):
        await connection.execute(insert(LINES).from_select(COLUMNS, some))
    for by in (ALL, *SUMMED_BY):
        await connection.execute(insert(DAYS).from_select([*CELL, *COUNTERS], summed(by)))
    return (await session.exec(select_rows(func.count()).where(FigureLine.line == 0))).one()


def summed(by: str) -> Any:
    """The statement that sums the lines up to days."""
    name: ColumnElement[Any] = literal_column(f"'{by}'")
    key: ColumnElement[Any] = literal_column("0") if by == ALL else LINES.c[by]
    columns = (LINES.c.root_id, name.label("summed_by"), key.label("key"), LINES.c.day)
    counters = (func.sum(LINES.c[counter]).label(counter) for counter in COUNTERS)
    statement = select(*columns, *counters).group_by(LINES.c.root_id, LINES.c.day)
    return statement if by == ALL else statement.where(key.is_not(None)).group_by(key)


async def _sight(session: AsyncSession) -> Sight:
    newest = (await session.exec(select_rows(func.max(Step.id)))).one() or 0
    if session.get_bind().dialect.name == "sqlite":
        return Sight(newest, frozenset())
    return Sight(newest, frozenset((await (await session.connection()).execute(text(WRITERS))).scalars()))


async def _steps_after(session: AsyncSession, after: int, newest: int) -> tuple[list[int], int]:
    """Whose Steps come next, about BATCH of them, and up to which Step."""
    some = select_rows(Step.id, Step.request_id, Step.verb).where(col(Step.id) > after, col(Step.id) <= newest)
    found = list(await session.exec(some.order_by(col(Step.id)).limit(BATCH)))
    ids = {request_id or 0 for _id, request_id, verb in found if verb not in SILENT}
    return sorted(ids), (found[-1][0] or newest) if len(found) == BATCH else newest


async def _recounted(session: AsyncSession) -> dict[str, str]:
    """By hospital, the calendar by which the clocks of all its requests are counted, once they are.

    After an amended day they are counted anew without a Step (deadlines/recounting.py).
    """
    done = select_rows(Recount.root_id, Recount.calendar).where(col(Recount.after_id).is_(None))
    return {str(root_id): calendar for root_id, calendar in await session.exec(done)}


async def _may_move(session: AsyncSession, after: int) -> list[int]:
    moving = select(REQUESTS.c.id).where(R.id > after, R.state.not_in(FINAL), R.completed_at.is_not(None))
    return list((await (await session.connection()).execute(moving.order_by(R.id).limit(BATCH))).scalars())


async def _settle(session: AsyncSession, upto: int, sight: Sight, calendars: dict[str, str], at: datetime) -> None:
    state = await session.get_one(FigureState, STATE, with_for_update=True)
    state.upto, state.calendars, state.counted_at = max(state.upto, upto), calendars, at
    state.seen_id, state.seen_writers = sight.newest, sorted(sight.writers)


def _by_request(rows: Iterable[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(tuple(row))
    return {id_: sorted(theirs, key=lambda line: line[1]) for id_, theirs in found.items()}


def _add(cells: dict[Cell, list[int]], line: Line, sign: int) -> None:
    placed, ns = dict(zip(PLACED, line, strict=False)), line[len(PLACED) :]
    keys = [(ALL, 0), *((by, placed[by]) for by in SUMMED_BY if placed[by] is not None)]
    counted = [(place, sign * n) for place, n in enumerate(ns) if n]
    for by, key in keys:
        cell = cells[placed["root_id"], by, key, placed["day"]]
        for place, n in counted:
            cell[place] += n
