"""What the engine is told, read from the database in a handful of statements: plain rows, no objects of the ORM.

A suggestion among a thousand members is looked at while somebody waits, so that every statement reads the columns it
needs and nothing is read for each person.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.engine.model import Dials, Member, Request
from matching.engine.scoring import Weights
from matching.requests.model import ServiceRequest


class Facts(NamedTuple):
    """All that the engine needs to choose for one request."""

    request: Request
    members: list[Member]
    weights: Weights
    dials: Dials
    automatic: bool  # whether waves start at the dispatch


async def facts_for(
    session: AsyncSession, row: ServiceRequest, at: datetime, *, people: Collection[int] | None = None,
    slots: int | None = None,
) -> Facts:  # fmt: skip
    """Everything for one request (its unit, service, spot and claims loaded). `people` keeps these ids only; `slots`
    says how many are sought where it is not the free ones (somebody in place of a claimer)."""
    raise NotImplementedError


async def members_for(
    session: AsyncSession, row: ServiceRequest, at: datetime, *, people: Collection[int] | None = None
) -> list[Member]:
    """The people of the unit that has the request, and of those below it, in the order of their ids."""
    raise NotImplementedError


async def members_under(
    session: AsyncSession, root_id: int, path: str, at: datetime, until: datetime, *,
    categories: Collection[str] = (), people: Collection[int] | None = None,
) -> list[Member]:  # fmt: skip
    """Everybody of the units at or below `path` who has not left. Free hours are worked out up to `until`, tallies
    read for these services (codes)."""
    raise NotImplementedError


async def asked_for(session: AsyncSession, row: ServiceRequest) -> frozenset[int]:
    """Who was asked for it, or holds or held a slot of it: nobody is asked twice."""
    raise NotImplementedError


def engine_request(
    row: ServiceRequest, at: datetime, *, asked: Collection[int] = frozenset(), slots: int | None = None
) -> Request:
    """The request as the engine sees it."""
    raise NotImplementedError


async def dials_of(session: AsyncSession, root_id: int) -> Dials:
    """What the hospital turned, or the defaults."""
    raise NotImplementedError


async def is_automatic(session: AsyncSession, root_id: int) -> bool:
    """Whether waves start by themselves when a request is dispatched."""
    raise NotImplementedError


async def weights_of(session: AsyncSession, root_id: int) -> Weights:
    """The newest version of what was learnt, or what is built in."""
    raise NotImplementedError
