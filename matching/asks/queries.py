"""Reads of asks, waves and the waiting list."""

from collections.abc import Collection
from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Ask, Waiting, Wave
from matching.people.model import Person
from matching.requests.model import ServiceRequest


class OpenAsk(NamedTuple):
    """Something somebody was asked for and has not answered, with its unit, service and spot loaded."""

    ask: Ask
    request: ServiceRequest


class Asked(NamedTuple):
    """An ask with whom it went to."""

    ask: Ask
    person: Person


async def open_ask_of(session: AsyncSession, person_id: int) -> OpenAsk | None:
    """What the person is being asked for now."""
    raise NotImplementedError


async def late_asks_of(session: AsyncSession, person_id: int) -> list[OpenAsk]:
    """What they did not answer in time and may still say yes to, the newest first; at most five."""
    raise NotImplementedError


async def asks_of_request(session: AsyncSession, request_id: int) -> list[Asked]:
    """Everybody who was asked, wave by wave."""
    raise NotImplementedError


async def waves_of(session: AsyncSession, request_id: int) -> list[Wave]:
    """Where its waves stand, by purpose."""
    raise NotImplementedError


async def waiting_of(session: AsyncSession, request_id: int) -> list[tuple[Waiting, Person]]:
    """Who waits for a slot, the first in line first."""
    raise NotImplementedError


async def waits_for(session: AsyncSession, person_id: int, request_ids: Collection[int]) -> dict[int, int]:
    """The person's place in line, from 1, for those of these requests where they wait."""
    raise NotImplementedError
