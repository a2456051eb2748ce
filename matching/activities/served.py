"""What confirmed activities came to, person by person: what points and figures are counted from."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, ActivityKind, ActivityState, Attendance
from matching.clock import SHANGHAI
from matching.services.model import Service


class Served(NamedTuple):
    """One person's confirmed minutes at one activity. `day` is the Shanghai day on which it began."""

    attendance_id: int
    person_id: int
    unit_id: int  # the branch that led it
    activity_id: int
    kind: str  # ActivityKind
    title: str
    request_id: int | None
    partner_id: int | None
    service_id: int | None
    coefficient: float  # of the service, 1.0 without one
    minutes: int
    day: date
    confirmed_at: datetime


async def served(
    session: AsyncSession, root_id: int, *, first: date | None = None, last: date | None = None,
    kinds: Collection[ActivityKind] = (ActivityKind.service,), person_id: int | None = None,
    after: int = 0, size: int | None = None,
) -> list[Served]:  # fmt: skip
    """Confirmed attendances of more than 0 minutes, by attendance id; days both included, all kinds when `kinds` is
    empty. A correction changes the minutes of a row, or takes it out of the list. `after`, `size`: keyset pages."""
    statement = (
        select(Attendance, Activity, func.coalesce(Service.coefficient, 1.0))
        .join(Activity, col(Activity.id) == Attendance.activity_id)
        .outerjoin(Service, col(Service.id) == Activity.service_id)
        .where(
            Attendance.root_id == root_id, Activity.state == ActivityState.confirmed, col(Attendance.minutes) > 0,
            col(Attendance.id) > after, *_within(first, last),
        )
    )  # fmt: skip
    if kinds:
        statement = statement.where(col(Activity.kind).in_([str(kind) for kind in kinds]))
    if person_id is not None:
        statement = statement.where(Attendance.person_id == person_id)
    statement = statement.order_by(col(Attendance.id))
    rows = await session.exec(statement.limit(size) if size is not None else statement)
    return [
        Served(
            one.id or 0, one.person_id, activity.unit_id, activity.id or 0, activity.kind, activity.title,
            activity.request_id, activity.partner_id, activity.service_id, float(coefficient), one.minutes or 0,
            activity.day, activity.confirmed_at or activity.ends_at,
        )
        for one, activity, coefficient in rows
    ]  # fmt: skip


def _within(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if first is not None:
        conditions.append(col(Activity.starts_at) >= _midnight(first))
    if last is not None:
        conditions.append(col(Activity.starts_at) < _midnight(last + timedelta(days=1)))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
