"""Requests that are due together are looked at together before anybody is asked: whoever suits two of them is left to
the one that would lose more without them (docs/domain.md §11). Each is then asked for by itself."""

from collections.abc import Collection
from datetime import datetime
from heapq import nlargest

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.facts import Facts, facts_for
from matching.asks.model import Asking, Purpose, Wave
from matching.asks.settling import wanted
from matching.engine.dispatching import POOLING, Pair, dispatch, pooled
from matching.engine.eligible import eligible
from matching.engine.model import Member
from matching.engine.scoring import chances
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded
from matching.requests.states import State
from matching.units.queries import calendar_of

MOST = 20  # requests of one pool; in a rush of more the others take their turn as ever
R = ServiceRequest


async def left_to_others(session: AsyncSession, found: Collection[int], at: datetime) -> dict[int, frozenset[int]]:
    """For each of the requests `found` that shares its time with others: whom to leave to those (ids of persons)."""
    due = await _due(session, found, at)
    left: dict[int, frozenset[int]] = {}
    for group in pooled(due):
        if len(group) > 1:
            pairs = await _best(session, group[:MOST], at)
            left |= {one: frozenset(person for other, person in pairs if other != one) for one in group[:MOST]}
    return {one: people for one, people in left.items() if people}


async def _due(session: AsyncSession, found: Collection[int], at: datetime) -> dict[int, datetime]:
    """When somebody is to be asked for a slot: of those found, and of those whose wave is due soon after."""
    soon = select(col(Wave.request_id)).where(col(Wave.next_at) > at, col(Wave.next_at) <= at + POOLING).limit(MOST)
    ids = {*found, *await session.exec(soon)}
    waves = select(Wave).where(col(Wave.request_id).in_(ids), Wave.purpose == Purpose.slot)
    asking = {wave.request_id: wave for wave in await session.exec(waves)}
    due = {}
    for id_ in await session.exec(select(col(R.id)).where(col(R.id).in_(ids), R.state == State.dispatched)):
        wave = asking.get(id_ or 0)
        if wave is None or wave.asking == Asking.running:
            due[id_ or 0] = max(at, wave.next_at) if wave is not None and wave.next_at is not None else at
    return due


async def _best(session: AsyncSession, group: Collection[int], at: datetime) -> Collection[Pair]:
    """Who would take which, at its best for all of them. Each needs to look no further down than there are slots."""
    facts: dict[int, Facts] = {}
    for request in await session.exec(loaded(select(R).where(col(R.id).in_(group))).order_by(col(R.id))):
        if wanted(Purpose.slot, request):
            request.calendar = await calendar_of(session, request.root_id)
            facts[request.id or 0] = await facts_for(session, request, at)
    slots = sum(one.request.slots for one in facts.values())
    p: dict[Pair, float] = {}
    members: dict[int, Member] = {}
    for id_, one in facts.items():
        fit = eligible(one.request, one.members, at, one.dials).fit
        members |= {member.id: member for member in fit}
        likely = chances(one.request, fit, at, one.weights)
        p |= {(id_, person): likely[person] for person in nlargest(slots, likely, key=lambda who: (likely[who], -who))}
    return dispatch([one.request for one in facts.values()], list(members.values()), p).pairs
