"""What confirmed activities add: they are few and may be corrected at any time, so they are read where they stand.

An activity counts on the day it began. Where it came from a request, its list says who served and how long, and the
claims of that request count for neither (as with points): both stand in `sums` with their signs.
"""

from typing import Any

from sqlalchemy import and_, case, func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, ActivityKind, ActivityState, Attendance
from matching.reports.chosen import Chosen
from matching.reports.lines import R, day_of, of_result

A = Activity
Added = dict[tuple[Any, ...], dict[str, int]]
SERVED = ("helpers", "minutes")


async def sums(session: AsyncSession, chosen: Chosen, *keys: str) -> Added:
    """activities, meetings, person_times, helpers, minutes by these columns (`day`, `unit_id` …).

    An activity has no spot: under `spot_id` only what requests lose is counted, and of a place nothing else.
    """
    sqlite = session.get_bind().dialect.name == "sqlite"
    found: Added = {}
    if "spot_id" not in (*keys, chosen.column):
        await _held(session, sqlite, chosen, keys, found)
    await _counted_twice(session, sqlite, chosen, keys, found)
    return found


async def _held(session: AsyncSession, sqlite: bool, chosen: Chosen, keys: tuple[str, ...], found: Added) -> None:
    service = col(A.kind) == ActivityKind.service
    there = (
        select(
            col(Attendance.activity_id).label("activity_id"),
            func.sum(case((col(Attendance.minutes) > 0, 1), else_=0)).label("helpers"),
            func.sum(col(Attendance.minutes)).label("minutes"),
        )
        .join(A, and_(col(A.id) == Attendance.activity_id, *_confirmed(chosen)))
        .group_by(col(Attendance.activity_id))
        .subquery()
    )
    columns = [day_of(col(A.starts_at), sqlite) if key == "day" else getattr(A, key) for key in keys]
    amounts = {
        "activities": case((service, 1), else_=0),
        "meetings": case((service, 0), else_=1),
        "person_times": case((service, func.coalesce(col(A.person_times), 0)), else_=0),
        "helpers": case((service, func.coalesce(there.c.helpers, 0)), else_=0),
        "minutes": case((service, func.coalesce(there.c.minutes, 0)), else_=0),
    }
    statement = select(*columns, *(func.sum(amount) for amount in amounts.values()))
    statement = statement.outerjoin(there, there.c.activity_id == A.id).where(*_confirmed(chosen))
    if chosen.column:
        statement = statement.where(getattr(A, chosen.column).in_(chosen.ids))
    for row in await (await session.connection()).execute(statement.group_by(*columns)):
        _add(found, tuple(row[: len(keys)]), dict(zip(amounts, row[len(keys) :], strict=True)), 1)


async def _counted_twice(
    session: AsyncSession, sqlite: bool, chosen: Chosen, keys: tuple[str, ...], found: Added
) -> None:
    listed = select(col(A.request_id)).where(
        col(A.root_id) == chosen.root_id, col(A.state) == ActivityState.confirmed,
        col(A.kind) == ActivityKind.service, col(A.request_id).is_not(None),
    )  # fmt: skip
    during = (R.completed_at >= chosen.period.begins, R.completed_at < chosen.period.ends)
    line = of_result(sqlite, (R.root_id == chosen.root_id, R.id.in_(listed), *during)).subquery()
    columns = [line.c[key] for key in keys]
    statement = select(*columns, *(func.sum(line.c[name]) for name in SERVED))
    if chosen.column:
        statement = statement.where(line.c[chosen.column].in_(chosen.ids))
    for row in await (await session.connection()).execute(statement.group_by(*columns)):
        _add(found, tuple(row[: len(keys)]), dict(zip(SERVED, row[len(keys) :], strict=True)), -1)


def _confirmed(chosen: Chosen) -> tuple[Any, ...]:
    return (
        col(A.root_id) == chosen.root_id, col(A.state) == ActivityState.confirmed,
        col(A.starts_at) >= chosen.period.begins, col(A.starts_at) < chosen.period.ends,
    )  # fmt: skip


def _add(found: Added, key: tuple[Any, ...], amounts: dict[str, Any], sign: int) -> None:
    counters = found.setdefault(key, {})
    for name, n in amounts.items():
        counters[name] = counters.get(name, 0) + sign * int(n or 0)
