"""Reads of asks, waves and the waiting list."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Answer, Ask, Place, Waiting, Wave
from matching.asks.settling import is_sought
from matching.people.model import Person
from matching.people.queries import actor_of
from matching.requests.model import ServiceRequest
from matching.requests.policy import may
from matching.requests.queries import loaded

LATE_SHOWN = 5
R = ServiceRequest


class OpenAsk(NamedTuple):
    """Something somebody was asked for and has not answered, with its unit, service and spot loaded."""

    ask: Ask
    request: ServiceRequest


class Asked(NamedTuple):
    """An ask with whom it went to."""

    ask: Ask
    person: Person


async def open_ask_of(session: AsyncSession, person_id: int) -> OpenAsk | None:
    """What the person is being asked for now; None also where nobody is sought there any more."""
    asks = select(Ask).where(Ask.person_id == person_id, Ask.answer == Answer.waiting)
    found = await _with_requests(session, list(await session.exec(asks)))
    return found[0] if found else None


async def late_asks_of(session: AsyncSession, person_id: int) -> list[OpenAsk]:
    """What they did not answer in time and may still say yes to, the newest first; at most five."""
    asks = select(Ask).where(Ask.person_id == person_id).order_by(col(Ask.asked_at).desc(), col(Ask.id).desc())
    lately = list(await session.exec(asks.limit(4 * LATE_SHOWN)))
    late = [ask for ask in lately if ask.answer == Answer.unanswered]
    return (await _with_requests(session, late))[:LATE_SHOWN]


async def asks_of_request(session: AsyncSession, request_id: int) -> list[Asked]:
    """Everybody who was asked, in the order of the asking."""
    asks = select(Ask, Person).join(Person, col(Person.id) == Ask.person_id).where(Ask.request_id == request_id)
    return [Asked(ask, person) for ask, person in await session.exec(asks.order_by(col(Ask.asked_at), col(Ask.id)))]


async def waves_of(session: AsyncSession, request_id: int) -> list[Wave]:
    """Where its waves stand, by purpose."""
    return list(await session.exec(select(Wave).where(Wave.request_id == request_id).order_by(col(Wave.started_at))))


async def waiting_of(session: AsyncSession, request_id: int) -> list[tuple[Waiting, Person]]:
    """Who waits for a slot, the first in line first."""
    line = select(Waiting, Person).join(Person, col(Person.id) == Waiting.person_id)
    line = line.where(Waiting.request_id == request_id, Waiting.place == Place.waiting)
    return list(await session.exec(line.order_by(col(Waiting.id))))


async def waits_for(session: AsyncSession, person_id: int, request_ids: Collection[int]) -> dict[int, int]:
    """The person's place in line, from 1, for those of these requests where they wait."""
    mine = select(Waiting.id, Waiting.request_id).where(
        Waiting.person_id == person_id, Waiting.place == Place.waiting, col(Waiting.request_id).in_(request_ids)
    )
    places = {}
    for id_, request_id in (await session.exec(mine)).all():
        before = select(func.count()).select_from(Waiting).where(
            Waiting.request_id == request_id, Waiting.place == Place.waiting, col(Waiting.id) <= id_
        )  # fmt: skip
        places[request_id] = (await session.exec(before)).one()
    return places


async def _with_requests(session: AsyncSession, asks: list[Ask]) -> list[OpenAsk]:
    """Those of one person's asks for whose requests somebody is still sought, and which they may still take."""
    ids = {ask.request_id for ask in asks}
    if not ids:
        return []
    theirs = await actor_of(session, await session.get_one(Person, asks[0].person_id))
    rows = {row.id: row for row in (await session.exec(loaded(select(R).where(col(R.id).in_(ids))))).unique()}
    waves: dict[int, dict[str, Wave]] = {}
    for wave in await session.exec(select(Wave).where(col(Wave.request_id).in_(ids))):
        waves.setdefault(wave.request_id, {})[wave.purpose] = wave
    found = []
    for ask in asks:
        request = rows[ask.request_id]
        sought = is_sought(waves.get(ask.request_id, {}), ask, request)
        if sought and may("claim", theirs, request) and not request.is_claimed_by(ask.person_id):
            found.append(OpenAsk(ask, request))
    return found
