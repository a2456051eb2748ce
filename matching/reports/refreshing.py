"""Keeps the lines and daily sums: built once by the database, then put right for each request that had Steps since.

Reading does not wait for it (sums.py). Nothing is written where requests are filed or worked on: Steps are read in the
order of their ids, and read again until all who were writing Steps meanwhile are done, for a smaller id may be
committed after a larger one. Whatever is counted twice comes out the same, so it may be stopped anywhere and run twice.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.reports.counted import ALL, COUNTERS, STATE, SUMMED_BY, FigureDay, FigureLine, FigureState
from matching.reports.lines import COLUMNS, R, lines, of_filing, of_result, of_return
from matching.reports.sums import among, listed
from matching.requests.clocks import FINAL
from matching.requests.insert import REQUESTS
from matching.requests.steps import Step
from matching.units.calendar import Recount

LINES: Table = FigureLine.__table__  # type: ignore[attr-defined]
DAYS: Table = FigureDay.__table__  # type: ignore[attr-defined]
BATCH = 4000  # Steps that are counted in one transaction
PAUSE = 0.2  # seconds between two looks whether writers are done
SILENT = ("ask", "thank", "nudge", "offer_helper", "seek_cover", "help", "sign_for", "approve_wording", "correct",
          "archive", "reply")  # fmt: skip
"""Verbs that change no counter. All others are counted anew, also where they happen to change none."""
CELL = ("root_id", "summed_by", "key", "day")
WRITERS = """
SELECT DISTINCT virtualtransaction FROM pg_locks WHERE relation = 'step'::regclass AND mode = 'RowExclusiveLock'
AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(frozen=True)
class Sight:
    """The newest Step, and the transactions that may hold smaller ones and were at work when it was seen.

    A writer holds its lock on the table from before it takes an id until its end; SQLite has one writer at a time.
    """

    newest: int
    writers: frozenset[str]


async def count_figures(database: Database, work: Work, at: datetime) -> int:
    """Count what came since the last time, or all where nothing is counted yet. Returns of how many requests."""
    counted = 0
    async with database.reading() as session:
        state = await session.get(FigureState, STATE)
        sight = await _sight(session)
        if state is None:
            return 0 if sight.writers else await work(_build, sight, at)
        after = state.upto
        while after < sight.newest:
            ids, after = await _steps_after(session, after, sight.newest)
            counted += await work(count_again, ids) if ids else 0
        recounted, after = await _recounted(session), 0
        if recounted != state.calendars:  # results may be late, or in time, that were not
            while ids := await _may_move(session, after):
                counted, after = counted + await work(count_again, ids), ids[-1]
    settled = sight.newest if not sight.writers else state.seen_id
    if sight.writers & set(state.seen_writers):
        settled = state.upto
    await work(_settle, settled, sight, recounted, at)
    return counted


async def rebuild(work: Work, at: datetime) -> int:
    """Count everything anew, once those are done who write just now. Returns how many requests there are."""
    async with work.database.reading() as session:
        sight = await _sight(session)
        while (await _sight(session)).writers & sight.writers:  # noqa: ASYNC110 - the database rings no bell
            await asyncio.sleep(PAUSE)
    return await work(_build, sight, at)


async def count_again(session: AsyncSession, ids: Collection[int]) -> int:
    """Put the lines of these requests right, and with them the daily sums. Returns how many requests that is.

    All in the database: the old lines are taken out of the sums, written anew, and added to the sums.
    """
    await session.get_one(FigureState, STATE, with_for_update=True)
    connection = await session.connection()
    sqlite = connection.dialect.name == "sqlite"
    for statement in _again(sqlite):
        await connection.execute(statement, {"ids": listed(sqlite, ids)})
    return len(ids)


@cache
def _again(sqlite: bool) -> tuple[Any, ...]:
    """The statements of `count_again` in their order, to be filled with the ids."""
    ids: BindParameter[Any] = bindparam("ids")
    ours, chosen = among(sqlite, LINES.c.request_id, ids), (among(sqlite, R.id, ids),)
    anew = (insert(LINES).from_select(COLUMNS, some) for some in lines(sqlite, chosen, chosen))
    out, back = ([_added(sqlite, by, sign, ours) for by in (ALL, *SUMMED_BY)] for sign in (-1, 1))
    return (*out, delete(LINES).where(ours), *anew, *back)


def _added(sqlite: bool, by: str, sign: int, ours: ColumnElement[bool]) -> Any:
    """The statement that adds some lines to the sums, or takes them out."""
    adding = sqlite_dialect.insert(DAYS) if sqlite else postgresql.insert(DAYS)
    more = {name: DAYS.c[name] + adding.excluded[name] for name in COUNTERS}
    some = adding.from_select([*CELL, *COUNTERS], summed(by, sign).where(ours))
    return some.on_conflict_do_update(index_elements=CELL, set_=more)


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
    if not on_sqlite:  # else the next counting takes the tables for empty and reads them whole
        await connection.execute(text(f"ANALYZE {LINES.name}, {DAYS.name}"))
    return (await session.exec(select_rows(func.count()).where(FigureLine.line == 0))).one()


def summed(by: str, sign: int = 1) -> Any:
    """The statement that sums the lines up to days, with this sign."""
    name: ColumnElement[Any] = literal_column(f"'{by}'")
    key: ColumnElement[Any] = literal_column("0") if by == ALL else LINES.c[by]
    columns = (LINES.c.root_id, name.label("summed_by"), key.label("key"), LINES.c.day)
    counters = ((sign * func.sum(LINES.c[counter])).label(counter) for counter in COUNTERS)
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
