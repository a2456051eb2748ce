"""The lists at the end of a report, and its typical cases. Words of requesters stand in none of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy import select as sql_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import ACTIVITY_KINDS, Activity, ActivityKind, ActivityState, Attendance
from matching.activities.queries import visible as visible_activities
from matching.clock import SHANGHAI
from matching.partners.model import Partner, PartnerRequest
from matching.people.actor import Actor
from matching.reports.chosen import Chosen
from matching.reports.ledgers.kinds import found_by
from matching.reports.written.material import Asked, Case, Held
from matching.requests.model import ServiceRequest
from matching.requests.queries import visible
from matching.requests.row import number_of
from matching.requests.states import LEVELS, RESULTS, STATES, Result, State
from matching.services.model import Service
from matching.units.model import Spot, Unit

R = ServiceRequest
MOST_ROWS = 100  # of a list in a report; the ledgers have all
MOST_CASES = 5


async def cases(session: AsyncSession, chosen: Chosen, by: Actor) -> list[Case]:
    """Solved in the period, with reviewed wording; the best rated first, then the latest. Never a child's."""
    begins, ends = chosen.period.begins, chosen.period.ends
    told: tuple[ColumnElement[bool], ...] = (
        visible(by), *_of_requests(chosen), col(R.wording_at).is_not(None), col(R.wording) != "",
        col(R.result) == Result.solved, col(R.for_minor).is_(False), col(R.completed_at) >= begins,
        col(R.completed_at) < ends,
    )  # fmt: skip
    order = func.coalesce(R.level, 0).desc(), col(R.completed_at).desc(), col(R.id)
    shown = (R.id, R.filed_at, R.completed_at, Service.name, R.wording, Unit.name, R.level)
    rows = await found_by(session, _of_them(*shown).where(*told).order_by(*order).limit(MOST_CASES))
    return [
        Case(number_of(id_, filed_at), service, wording, unit, _days(filed_at, done_at), LEVELS.get(level or 0, ""))
        for id_, filed_at, done_at, service, wording, unit, level in rows
    ]


async def asked(session: AsyncSession, chosen: Chosen, by: Actor) -> tuple[list[Asked], int]:
    """What was filed in the period, in its order, and how many there are in all."""
    within = visible(by), *_of_requests(chosen), _filed(chosen)
    shown = (
        R.id, R.filed_at, Service.name, func.coalesce(func.nullif(PartnerRequest.venue, ""), Spot.name, ""), Unit.name,
        R.state, R.completed_at, R.result, R.level,
    )  # fmt: skip
    statement = _of_them(*shown).outerjoin(Spot, col(Spot.id) == R.spot_id)
    statement = statement.outerjoin(PartnerRequest, col(PartnerRequest.request_id) == R.id)
    found = (await found_by(session, statement.where(*within).order_by(col(R.id)).limit(MOST_ROWS))).all()
    rows = [
        Asked(
            number_of(id_, filed_at), filed_at.astimezone(SHANGHAI).date(), service, place, unit, STATES[State(state)],
            done_at and done_at.astimezone(SHANGHAI).date(), RESULTS[Result(result)] if result else "",
            LEVELS.get(level or 0, ""),
        )
        for id_, filed_at, service, place, unit, state, done_at, result, level in found
    ]  # fmt: skip
    if len(rows) < MOST_ROWS:
        return rows, len(rows)
    return rows, (await session.exec(select(func.count()).select_from(R).where(*within))).one()


async def held(session: AsyncSession, chosen: Chosen, by: Actor) -> tuple[list[Held], int]:
    """What was done together in the period and is confirmed, and how many there are in all."""
    within: list[ColumnElement[bool]] = [
        visible_activities(by), col(Activity.state) == ActivityState.confirmed,
        col(Activity.starts_at) >= chosen.period.begins, col(Activity.starts_at) < chosen.period.ends,
    ]  # fmt: skip
    if chosen.column:
        within.append(col(getattr(Activity, chosen.column)).in_(chosen.ids))
    there = (col(Attendance.activity_id) == Activity.id) & (col(Attendance.minutes) > 0)
    statement = (
        sql_select(
            Activity, col(Unit.name), col(Partner.name), func.count(col(Attendance.id)),
            func.coalesce(func.sum(Attendance.minutes), 0),
        )
        .join(Unit, col(Unit.id) == Activity.unit_id)
        .outerjoin(Partner, col(Partner.id) == Activity.partner_id)
        .outerjoin(Attendance, there)
        .where(*within)
        .group_by(col(Activity.id), col(Unit.name), col(Partner.name))
        .order_by(col(Activity.starts_at), col(Activity.id))
        .limit(MOST_ROWS)
    )  # fmt: skip
    rows = [
        Held(
            one.starts_at.astimezone(SHANGHAI).date(), one.title, ACTIVITY_KINDS[ActivityKind(one.kind)], partner or "",
            one.place, unit, people, one.person_times, one.materials, int(minutes),
        )
        for one, unit, partner, people, minutes in await found_by(session, statement)
    ]  # fmt: skip
    if len(rows) < MOST_ROWS:
        return rows, len(rows)
    counted = select(func.count()).select_from(Activity).join(Unit, col(Unit.id) == Activity.unit_id)
    return rows, (await session.exec(counted.where(*within))).one()


def _of_them(*shown: Any) -> Select[Any]:
    """Columns of requests, with their service and unit."""
    joined = sql_select(*shown).select_from(R).join(Service, col(Service.id) == R.service_id)
    return joined.join(Unit, col(Unit.id) == R.unit_id)


def _of_requests(chosen: Chosen) -> list[ColumnElement[bool]]:
    own = [col(R.root_id) == chosen.root_id]
    if chosen.column:
        own.append(col(getattr(R, chosen.column)).in_(chosen.ids))
    return own


def _filed(chosen: Chosen) -> ColumnElement[bool]:
    return (col(R.filed_at) >= chosen.period.begins) & (col(R.filed_at) < chosen.period.ends)


def _days(first: datetime, last: datetime | None) -> int:
    """Both days counted; by the calendar of Shanghai."""
    ended = (last or first).astimezone(SHANGHAI).date()
    return (ended - first.astimezone(SHANGHAI).date()).days + 1
