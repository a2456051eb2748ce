"""Who could take a request and why, through the eyes of whoever has to find somebody; and why somebody could not."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.engine.eligible import Refusal
from matching.engine.scoring import Suggestion
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests.model import ServiceRequest

TOP, MOST = 5, 20


@dataclass(frozen=True)
class Suggested:
    """One person with the engine's reasons."""

    person: Person
    suggestion: Suggestion


@dataclass(frozen=True)
class Suggestions:
    """The best `k` of those who could; `fit` of `of` members could at all."""

    request: ServiceRequest
    best: list[Suggested]
    fit: int
    of: int


@dataclass(frozen=True)
class WhyNot:
    """What the engine says of somebody who was looked up: the rule that keeps them off the list, or their place."""

    person: Person
    refusal: Refusal | None
    place: int = 0  # on the list, from 1
    suggested: Suggested | None = None


async def suggestions(session: AsyncSession, number: str, k: int = TOP, *, by: Actor, at: datetime) -> Suggestions:
    """The best for it, by rank. Raises NotSeen, NotAllowed."""
    raise NotImplementedError


async def why_not(session: AsyncSession, number: str, person: str, *, by: Actor, at: datetime) -> list[WhyNot]:
    """Those of the viewer's units whose number this is, or whose name holds it: at most ten. Raises NotSeen,
    NotAllowed."""
    raise NotImplementedError
