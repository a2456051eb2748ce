"""The lists at the end of a report, and its typical cases. Words of requesters stand in none of them."""

from datetime import datetime

from sqlalchemy import ColumnElement, func
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
from matching.requests.queries import loaded, visible
from matching.requests.states import LEVELS, RESULTS, STATES, Result, State
from matching.units.model import Unit

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
    rows = await session.exec(loaded(select(R).where(*told).order_by(*order).limit(MOST_CASES)))
    return [
        Case(
            one.number, one.service.name, one.wording, one.unit.name, _days(one.filed_at, one.completed_at),
            LEVELS.get(one.level or 0, ""),
        )
        for one in rows.unique()
    ]  # fmt: skip


async def asked(session: AsyncSession, chosen: Chosen, by: Actor) -> tuple[list[Asked], int]:
    """What was filed in the period, in its order, and how many there are in all."""
    within = visible(by), *_of_requests(chosen), _filed(chosen)
    total = (await session.exec(select(func.count()).select_from(R).where(*within))).one()
    rows = await session.exec(loaded(select(R).where(*within).order_by(col(R.id)).limit(MOST_ROWS)))
    found = list(rows.unique())
    extra = select(PartnerRequest).where(col(PartnerRequest.request_id).in_([one.id for one in found]))
    venues = {one.request_id: one.venue for one in await session.exec(extra)}
    return [
        Asked(
            one.number, one.filed_at.astimezone(SHANGHAI).date(), one.service.name,
            venues.get(one.id or 0) or (one.spot.name if one.spot else ""), one.unit.name, STATES[State(one.state)],
            one.completed_at and one.completed_at.astimezone(SHANGHAI).date(),
            RESULTS[Result(one.result)] if one.result else "", LEVELS.get(one.level or 0, ""),
        )
        for one in found
    ], total  # fmt: skip


async def held(session: AsyncSession, chosen: Chosen, by: Actor) -> tuple[list[Held], int]:
    """What was done together in the period and is confirmed, and how many there are in all."""
    within: list[ColumnElement[bool]] = [
        visible_activities(by), col(Activity.state) == ActivityState.confirmed,
        col(Activity.starts_at) >= chosen.period.begins, col(Activity.starts_at) < chosen.period.ends,
    ]  # fmt: skip
    if chosen.column:
        within.append(col(getattr(Activity, chosen.column)).in_(chosen.ids))
    counted = select(func.count()).select_from(Activity).join(Unit, col(Unit.id) == Activity.unit_id)
    total = (await session.exec(counted.where(*within))).one()
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
    return [
        Held(
            one.starts_at.astimezone(SHANGHAI).date(), one.title, ACTIVITY_KINDS[ActivityKind(one.kind)], partner or "",
            one.place, unit, people, one.person_times, one.materials, int(minutes),
        )
        for one, unit, partner, people, minutes in await found_by(session, statement)
    ], total  # fmt: skip


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
