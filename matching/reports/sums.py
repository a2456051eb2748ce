"""Counters summed up, quickly and exactly: the daily sums, and what came since they were counted.

A request with a Step that is not counted yet is taken out of the daily sums, in the statement that reads them, and put
in again as its Steps say now. So figures are never behind, whether the job has run or not, and what the job counts
meanwhile is in neither twice; before the sums are built everything is counted from requests and Steps.
Statements are built once in a process and filled with values: building one takes as long as running it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    bindparam,
    cast,
    column,
    func,
    select,
    union_all,
)
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.reports.chosen import Chosen
from matching.reports.counted import ALL, COUNTERS, STATE, SUMMED_BY, FigureDay, FigureLine, FigureState
from matching.reports.lines import COLUMNS, PLACED, R, lines
from matching.requests.steps import Step

LINES = FigureLine.__table__.c  # type: ignore[attr-defined]
DAYS = FigureDay.__table__.c  # type: ignore[attr-defined]
Sums = dict[tuple[Any, ...], dict[str, int]]
Line = Sequence[Any]  # in the order of COLUMNS


@dataclass(frozen=True)
class Newer:
    """What is not counted yet: the requests with Steps after the last that is counted for good."""

    ids: tuple[int, ...]


async def newer(session: AsyncSession) -> Newer | None:
    """None while nothing is counted at all."""
    upto = (await session.exec(select_rows(FigureState.upto).where(FigureState.id == STATE))).first()
    if upto is None:
        return None
    after = select_rows(Step.request_id).where(col(Step.id) > upto).distinct()
    return Newer(tuple(id_ or 0 for id_ in await session.exec(after)))


async def sums(session: AsyncSession, since: Newer | None, chosen: Chosen, *keys: str) -> Sums:
    """The counters by these columns of the lines (`day`, `hour`, `unit_id` …); without keys under ().

    Without what is newer: `newer_lines` has that.
    """
    sqlite = on_sqlite(session)
    if since is None:
        return await _run(session, plain(sqlite, chosen, *keys), {}, keys)
    values: dict[str, Any] = {"root": chosen.root_id, "first": chosen.period.first, "last": chosen.period.last}
    if chosen.column:
        values["ids"] = listed(sqlite, chosen.ids)
    if since.ids:
        values["newer"] = listed(sqlite, since.ids)
    return await _run(session, _counted(sqlite, chosen.column, keys, bool(since.ids)), values, keys)


async def newer_lines(session: AsyncSession, since: Newer | None, root_id: int) -> list[Line]:
    """The lines of the hospital's requests that are not counted yet, as they are now, of all days."""
    if since is None or not since.ids:
        return []
    sqlite = on_sqlite(session)
    values = {"root": root_id, "newer": listed(sqlite, since.ids)}
    return [tuple(row) for row in await (await session.connection()).execute(_uncounted(sqlite), values)]


def summed(some: Iterable[Line], chosen: Chosen, *keys: str) -> Sums:
    """The counters of those lines that are of this scope and period. Pure."""
    places = [PLACED.index(key) for key in keys]
    day, own = PLACED.index("day"), PLACED.index(chosen.column) if chosen.column else None
    found: Sums = {}
    for line in some:
        if chosen.period.first <= line[day] <= chosen.period.last and (own is None or line[own] in chosen.ids):
            counters = found.setdefault(tuple(line[place] for place in places), {})
            for name, n in zip(COUNTERS, line[len(PLACED) :], strict=True):
                if n:
                    counters[name] = counters.get(name, 0) + n
    return found


async def lines_of(session: AsyncSession, chosen: Chosen) -> Subquery:
    """The lines themselves, as they are now, to select from."""
    since, sqlite = await newer(session), on_sqlite(session)
    if since is None:
        return _narrowed(chosen, *_now(sqlite, chosen))
    within = [LINES.root_id == chosen.root_id, LINES.day.between(chosen.period.first, chosen.period.last)]
    if chosen.column:
        within.append(LINES[chosen.column].in_(chosen.ids))
    kept = select(*(LINES[name] for name in COLUMNS)).where(*within)
    if not since.ids:
        return kept.subquery()
    kept = kept.where(~among(sqlite, LINES.request_id, these(sqlite, since.ids)))
    now = _narrowed(chosen, *_now(sqlite, chosen, among(sqlite, R.id, these(sqlite, since.ids))))
    return union_all(kept, select(*now.c)).subquery()


def among(sqlite: bool, of: Any, ids: BindParameter[Any]) -> ColumnElement[bool]:
    """Whether a column is one of some ids, which are one value (`listed`) however many they are: the statement stays
    the same, and SQLite takes 32,766 values at most."""
    if sqlite:
        each: ColumnElement[bool] = of.in_(select(column("value")).select_from(func.json_each(ids)))
        return each
    one_of: ColumnElement[bool] = of == func.any(cast(ids, ARRAY(BigInteger)))
    return one_of


def these(sqlite: bool, ids: Collection[int]) -> BindParameter[Any]:
    """Ids for `among` in a statement that is used once."""
    return bindparam("these", listed(sqlite, ids), unique=True)


def listed(sqlite: bool, ids: Collection[int]) -> list[int] | str:
    """Ids as the value of their parameter."""
    return f"[{','.join(map(str, ids))}]" if sqlite else list(ids)


def plain(sqlite: bool, chosen: Chosen, *keys: str) -> Select[Any]:
    """The statement that counts requests and Steps themselves, and nothing that was counted before."""
    line = _narrowed(chosen, *_now(sqlite, chosen))
    statement = select(*(line.c[key] for key in keys), *(func.sum(line.c[name]).label(name) for name in COUNTERS))
    return statement.group_by(*(line.c[key] for key in keys))


def on_sqlite(session: AsyncSession) -> bool:
    """Whether that is the database."""
    return session.get_bind().dialect.name == "sqlite"


def _now(sqlite: bool, chosen: Chosen, *only: ColumnElement[bool]) -> tuple[Select[Any], ...]:
    begins, ends, own = chosen.period.begins, chosen.period.ends, R.root_id == chosen.root_id
    filed, done = (R.filed_at >= begins, R.filed_at < ends), (R.completed_at >= begins, R.completed_at < ends)
    return lines(sqlite, (own, *only, *filed), (own, *only, *done))


def _narrowed(chosen: Chosen, *some: Select[Any]) -> Subquery:
    line = union_all(*some).subquery()
    return select(*line.c).where(line.c[chosen.column].in_(chosen.ids)).subquery() if chosen.column else line


@cache
def _uncounted(sqlite: bool) -> Any:
    own = (R.root_id == bindparam("root"), among(sqlite, R.id, bindparam("newer")))
    return union_all(*lines(sqlite, own, own))


@cache
def _counted(sqlite: bool, narrowed: str, keys: tuple[str, ...], newer: bool) -> Any:
    """What was counted, less the lines of requests that have newer Steps."""
    kept = _kept(sqlite, narrowed, keys)
    if not newer:
        return kept
    out = _of_lines(sqlite, narrowed, keys, -1).where(among(sqlite, LINES.request_id, bindparam("newer")))
    both = list(union_all(kept, out).subquery().c)
    found = select(*both[: len(keys)], *(func.sum(one) for one in both[len(keys) :]))
    return found.group_by(*both[: len(keys)])


def _kept(sqlite: bool, narrowed: str, keys: tuple[str, ...]) -> Select[Any]:
    """From the daily sums where they have it, else from the lines: a service's figures within a branch."""
    split = [key for key in keys if key != "day"]
    by = split[0] if split else narrowed or ALL
    if len(split) > 1 or by not in {ALL, *SUMMED_BY} or narrowed not in {"", by}:
        return _of_lines(sqlite, narrowed, keys, 1)
    columns = {"day": DAYS.day, by: DAYS.key}
    statement = _adding(DAYS, columns, keys, 1).where(DAYS.summed_by == by)
    return statement.where(among(sqlite, DAYS.key, bindparam("ids"))) if narrowed else statement


def _of_lines(sqlite: bool, narrowed: str, keys: tuple[str, ...], sign: int) -> Select[Any]:
    statement = _adding(LINES, {key: LINES[key] for key in keys}, keys, sign)
    return statement.where(among(sqlite, LINES[narrowed], bindparam("ids"))) if narrowed else statement


def _adding(table: Any, columns: dict[str, Any], keys: tuple[str, ...], sign: int) -> Select[Any]:
    counters = [func.sum(table[name]) for name in COUNTERS]
    signed = [(-one if sign < 0 else one).label(name) for one, name in zip(counters, COUNTERS, strict=True)]
    statement = select(*(columns[key].label(key) for key in keys), *signed).group_by(*(columns[key] for key in keys))
    days = table.day.between(bindparam("first"), bindparam("last"))
    return statement.where(table.root_id == bindparam("root"), days)


async def _run(session: AsyncSession, statement: Any, values: dict[str, Any], keys: tuple[str, ...]) -> Sums:
    found = await (await session.connection()).execute(statement, values)
    counted = {tuple(row[: len(keys)]): tuple(int(n or 0) for n in row[len(keys) :]) for row in found}
    return {key: dict(zip(COUNTERS, ns, strict=True)) for key, ns in counted.items() if any(ns)}
