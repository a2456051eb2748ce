"""Counters summed up, quickly and exactly: the daily sums, and in the same statement what came since they were counted.

A request with a Step that is not counted yet is taken out of the daily sums and put in again as its Steps say now. So
figures are never behind, whether the job has run or not; before the sums are built everything is counted that way.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, select, union_all
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.reports.chosen import Chosen
from matching.reports.counted import ALL, COUNTERS, STATE, SUMMED_BY, Counted, FigureDay, FigureLine, FigureState
from matching.reports.lines import COLUMNS, R, lines
from matching.requests.steps import Step

LISTED = 1000  # requests that are named one by one in a statement
Sums = dict[tuple[Any, ...], dict[str, int]]


@dataclass(frozen=True)
class Newer:
    """What is not counted yet: requests with Steps after `upto`, named one by one while they are few."""

    upto: int
    ids: tuple[int, ...]

    @property
    def requests(self) -> Any:
        """For IN."""
        if len(self.ids) < LISTED:
            return self.ids
        return select(col(Step.request_id)).where(col(Step.id) > self.upto)


async def newer(session: AsyncSession) -> Newer | None:
    """None while nothing is counted at all."""
    upto = (await session.exec(select_rows(FigureState.upto).where(FigureState.id == STATE))).first()
    if upto is None:
        return None
    some = select_rows(Step.request_id).where(col(Step.id) > upto).distinct().limit(LISTED)
    return Newer(upto, tuple(id_ or 0 for id_ in await session.exec(some)))


async def sums(session: AsyncSession, chosen: Chosen, *keys: str) -> Sums:
    """The counters by these columns of the lines (`day`, `hour`, `unit_id` …); without keys under ()."""
    since = await newer(session)
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    if since is None:
        return await _run(session, plain(on_sqlite, chosen, *keys), keys)
    kept = _kept(chosen, keys)
    if not since.ids:
        return await _run(session, kept, keys)
    out = _of_lines(chosen, keys, -1, col(FigureLine.request_id).in_(since.requests))
    every = union_all(kept, out, plain(on_sqlite, chosen, *keys, only=R.id.in_(since.requests))).subquery()
    columns = list(every.c)
    summed = select(*columns[: len(keys)], *(func.sum(one) for one in columns[len(keys) :]))
    return await _run(session, summed.group_by(*columns[: len(keys)]), keys)


async def lines_of(session: AsyncSession, chosen: Chosen) -> Subquery:
    """The lines themselves, as they are now, to select from."""
    since = await newer(session)
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    if since is None:
        return _narrowed(chosen, *_now(on_sqlite, chosen))
    kept = select(*(getattr(FigureLine, name).label(name) for name in COLUMNS)).where(*_days(chosen))
    if not since.ids:
        return kept.subquery()
    kept = kept.where(col(FigureLine.request_id).not_in(since.requests))
    now = _narrowed(chosen, *_now(on_sqlite, chosen, R.id.in_(since.requests)))
    return union_all(kept, select(*now.c)).subquery()


def plain(sqlite: bool, chosen: Chosen, *keys: str, only: ColumnElement[bool] | None = None) -> Select[Any]:
    """The statement that counts requests and Steps themselves, and nothing that was counted before."""
    line = _narrowed(chosen, *_now(sqlite, chosen, *(() if only is None else (only,))))
    statement = select(*(line.c[key] for key in keys), *(func.sum(line.c[name]).label(name) for name in COUNTERS))
    return statement.group_by(*(line.c[key] for key in keys))


def _now(sqlite: bool, chosen: Chosen, *only: ColumnElement[bool]) -> tuple[Select[Any], ...]:
    begins, ends, own = chosen.period.begins, chosen.period.ends, R.root_id == chosen.root_id
    filed, done = (R.filed_at >= begins, R.filed_at < ends), (R.completed_at >= begins, R.completed_at < ends)
    return lines(sqlite, (own, *only, *filed), (own, *only, *done))


def _narrowed(chosen: Chosen, *some: Select[Any]) -> Subquery:
    line = union_all(*some).subquery()
    return select(*line.c).where(line.c[chosen.column].in_(chosen.ids)).subquery() if chosen.column else line


def _kept(chosen: Chosen, keys: tuple[str, ...]) -> Select[Any]:
    """From the daily sums where they have it, else from the lines: a service's figures within a branch."""
    split = [key for key in keys if key != "day"]
    by = split[0] if split else chosen.column or ALL
    if len(split) > 1 or by not in {ALL, *SUMMED_BY} or chosen.column not in {"", by}:
        return _of_lines(chosen, keys, 1)
    columns = {"day": col(FigureDay.day), by: col(FigureDay.key)}
    statement = _adding(FigureDay, columns, keys, 1).where(
        col(FigureDay.root_id) == chosen.root_id, col(FigureDay.by) == by,
        col(FigureDay.day).between(chosen.period.first, chosen.period.last),
    )  # fmt: skip
    return statement.where(col(FigureDay.key).in_(chosen.ids)) if chosen.column else statement


def _of_lines(chosen: Chosen, keys: tuple[str, ...], sign: int, *more: ColumnElement[bool]) -> Select[Any]:
    columns = {key: getattr(FigureLine, key) for key in keys}
    return _adding(FigureLine, columns, keys, sign).where(*_days(chosen), *more)


def _adding(table: type[Counted], columns: dict[str, Any], keys: tuple[str, ...], sign: int) -> Select[Any]:
    counters = [func.sum(getattr(table, name)) for name in COUNTERS]
    signed = [(-one if sign < 0 else one).label(name) for one, name in zip(counters, COUNTERS, strict=True)]
    return select(*(columns[key].label(key) for key in keys), *signed).group_by(*(columns[key] for key in keys))


def _days(chosen: Chosen) -> list[ColumnElement[bool]]:
    line = FigureLine
    days = [col(line.root_id) == chosen.root_id, col(line.day).between(chosen.period.first, chosen.period.last)]
    return [*days, getattr(line, chosen.column).in_(chosen.ids)] if chosen.column else days


async def _run(session: AsyncSession, statement: Select[Any], keys: tuple[str, ...]) -> Sums:
    found = await (await session.connection()).execute(statement)
    counted = {tuple(row[: len(keys)]): tuple(int(n or 0) for n in row[len(keys) :]) for row in found}
    return {key: dict(zip(COUNTERS, ns, strict=True)) for key, ns in counted.items() if any(ns)}
