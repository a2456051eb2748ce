"""The planned queue as a dispatcher or a lead may settle it: what waits for people, and who could come.

Accepted requests (not dispatched yet) may go to anybody below the unit; dispatched ones with free slots to the people
of the unit that has them. Nothing is computed here: what is read goes to `planning.py`, in a thread.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.facts import dials_of, engine_request, members_under, weights_of
from matching.asks.model import Answer, Ask
from matching.engine.model import Dials, Member, Request
from matching.engine.scoring import Weights
from matching.errors import NotAllowed
from matching.people.actor import Actor
from matching.people.model import Role
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded
from matching.requests.states import State
from matching.units.model import Unit
from matching.units.queries import calendar_of, unit_by_code

R = ServiceRequest
MOST_REQUESTS, MOST_PAIRS = 500, 1_000_000  # of one proposal; what is due later waits for the next one
MAY_PROPOSE = (Role.dispatcher, Role.unit_lead)


@dataclass(frozen=True)
class Queue:
    """What one proposal is about. `seen`: state and version of each request when it was read, by id."""

    unit_id: int
    at: datetime
    requests: list[Request]
    members: Sequence[Member]
    weights: Weights
    dials: Dials
    seen: dict[int, tuple[str, int]]
    left_out: int  # requests that wait as well and were too many


def may_propose(by: Actor, path: str | None = None) -> bool:
    """Who assigns: a dispatcher or a lead, in the units their role covers."""
    return by.holds(*MAY_PROPOSE, path=path)


async def proposed_unit(session: AsyncSession, unit: str, by: Actor) -> Unit:
    """The unit (by its code) whose queue it is. Raises Invalid, NotAllowed."""
    if not may_propose(by):
        raise NotAllowed
    chosen = await unit_by_code(session, by.root_id, unit)
    if not may_propose(by, chosen.path):
        raise NotAllowed("outside_your_units", field="unit")
    return chosen


async def queue_of(session: AsyncSession, unit: Unit, *, by: Actor, at: datetime, most: int = MOST_REQUESTS) -> Queue:
    """What waits in that unit and below, what is due first first; at most `most` requests."""
    waiting = _waiting(by, unit)
    order = (col(R.due_at).is_(None), col(R.due_at), col(R.id))
    rows = list((await session.exec(loaded(select(R).where(waiting).order_by(*order).limit(most)))).unique())
    of = (await session.exec(select(func.count()).select_from(R).where(waiting))).one()
    asked = await _asked(session, rows)
    requests = [_scoped(engine_request(row, at, asked=asked[row.id or 0]), row, unit) for row in rows]
    until = max((request.window.end for request in requests if request.window), default=at)
    members = await members_under(
        session, by.root_id, unit.path, at, until, calendar=await calendar_of(session, by.root_id),
        categories={row.service.code for row in rows},
    )  # fmt: skip
    kept = len(requests) if not members else min(len(requests), max(1, MOST_PAIRS // len(members)))
    return Queue(
        unit.id or 0, at, requests[:kept], members,
        await weights_of(session, by.root_id), await dials_of(session, by.root_id),
        {row.id or 0: (row.state, row.version) for row in rows[:kept]}, of - kept,
    )  # fmt: skip


def _waiting(by: Actor, unit: Unit) -> ColumnElement[bool]:
    below = col(R.unit_id).in_(select(Unit.id).where(col(Unit.path).startswith(unit.path)))
    held = (
        select(func.count())
        .where(col(Claim.request_id) == R.id, col(Claim.status) == ClaimStatus.active, col(Claim.slot).is_not(None))
        .correlate(R)
        .scalar_subquery()
    )
    ways: list[ColumnElement[bool]] = [and_(col(R.state) == State.dispatched, col(R.slots) > held)]
    if by.holds(Role.dispatcher, path=unit.path):
        ways.append(col(R.state) == State.accepted)
    return and_(col(R.root_id) == by.root_id, below, or_(false(), *ways))


def _scoped(request: Request, row: ServiceRequest, unit: Unit) -> Request:
    """Before the dispatch anybody below may come, wherever the request was filed."""
    return replace(request, unit_path=unit.path) if row.state == State.accepted else request


async def _asked(session: AsyncSession, rows: Sequence[ServiceRequest]) -> dict[int, Collection[int]]:
    """Who was asked for each, or holds or held a slot of it; who was only thanked may be asked again."""
    asked: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        asked[row.id or 0] = {claim.person_id for claim in row.claims}
    statement = select(Ask.request_id, Ask.person_id).where(
        col(Ask.request_id).in_([row.id for row in rows]), Ask.answer != Answer.withdrawn
    )
    for request_id, person_id in await session.exec(statement):
        asked[request_id].add(person_id)
    return dict(asked)
