"""What points come from: done claims with minutes, confirmed attendances, accepted declarations (docs/domain.md §7).

A claim counts for a member or the people of a group; what a whole branch or department took is nobody's own. Where an
activity of the request was confirmed its list counts, and the claims do not.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, not_, null, or_
from sqlalchemy import literal_column as written  # a status in words, as the index of what ended lately has it
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, ActivityKind, ActivityState, ActivityStep, Attendance
from matching.clock import SHANGHAI
from matching.people.model import Person
from matching.recognition.model import Declared, DeclaredState, EntryKind, PointsEntry
from matching.requests.claims import Claim, ClaimerKind, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.row import number_of
from matching.services.model import Service

picked: Any = sql_select  # its types stand for a few columns of tables only
PERSONAL = (ClaimerKind.member, ClaimerKind.group)


class Source(NamedTuple):
    """What one person did, as a line of the ledger should tell it. `turn`: how often it will have been counted."""

    kind: EntryKind
    id: int
    root_id: int
    person_id: int
    unit_id: int  # the person's own
    minutes: int
    on: date
    coefficient: float
    title: str
    about: str
    turn: int


class Stale(NamedTuple):
    """A line of the ledger, and what its source says now: None where it counts no more. `changed_at`: when the source
    last changed, None where nobody knows it any more."""

    entry: PointsEntry
    minutes: int | None
    person_id: int | None
    on: date | None
    changed_at: datetime | None

    @property
    def is_wrong(self) -> bool:
        """Whether the line must be taken back."""
        said = (self.entry.minutes, self.entry.person_id, self.entry.on)
        return said != (self.minutes, self.person_id, self.on)


def standing(entry: Any = PointsEntry) -> ColumnElement[bool]:
    """Lines that count: no reversals, and not reversed."""
    back = aliased(PointsEntry)
    return and_(entry.kind != EntryKind.reversal, ~exists().where(back.reverses_id == entry.id))


async def uncounted(
    session: AsyncSession, root_id: int, kind: EntryKind, *, since: datetime | None = None, size: int,
    only: int | None = None,
) -> list[Source]:  # fmt: skip
    """A hospital's sources that no line stands for, those that ended since then (all without), at most `size`; or one
    of them. In the order of their ids, so that two who write them do not wait for each other crosswise."""
    shape = _SHAPES[kind]
    kept = aliased(PointsEntry)
    own = [kept.kind == kind, kept.source_id == shape.key]
    turn = picked(func.coalesce(func.max(kept.turn), 0) + 1).where(*own).scalar_subquery()
    statement = shape.columns.add_columns(turn).where(
        shape.root == root_id, shape.counts, col(Person.partner_id).is_(None), ~exists().where(*own, standing(kept))
    )
    if since is not None:
        statement = statement.where(shape.ended >= since)
    if only is not None:
        statement = statement.where(shape.key == only)
    rows = await (await session.connection()).execute(statement.limit(size))
    return sorted((_source(kind, *row) for row in rows), key=lambda source: source.id)


async def in_doubt(
    session: AsyncSession, root_id: int, kind: EntryKind, *, since: date | None = None, after: int = 0, size: int
) -> list[Stale]:
    """A hospital's standing lines whose source may say something else now, by their id from `after` on, for days since
    then."""
    shape = _SHAPES[kind]
    statement = (
        picked(PointsEntry, shape.counts, shape.minutes, shape.person, shape.day, shape.changed)
        .outerjoin(shape.of, shape.key == PointsEntry.source_id)
        .where(PointsEntry.root_id == root_id, PointsEntry.kind == kind, standing(), col(PointsEntry.id) > after)
        .where(
            or_(
                not_(func.coalesce(shape.counts, False)),
                shape.minutes != PointsEntry.minutes,
                shape.person != PointsEntry.person_id,
                shape.ended >= PointsEntry.at,  # ended anew: on another day, perhaps
            )
        )
        .order_by(col(PointsEntry.id))
        .limit(size)
    )
    for target, on in shape.beside:
        statement = statement.outerjoin(target, on)
    if since is not None:
        statement = statement.where(PointsEntry.year >= since.year, col(PointsEntry.on) >= since)
    found = []
    for entry, counts, minutes, person, day, changed in await session.exec(statement):
        if counts:
            found.append(Stale(entry, minutes, person, day_of(day), changed))
        else:
            found.append(Stale(entry, None, None, None, changed))
    return found


def day_of(moment: datetime | date) -> date:
    """The day in Shanghai."""
    return moment.astimezone(SHANGHAI).date() if isinstance(moment, datetime) else moment


class _Shape(NamedTuple):
    """How one kind is read: its key and hospital, whether it counts, what it says, what must be joined beside it."""

    of: Any
    key: Any
    root: Any
    counts: ColumnElement[bool]
    minutes: Any
    person: Any
    ended: Any  # when it became what it is
    day: Any  # the day it was done, or a moment of it
    changed: Any
    beside: tuple[tuple[Any, Any], ...]
    columns: Any  # a select of what `_source` takes


def _source(
    kind: EntryKind, id_: int, root_id: int, person_id: int, unit_id: int, minutes: int, day: datetime | date,
    coefficient: float | None, title: str, request_id: int | None, filed_at: datetime | None, turn: int,
) -> Source:  # fmt: skip
    about = number_of(request_id, filed_at) if request_id is not None and filed_at is not None else ""
    difficulty = 1.0 if coefficient is None else float(coefficient)
    return Source(kind, id_, root_id, person_id, unit_id, minutes, day_of(day), difficulty, title, about, turn)


def _shapes() -> dict[EntryKind, _Shape]:
    held: Any = aliased(Activity)  # of the claim's request
    instead = and_(
        held.request_id == Claim.request_id,
        held.state == ActivityState.confirmed,
        held.kind == ActivityKind.service,
    )
    asked = (ServiceRequest, col(ServiceRequest.id) == Claim.request_id)
    done = and_(
        col(Claim.status) == written(f"'{ClaimStatus.done}'"),
        col(Claim.kind).in_(PERSONAL),
        col(Claim.minutes) > 0,
        held.id.is_(None),
    )
    claims = (
        picked(Claim.id, Claim.root_id, Claim.person_id, Person.unit_id, Claim.minutes, Claim.ended_at)
        .add_columns(Service.coefficient, Service.name, ServiceRequest.id, ServiceRequest.filed_at)
        .select_from(Claim)
        .join(*asked)
        .join(Service, col(Service.id) == ServiceRequest.service_id)
        .join(Person, col(Person.id) == Claim.person_id)
        .outerjoin(held, instead)
    )
    confirmed = and_(
        col(Activity.state) == ActivityState.confirmed,
        col(Activity.kind) == ActivityKind.service,
        col(Attendance.minutes) > 0,
    )
    attendances = (
        picked(Attendance.id, Attendance.root_id, Attendance.person_id, Person.unit_id, Attendance.minutes)
        .add_columns(Activity.starts_at, Service.coefficient, Activity.title, ServiceRequest.id)
        .add_columns(ServiceRequest.filed_at)
        .select_from(Attendance)
        .join(Activity, col(Activity.id) == Attendance.activity_id)
        .join(Person, col(Person.id) == Attendance.person_id)
        .outerjoin(Service, col(Service.id) == Activity.service_id)
        .outerjoin(ServiceRequest, col(ServiceRequest.id) == Activity.request_id)
    )
    moved = picked(func.max(ActivityStep.at)).where(ActivityStep.activity_id == Activity.id).scalar_subquery()
    accepted = col(Declared.state) == DeclaredState.accepted
    declared = (
        picked(Declared.id, Declared.root_id, Declared.person_id, Person.unit_id, Declared.minutes, Declared.on)
        .add_columns(null(), Declared.title, null(), null())
        .select_from(Declared)
        .join(Person, col(Person.id) == Declared.person_id)
    )
    return {
        EntryKind.request: _Shape(
            Claim, col(Claim.id), Claim.root_id, done, Claim.minutes, Claim.person_id, Claim.ended_at, Claim.ended_at,
            func.coalesce(held.confirmed_at, ServiceRequest.state_since), (asked, (held, instead)), claims,
        ),
        EntryKind.activity: _Shape(
            Attendance, col(Attendance.id), Attendance.root_id, confirmed, Attendance.minutes, Attendance.person_id,
            Activity.confirmed_at, Activity.starts_at, moved,
            ((Activity, col(Activity.id) == Attendance.activity_id),), attendances,
        ),
        EntryKind.declared: _Shape(
            Declared, col(Declared.id), Declared.root_id, accepted, Declared.minutes, Declared.person_id,
            Declared.reviewed_at, Declared.on, Declared.reviewed_at, (), declared,
        ),
    }  # fmt: skip


_SHAPES = _shapes()
KINDS = tuple(_SHAPES)
