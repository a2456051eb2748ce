"""How long requests took in the last 90 days and which promises were kept, counted by the database; few rows come back.

No index is kept for it: what was filed in the last 90 days stands in its state since then or later, so `ended_by_time`
(hospital, state, since when) leads to those rows and the history is never read, however long it is.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, case, cast, delete, extract, func, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.deadlines.model import Promise
from matching.deadlines.promises import DAY, MINUTE, Lasted, within
from matching.requests.history import ARCHIVE_AFTER
from matching.requests.insert import REQUESTS
from matching.requests.states import State
from matching.units.model import Unit

LOOKED_BACK = timedelta(days=90)
GRAIN = 5 * MINUTE  # durations are counted together to this; far finer than what is said
ENDED_UNDONE = (State.rejected, State.withdrawn)
R = REQUESTS.c

Key = tuple[int, int]  # service, unit


async def count_promises(database: Database, work: Work, at: datetime) -> int:
    """Count the promises of all hospitals anew. Returns how many there are."""
    total = 0
    async with database.reading() as session:
        roots = [id_ or 0 for id_ in await session.exec(select_rows(col(Unit.id)).where(col(Unit.root_id) == Unit.id))]
        counted = {root_id: await promises_of(session, root_id, at) for root_id in roots}
    for root_id, rows in counted.items():
        total += await work(_keep, root_id, rows)
    return total


async def promises_of(session: AsyncSession, root_id: int, at: datetime) -> list[Promise]:
    """One for each service and unit where something was filed, and one for the service in the whole hospital."""
    lately = recent(root_id, at)
    asked_and_known = R.taken_at.is_not(None) | R.completed_at.is_(None)
    taken = _by_place(root_id, await _histogram(session, [*lately, asked_and_known], R.taken_at, at))
    done = _by_place(root_id, await _histogram(session, lately, R.completed_at, at))
    kept: dict[Key, list[int]] = {}
    for service_id, unit_id, *counts in await _kept(session, lately, at):
        for place in {unit_id, root_id}:
            so_far = kept.setdefault((service_id, place), [0, 0, 0, 0])
            kept[service_id, place] = [one + int(more) for one, more in zip(so_far, counts, strict=True)]
    rows = []
    for (service_id, place), lasted in sorted(done.items()):
        told_taken, kept_taken, told_done, kept_done = kept[service_id, place]
        rows.append(
            Promise(
                root_id=root_id, service_id=service_id, unit_id=place, counted_at=at,
                n=sum(n for _seconds, ended, n in lasted if ended),
                taken_seconds=within(taken.get((service_id, place), [])), done_seconds=within(lasted),
                told_taken=told_taken, kept_taken=kept_taken, told_done=told_done, kept_done=kept_done,
            )
        )  # fmt: skip
    return rows


async def _keep(session: AsyncSession, root_id: int, rows: list[Promise]) -> int:
    await (await session.connection()).execute(delete(Promise).where(col(Promise.root_id) == root_id))
    session.add_all([Promise(**row.model_dump()) for row in rows])  # fresh ones: the action may run again
    return len(rows)


def _by_place(root_id: int, rows: list[Any]) -> dict[Key, list[Lasted]]:
    found: dict[Key, list[Lasted]] = {}
    for service_id, unit_id, ended, grains, n in rows:
        lasted = ((max(int(grains), 0) + 1) * GRAIN, bool(ended), int(n))  # up to the end of its grain
        for place in {unit_id, root_id}:
            found.setdefault((service_id, place), []).append(lasted)
    return found


def recent(root_id: int, at: datetime) -> list[ColumnElement[bool]]:
    """What was filed in the 90 days before `at`."""
    since = at - LOOKED_BACK
    states = R.state.in_([state.value for state in State])  # all of them, named, so that the index can be used
    return [R.root_id == root_id, states, R.state_since >= since, R.filed_at >= since, R.filed_at <= at]


async def _histogram(
    session: AsyncSession, wanted: list[ColumnElement[bool]], end: ColumnElement[Any], at: datetime
) -> list[Any]:
    """Service, unit, whether it ended, how many grains it lasted, how many. What ended undone lasted until then."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    ended, since = end.is_not(None), _epoch(R.state_since, sqlite)
    left = case(
        (R.state.in_(ENDED_UNDONE), since),
        (R.state == State.archived, since - ARCHIVE_AFTER.total_seconds()),
        else_=at.timestamp(),
    )
    length = case((ended, _epoch(end, sqlite)), else_=left) - _epoch(R.filed_at, sqlite)
    grains = (length - 0.5) / GRAIN  # exactly half an hour is within half an hour, however a database rounds
    keys = (R.service_id, R.home_unit_id, ended, cast(grains, Integer) if sqlite else func.floor(grains))
    labelled = [key.label(f"key_{n}") for n, key in enumerate(keys)]
    inner = select(*labelled).where(*wanted).subquery()
    counted = select(*inner.c, func.count()).group_by(*inner.c)
    return list(await (await session.connection()).execute(counted))


def decided(happened: ColumnElement[Any], promised: ColumnElement[Any], at: datetime) -> ColumnElement[bool]:
    """Whether it is known by `at` if a promise was kept. What ended before the time decides nothing."""
    gone = R.state.in_((*ENDED_UNDONE, State.archived)) & happened.is_(None)
    return promised.is_not(None) & (happened.is_not(None) | ((promised < at) & ~gone))


async def _kept(session: AsyncSession, wanted: list[ColumnElement[bool]], at: datetime) -> list[Any]:
    """Service, unit; promises decided and kept, of taking and of doing."""
    counts = []
    for happened, promised in ((R.taken_at, R.promised_taken_at), (R.completed_at, R.promised_done_at)):
        known = decided(happened, promised, at)
        counts += [func.sum(case((which, 1), else_=0)) for which in (known, known & (happened <= promised))]
    keys = (R.service_id, R.home_unit_id)
    counted = select(*keys, *counts).where(*wanted).group_by(*keys)
    return list(await (await session.connection()).execute(counted))


def _epoch(moment: ColumnElement[Any], sqlite: bool) -> ColumnElement[float]:
    """Seconds since 1970."""
    if sqlite:
        return (func.julianday(moment, type_=Float) - 2440587.5) * float(DAY)
    return cast(extract("epoch", moment), Float)
