"""Reads for a member: one's own ask by its id, and the requests for which one waits in line."""

from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Ask, Place, Purpose, Waiting
from matching.asks.queries import waits_for
from matching.asks.settling import is_sought, wanted, waves_by_purpose
from matching.asks.waiting import LIVING
from matching.errors import NotSeen
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.policy import may
from matching.requests.queries import loaded


class InLine(NamedTuple):
    """A request with everything a card reads, and one's place in its waiting list, from 1."""

    request: ServiceRequest
    place: int


async def own_ask(session: AsyncSession, ask_id: int, *, by: Actor) -> tuple[Ask, ServiceRequest]:
    """What one was asked, whatever became of it. Raises NotSeen for somebody else's."""
    ask = await session.get(Ask, ask_id)
    if ask is None or ask.person_id != by.id:
        raise NotSeen
    return ask, await _request(session, ask.request_id)


async def is_open(session: AsyncSession, ask: Ask, request: ServiceRequest, *, by: Actor) -> bool:
    """Whether a yes still counts: the request stands where it was asked for, `by` belongs there, somebody is sought."""
    return may("claim", by, request) and is_sought(await waves_by_purpose(session, request.id), ask, request)


async def waits_of(session: AsyncSession, *, by: Actor) -> list[InLine]:
    """Where one waits for a slot that may still come free, the longest wait first."""
    own = select(Waiting.request_id).where(Waiting.person_id == by.id, Waiting.place == Place.waiting)
    turns = list(await session.exec(own.order_by(col(Waiting.id))))
    if not turns:
        return []
    places = await waits_for(session, by.id or 0, turns)
    open_ones = select(ServiceRequest).where(col(ServiceRequest.id).in_(turns), col(ServiceRequest.state).in_(LIVING))
    found = {row.id: row for row in (await session.exec(loaded(open_ones))).unique()}
    return [InLine(found[id_], places[id_]) for id_ in turns if id_ in found]


async def line_of(session: AsyncSession, request: ServiceRequest, *, by: Actor) -> tuple[bool, int]:
    """Whether one might wait in line for a slot of it now, and one's place there, from 1; 0: one does not."""
    awaited = request.state in LIVING and not wanted(Purpose.slot, request)
    if not awaited or request.is_claimed_by(by.id) or not may("claim", by, request):
        return False, 0
    id_ = request.id or 0
    return True, (await waits_for(session, by.id or 0, [id_])).get(id_, 0)


async def _request(session: AsyncSession, request_id: int) -> ServiceRequest:
    statement = loaded(select(ServiceRequest).where(ServiceRequest.id == request_id))
    return (await session.exec(statement)).unique().one()
