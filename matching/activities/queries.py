"""Reads of activities, through the eyes of a viewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, false, or_, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, ActivityKind, ActivityPhoto, ActivityState, ActivityStep, Attendance
from matching.activities.policy import ROLES_THAT_SEE, may
from matching.activities.served import Served, served
from matching.errors import NotSeen, Stale
from matching.people.actor import Actor, Kind
from matching.people.model import Person, Role
from matching.units.model import Unit

__all__ = ["Served", "served"]

MEETINGS = "meetings"  # of a filter: all kinds of a branch's own life
LIVING = (str(ActivityState.planned), str(ActivityState.held))


class Seen(NamedTuple):
    """An activity with its unit, and the viewer's own place on its list."""

    activity: Activity
    unit: Unit
    mine: Attendance | None

    def may(self, act: str, by: Actor) -> bool:
        """Whether its policy and its state admit it."""
        allowed = may(act, by, self.activity, self.unit.path, listed=self.mine is not None)
        return allowed and (act not in VERB_OF or self.activity.can(VERB_OF[act]))


VERB_OF = {"tick": "sign"} | {
    act: act for act in ("change", "list", "sign", "photograph", "confirm", "correct", "cancel")
}


class Listed(NamedTuple):
    """Somebody on a list."""

    attendance: Attendance
    person: Person
    unit: Unit


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; '' and None mean everything."""

    kind: str = ""
    state: str = ""
    path: str = ""  # of a unit: it and all below
    partner_id: int | None = None
    project_id: int | None = None
    service_id: int | None = None
    unit_id: int | None = None  # one unit without those below it
    first: datetime | None = None
    until: datetime | None = None  # without that moment


def visible(by: Actor) -> ColumnElement[bool]:
    """What `by` may see at all: the row "see" of the table in policy.py."""
    own = col(Activity.root_id) == by.root_id
    if by.kind is Kind.system:
        return own
    if by.kind is not Kind.person:
        return false()
    if by.partner_id is not None:
        return and_(own, col(Activity.partner_id) == by.partner_id)
    if by.holds(*ROLES_THAT_SEE, path=f"/{by.root_id}/"):
        return own
    below = [col(Unit.path).startswith(path) for path in by.paths(*ROLES_THAT_SEE)]
    lists = aliased(Attendance)  # a list joins its viewer's own place, which is another one
    listed = exists().where(col(lists.activity_id) == Activity.id, col(lists.person_id) == by.id)
    ways = [col(Activity.lead_id) == by.id, listed, *below]
    if by.holds(Role.member):
        ways.append(col(Activity.unit_id).in_([int(part) for part in by.unit_path.split("/") if part]))
    return and_(own, or_(*ways))


async def visible_activity(
    session: AsyncSession, activity_id: int, by: Actor, *, lock: bool = False, if_version: int | None = None
) -> Seen:
    """The activity with that id. `lock`: nobody else signs or confirms until the transaction is over.

    Raises NotSeen when it is not there or not for this viewer; Stale when the caller saw an older version.
    """
    statement = select(Activity, Unit).join(Unit, col(Unit.id) == Activity.unit_id)
    statement = statement.where(visible(by), Activity.id == activity_id)
    found = (await session.exec(locked(statement) if lock else statement)).first()
    if found is None:
        raise NotSeen()
    activity, unit = found
    if if_version is not None and activity.version != if_version:
        raise Stale()
    return Seen(activity, unit, await attendance_of(session, activity_id, by.id))


def locked(statement: Any) -> Any:
    """The same, and nobody else signs or confirms meanwhile. What this session has read before it had to wait is read
    again: it may be over by now."""
    return statement.with_for_update(of=Activity).execution_options(populate_existing=True)


async def attendance_of(session: AsyncSession, activity_id: int, person_id: int | None) -> Attendance | None:
    """Somebody's place on a list."""
    statement = select(Attendance).where(Attendance.activity_id == activity_id, Attendance.person_id == person_id)
    return (await session.exec(statement)).first()


async def activities_page(
    session: AsyncSession, by: Actor, filters: Filters, *, after: tuple[datetime, int] | None = None, size: int = 20
) -> tuple[list[Seen], tuple[datetime, int] | None]:
    """The latest first, then the key to go on from, None at the end."""
    mine = and_(col(Attendance.activity_id) == Activity.id, col(Attendance.person_id) == by.id)
    statement = select(Activity, Unit, Attendance).join(Unit, col(Unit.id) == Activity.unit_id)
    statement = statement.outerjoin(Attendance, mine).where(visible(by), *_narrowed(filters))
    if after is not None:
        statement = statement.where(tuple_(col(Activity.starts_at), col(Activity.id)) < after)
    statement = statement.order_by(col(Activity.starts_at).desc(), col(Activity.id).desc()).limit(size + 1)
    rows = [Seen(*row) for row in await session.exec(statement)]
    if len(rows) <= size:
        return rows, None
    last = rows[size - 1].activity
    return rows[:size], (last.starts_at, last.id or 0)


async def mine_to_come(session: AsyncSession, by: Actor, *, at: datetime, most: int = 20) -> list[Seen]:
    """What somebody is on the list of, or leads, that is not over or waits to be confirmed by them; the next first."""
    mine = and_(col(Attendance.activity_id) == Activity.id, col(Attendance.person_id) == by.id)
    statement = select(Activity, Unit, Attendance).join(Unit, col(Unit.id) == Activity.unit_id)
    statement = statement.outerjoin(Attendance, mine).where(
        Activity.root_id == by.root_id, col(Activity.state).in_(LIVING),
        or_(and_(col(Attendance.id).is_not(None), col(Activity.ends_at) > at), col(Activity.lead_id) == by.id),
    )  # fmt: skip
    rows = await session.exec(statement.order_by(col(Activity.starts_at), col(Activity.id)).limit(most))
    return [Seen(*row) for row in rows]


async def activity_of_request(session: AsyncSession, request_id: int | None) -> int | None:
    """The activity that a request became, if it did."""
    return (await session.exec(select(Activity.id).where(Activity.request_id == request_id))).first()


async def people_of(session: AsyncSession, activity_id: int) -> list[Listed]:
    """Who is on the list, in the order they came onto it."""
    statement = (
        select(Attendance, Person, Unit)
        .join(Person, col(Person.id) == Attendance.person_id)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(Attendance.activity_id == activity_id)
        .order_by(col(Attendance.id))
    )
    return [Listed(*row) for row in await session.exec(statement)]


async def steps_of(session: AsyncSession, activity_id: int) -> list[tuple[ActivityStep, str]]:
    """What was done to it, the newest first, each with the name of who did it."""
    statement = select(ActivityStep, Person.name).outerjoin(Person, col(Person.id) == ActivityStep.by_id)
    statement = statement.where(ActivityStep.activity_id == activity_id).order_by(col(ActivityStep.id).desc())
    return [(step, name or "") for step, name in await session.exec(statement)]


async def photos_of(session: AsyncSession, activity_id: int) -> Sequence[ActivityPhoto]:
    """Its photos in the order they came."""
    statement = select(ActivityPhoto).where(ActivityPhoto.activity_id == activity_id)
    return list(await session.exec(statement.order_by(col(ActivityPhoto.id))))


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.kind == MEETINGS:
        conditions.append(col(Activity.kind) != ActivityKind.service)
    elif filters.kind:
        conditions.append(col(Activity.kind) == filters.kind)
    if filters.state:
        conditions.append(col(Activity.state) == filters.state)
    if filters.path:
        conditions.append(col(Unit.path).startswith(filters.path))
    if filters.partner_id is not None:
        conditions.append(col(Activity.partner_id) == filters.partner_id)
    if filters.project_id is not None:
        conditions.append(col(Activity.project_id) == filters.project_id)
    if filters.service_id is not None:
        conditions.append(col(Activity.service_id) == filters.service_id)
    if filters.unit_id is not None:
        conditions.append(col(Activity.unit_id) == filters.unit_id)
    if filters.first is not None:
        conditions.append(col(Activity.starts_at) >= filters.first)
    if filters.until is not None:
        conditions.append(col(Activity.starts_at) < filters.until)
    return conditions
