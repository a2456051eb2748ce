"""Reads of requests, always through the eyes of a viewer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, false, func, or_, tuple_
from sqlalchemy.orm import QueryableAttribute, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from matching.errors import NotSeen, Stale
from matching.people.actor import Actor, Kind
from matching.people.model import Person, Role
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.states import OPEN, State
from matching.requests.steps import Step
from matching.units.model import Unit
from matching.units.queries import calendar_of

R = ServiceRequest
LEADING = (Role.committee, Role.dispatcher, Role.unit_lead, Role.auditor)
BY_DUE = frozenset({State.submitted, State.accepted, State.dispatched, State.in_progress, State.rectifying})
SEARCHED = 50_000  # a text is looked for among the open requests and this many of the newest


@dataclass(frozen=True)
class Filters:
    """What the board is narrowed to; None and '' mean everything."""

    unit_ids: tuple[int, ...] | None = None
    service_id: int | None = None
    spot_id: int | None = None
    tier: str | None = None
    late: bool = False
    text: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a list; `next` is the key of its last row when there are more."""

    rows: list[ServiceRequest]
    next: tuple[datetime, int] | None


def loaded(statement: SelectOfScalar[ServiceRequest]) -> SelectOfScalar[ServiceRequest]:
    """With everything that a card, a verb or a policy reads: two statements, however many rows."""
    return statement.options(*_joined("unit", "service", "spot"), selectinload(_relation(R.claims)))


async def _one(session: AsyncSession, statement: SelectOfScalar[ServiceRequest]) -> ServiceRequest | None:
    """The same of the one request that a statement finds, in a single trip."""
    return (await session.exec(statement.options(*_joined("unit", "service", "spot", "claims")))).unique().one_or_none()


@cache
def _joined(*relations: str) -> list[ExecutableOption]:
    return [joinedload(_relation(getattr(R, name))) for name in relations]


def visible(by: Actor) -> ColumnElement[bool]:
    """What `by` may see at all (docs/domain.md §6, the table in policy.py)."""
    if by.kind is Kind.system:
        return col(R.root_id) == by.root_id
    if by.kind is Kind.requester:
        return and_(col(R.root_id) == by.root_id, col(R.id) == by.request_id)
    if by.partner_id is not None:  # a liaison: their organisation's, whatever other roles they might hold
        asked = and_(col(R.root_id) == by.root_id, col(R.partner_id) == by.partner_id)
        return asked if by.holds(Role.liaison) else false()
    if by.holds(*LEADING, path=f"/{by.root_id}/"):
        return col(R.root_id) == by.root_id
    ways = _led(by)
    if by.holds(Role.member):
        taken_or_not = (State.dispatched, State.in_progress)  # who comes second is told so, not 'not found'
        ways.append(and_(col(R.state).in_(taken_or_not), col(R.unit_id).in_(_units_above(by))))
    if by.id is not None:
        held = (ClaimStatus.active, ClaimStatus.done)
        ways.append(
            exists().where(col(Claim.request_id) == R.id, col(Claim.person_id) == by.id, col(Claim.status).in_(held))
        )
    return and_(col(R.root_id) == by.root_id, or_(*ways)) if ways else false()


async def visible_request(
    session: AsyncSession, number: str, by: Actor, *, if_version: int | None = None
) -> ServiceRequest:
    """The request with that number, everything loaded.

    Raises NotSeen when it is not there or not for this viewer; Stale when the caller saw an older version.
    """
    request = await _one(session, select(R).where(visible(by), col(R.id) == id_of(number)))
    if request is None or request.number != number:
        raise NotSeen()
    if if_version is not None and request.version != if_version:
        raise Stale()
    request.calendar = await calendar_of(session, request.root_id)
    return request


async def request_by_code(session: AsyncSession, hashed: str) -> ServiceRequest | None:
    """The request whose query code has this hash, everything loaded."""
    return await _one(session, select(R).where(R.code_hash == hashed))


async def board_column(
    session: AsyncSession, by: Actor, state: State, filters: Filters, *, at: datetime,
    after: tuple[datetime, int] | None = None, size: int = 20,
) -> Page:  # fmt: skip
    """One column of the board: by due time where a limit runs, else the newest change first."""
    by_due = state in BY_DUE
    key = tuple_(col(R.due_at if by_due else R.state_since), col(R.id))
    statement = select(R).where(visible(by), R.state == state)
    for condition in _narrowed(filters, state, at):
        statement = statement.where(condition)
    if after is not None:
        statement = statement.where(key > after if by_due else key < after)
    order = (col(R.due_at).asc(), col(R.id).asc()) if by_due else (col(R.state_since).desc(), col(R.id).desc())
    rows = list((await session.exec(loaded(statement.order_by(*order).limit(_written(size + 1))))).unique())
    return page_of(rows, size, attrgetter("due_at" if by_due else "state_since"))


def _written(number: int) -> BindParameter[int]:
    """A limit that stands in the text: PostgreSQL plans a long column anew each time if it can't see how few it is."""
    return bindparam(None, number, literal_execute=True)


async def column_size(
    session: AsyncSession, by: Actor, state: State, filters: Filters, *, at: datetime, most: int = 100
) -> int:
    """How many stand in a column, counted up to `most`: an exact count of a million rows helps nobody."""
    some = select(col(R.id)).where(visible(by), R.state == state)
    for condition in _narrowed(filters, state, at):
        some = some.where(condition)
    return (await session.exec(select(func.count()).select_from(some.limit(most).subquery()))).one()


async def open_to_member(
    session: AsyncSession, by: Actor, *, after: tuple[datetime, int] | None = None, size: int = 20
) -> Page:
    """What a member could claim now: dispatched to their unit or one above it, not theirs already."""
    mine = exists().where(
        col(Claim.request_id) == R.id, col(Claim.person_id) == by.id, col(Claim.status) == ClaimStatus.active
    )
    statement = select(R).where(
        R.root_id == by.root_id, R.state == State.dispatched, col(R.unit_id).in_(_units_above(by)), ~mine
    )
    if after is not None:
        statement = statement.where(tuple_(col(R.due_at), col(R.id)) > after)
    statement = statement.order_by(col(R.due_at), col(R.id)).limit(_written(size + 1))
    rows = list((await session.exec(loaded(statement))).unique())
    return page_of(rows, size, attrgetter("due_at"))


async def claimed_by(
    session: AsyncSession, by: Actor, status: ClaimStatus, *, after: int | None = None, size: int = 20
) -> tuple[list[ServiceRequest], int | None]:
    """The requests a person holds (`active`) or held to the end (`done`), the newest claim first; then the next key."""
    theirs = select(col(Claim.id), col(Claim.request_id)).where(Claim.person_id == by.id, Claim.status == status)
    if after is not None:
        theirs = theirs.where(col(Claim.id) < after)
    claims = list(await session.exec(theirs.order_by(col(Claim.id).desc()).limit(size + 1)))
    ids = [request_id for _id, request_id in claims[:size]]
    found = {row.id: row for row in (await session.exec(loaded(select(R).where(col(R.id).in_(ids))))).unique()}
    rows = [found[id_] for id_ in dict.fromkeys(ids)]
    return rows, (claims[size - 1][0] if len(claims) > size else None)


async def timeline(session: AsyncSession, request: ServiceRequest) -> list[tuple[Step, str]]:
    """All Steps in their order, each with the name of the person who did it ('' for requesters and jobs)."""
    statement = (
        select(Step, Person.name)
        .outerjoin(Person, col(Person.id) == Step.by_id)
        .where(Step.request_id == request.id)
        .order_by(col(Step.seq))
    )
    return [(step, name or "") for step, name in await session.exec(statement)]


async def on_the_wall(
    session: AsyncSession, root_id: int, *, after: tuple[datetime, int] | None = None, size: int = 20
) -> Page:
    """Reviewed wording only, the newest first."""
    key = tuple_(col(R.wording_at), col(R.id))
    statement = select(R).where(R.root_id == root_id, col(R.wording_at).is_not(None))
    if after is not None:
        statement = statement.where(key < after)
    statement = statement.order_by(col(R.wording_at).desc(), col(R.id).desc()).limit(size + 1)
    rows = list((await session.exec(loaded(statement))).unique())
    return page_of(rows, size, attrgetter("wording_at"))


async def asked_lately(session: AsyncSession, root_id: int) -> list[tuple[int, int | None]]:
    """The service and spot of the newest 500 requests of a hospital."""
    newest = select(col(R.service_id), col(R.spot_id)).where(R.root_id == root_id).order_by(col(R.id).desc())
    return [(service_id, spot_id) for service_id, spot_id in await session.exec(newest.limit(500))]


def id_of(number: str) -> int:
    """The row's id within a number such as '260302-00017'; 0 (which is nobody's) for anything else."""
    day, _, digits = number.strip().partition("-")
    return int(digits) if len(day) == 6 and digits.isascii() and digits.isdigit() and len(digits) < 16 else 0


def led(by: Actor) -> ColumnElement[bool]:
    """What stands in the units that `by` leads, dispatches for or audits; nothing they merely take part in."""
    if by.partner_id is not None:
        return false()
    if by.holds(*LEADING, path=f"/{by.root_id}/"):
        return col(R.root_id) == by.root_id
    return and_(col(R.root_id) == by.root_id, or_(false(), *_led(by)))


def _led(by: Actor) -> list[ColumnElement[bool]]:
    return [col(R.unit_id).in_(select(Unit.id).where(col(Unit.path).startswith(path))) for path in by.paths(*LEADING)]


def _narrowed(filters: Filters, state: State, at: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if (ids := filters.unit_ids) is not None:
        conditions.append(col(R.unit_id) == ids[0] if len(ids) == 1 else col(R.unit_id).in_(ids))
    if filters.service_id is not None:
        conditions.append(col(R.service_id) == filters.service_id)
    if filters.spot_id is not None:
        conditions.append(col(R.spot_id) == filters.spot_id)
    if filters.tier:
        conditions.append(col(R.tier) == filters.tier)
    if filters.late:
        conditions.append(col(R.due_at) < at)
    if wanted := filters.text.strip():
        if id_ := id_of(wanted):
            conditions.append(col(R.id) == id_)
        else:
            like = col(R.need).contains if wanted.lower() == wanted.upper() else col(R.need).icontains  # docs/scale.md
            conditions.append(like(wanted, autoescape=True))
            if state not in OPEN:
                conditions.append(col(R.id) > select(func.max(R.id) - SEARCHED).scalar_subquery())
    return conditions


def _relation(of: object) -> QueryableAttribute[Any]:
    """SQLModel types a relation as what it leads to; on the class it is an attribute to query with."""
    return cast("QueryableAttribute[Any]", of)


def page_of(rows: list[ServiceRequest], size: int, key: Callable[[ServiceRequest], datetime | None]) -> Page:
    """Cut the row too many that was read to see whether there are more."""
    if len(rows) <= size:
        return Page(rows, None)
    last, moment = rows[size - 1], key(rows[size - 1])
    return Page(rows[:size], (moment, last.id or 0) if moment else None)


def _units_above(by: Actor) -> list[int]:
    return [int(part) for part in by.unit_path.split("/") if part]
