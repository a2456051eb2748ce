"""The job that asks: looks for requests that need somebody, settles what was answered, and sends the next wave.

The reads that look are cheap and say nothing but which requests to look at; `tending.py` decides, each request in a
transaction of its own.
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, bindparam, exists, or_, select, text, union_all
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Ask, AskDials, Asking, Purpose, Waiting, Wave
from matching.asks.pooling import left_to_others
from matching.asks.rounds import each
from matching.asks.tending import NOBODY, NOT_BEFORE, tend
from matching.asks.waiting import LIVING
from matching.db import Database, Work
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.states import WORKING, State
from matching.units.model import Unit

BATCH = 200
R = ServiceRequest


async def run_waves(database: Database, work: Work, at: datetime) -> int:
    """Returns for how many requests something was done. Does nothing the second time; any number may run at once."""
    async with database.reading() as session:
        found = await to_tend(session, at)
        left = await left_to_others(session, found, at) if len(found) > 1 else {}

    async def one(session: AsyncSession, request_id: int, at: datetime) -> bool:
        return await tend(session, request_id, at, left.get(request_id, NOBODY))

    return await each(work, one, found, at)


async def to_tend(session: AsyncSession, at: datetime) -> list[int]:
    """The requests for which there is something to do, in their order; BATCH of each kind at most."""
    moments = {"at": at, "since": at - NOT_BEFORE}
    found = await (await session.connection()).execute(_all(), moments)
    return sorted(set(found.scalars()))


@cache
def _all() -> CompoundSelect[Any]:
    """One statement, built once: it is asked after every commit."""
    looks = (_due(), _settled_elsewhere(), _with_a_line(), _to_cover(), _to_begin())
    return union_all(*(select(look.limit(BATCH).subquery()) for look in looks))


def _due() -> Select[Any]:
    """The next wave is due, or those of the last one have had their time."""
    return select(col(Wave.request_id)).where(col(Wave.next_at) <= bindparam("at")).order_by(col(Wave.next_at))


def _settled_elsewhere() -> Select[Any]:
    """Asks that are open though whoever was asked has it by another way, or nobody is sought there any more."""
    took_it = exists().where(
        col(Claim.request_id) == col(Ask.request_id), col(Claim.person_id) == col(Ask.person_id),
        col(Claim.status) == ClaimStatus.active.value, col(Claim.at) >= col(Ask.asked_at),
    )  # fmt: skip
    for_cover = exists().where(col(Claim.request_id) == R.id, col(Claim.cover_asked_at).is_not(None))
    over = or_(
        col(R.state).not_in(WORKING),
        col(Wave.unit_id) != col(R.unit_id),
        and_(col(Ask.purpose) == Purpose.slot.value, col(R.state) != State.dispatched),
        and_(col(Ask.purpose) == Purpose.cover.value, ~for_cover),
        and_(col(Ask.purpose) == Purpose.helper.value, col(R.state) != State.in_progress),
        and_(col(Ask.purpose) == Purpose.helper.value, col(R.contacted_at).is_not(None)),
        took_it,
    )
    return (
        select(col(Ask.request_id))
        .join(R, col(R.id) == col(Ask.request_id))
        .join(Wave, and_(col(Wave.request_id) == col(Ask.request_id), col(Wave.purpose) == col(Ask.purpose)))
        .where(text("ask.answer = 'waiting'"), over)  # as the partial index says it
    )


def _with_a_line() -> Select[Any]:
    """Somebody waits where a slot is free, or where none will come free any more."""
    line = select(col(Waiting.request_id)).join(R, col(R.id) == col(Waiting.request_id))
    free_or_over = or_(col(R.state) == State.dispatched, col(R.state).not_in(LIVING))
    return line.where(text("waiting.place = 'waiting'"), free_or_over)


def _to_cover() -> Select[Any]:
    """A claimer looks for somebody in their place, and nobody was asked yet."""
    asked = exists().where(
        col(Wave.request_id) == col(Claim.request_id), col(Wave.purpose) == Purpose.cover.value,
        col(Wave.started_at) >= col(Claim.cover_asked_at),
    )  # fmt: skip
    looking = select(col(Claim.request_id)).join(R, col(R.id) == col(Claim.request_id))
    return looking.where(col(Claim.cover_asked_at).is_not(None), col(R.state).in_(WORKING), ~asked)


def _to_begin() -> Select[Any]:
    """Dispatched lately and not asked for yet, or asked for, filled, and free again."""
    mine = and_(col(Wave.request_id) == col(R.id), col(Wave.purpose) == Purpose.slot.value)
    asked_there = and_(col(Wave.unit_id) == col(R.unit_id), col(Wave.started_at) >= col(R.dispatched_at))
    again = and_(asked_there, col(Wave.asking) == Asking.filled.value)
    timely = and_(col(R.dispatched_at) > bindparam("since"), col(R.claim_due_at) > bindparam("at"))
    by_hand = exists().where(col(AskDials.root_id) == col(R.root_id), col(AskDials.automatic).is_(False))
    new = and_(or_(col(Wave.request_id).is_(None), ~asked_there), timely, ~by_hand)
    hospitals = select(col(Unit.id)).where(col(Unit.root_id) == col(Unit.id))
    dispatched = select(col(R.id)).outerjoin(Wave, mine)
    dispatched = dispatched.where(col(R.root_id).in_(hospitals), col(R.state) == State.dispatched.value)
    return dispatched.where(or_(again, new)).order_by(col(R.id).desc())
