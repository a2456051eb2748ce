"""Accepting pairs of a proposal, each in a transaction of its own: what cannot be done any more stops nothing else."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from matching.api.deps import Parts
from matching.asks import proposing
from matching.engine.dispatching import Pair
from matching.errors import Refused
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest


class Outcome(NamedTuple):
    """What became of one pair; `number` is the request's, `refused` why not."""

    pair: Pair
    number: str
    refused: Refused | None


async def accept_pairs(parts: Parts, id_: int, pairs: Sequence[Pair], *, by: Actor, at: datetime) -> list[Outcome]:
    """In their order, each once. Raises NotSeen when the proposal itself is none of the caller's."""
    async with parts.database.reading() as session:
        await proposing.visible_proposal(session, id_, by)
    outcomes = []
    pairs = list(dict.fromkeys(pairs))
    for pair in pairs:
        together = {person for request, person in pairs if request == pair[0]}
        try:
            moved = await parts.work(proposing.accept, id_, pair, together, by=by, at=at)
            outcomes.append(Outcome(pair, moved.number, None))
        except Refused as refused:
            outcomes.append(Outcome(pair, await _number(parts, pair[0], by), refused))
    parts.planner.forget(id_)
    return outcomes


async def _number(parts: Parts, id_: int, by: Actor) -> str:
    async with parts.database.reading() as session:
        row = await session.get(ServiceRequest, id_)
    return row.number if row is not None and row.root_id == by.root_id else ""
