"""Long computations of one process, one at a time and in a thread, so that everything else is answered meanwhile.

Proposals for a queue wait for one another; what was screened for one is kept for a few minutes, because whoever pins a
pair looks at the next proposal at once.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from matching.asks import planning, proposing, recording
from matching.asks.model import Proposal
from matching.asks.planning import Alternative, Prepared
from matching.asks.queue import Queue, proposed_unit, queue_of
from matching.db import Work
from matching.engine.dispatching import CannotPin, Pair, PinTrouble
from matching.errors import Refused, TooMany, WrongState
from matching.people.actor import Actor
from matching.units.model import Unit
from matching.words import _

Found = TypeVar("Found")
KEPT, KEPT_FOR = 4, timedelta(minutes=5)  # screened queues; by then somebody went on leave
MOST_FORBIDDEN = 500  # pairs of one proposal: each change keeps and shows them all
IN_LINE = 4  # proposals that wait for their turn; more are told to come again
TROUBLES = {
    PinTrouble.not_eligible: _("这个人现在不符合条件"),
    PinTrouble.forbidden: _("这一对刚才已经排除了"),
    PinTrouble.no_slot: _("名额已经都定给别人了"),
    PinTrouble.no_room: _("这个人已经定给同一份建议里的另一件事"),
    PinTrouble.crew: _("这样凑不齐这件事要求的人"),
}


class Change(NamedTuple):
    """What a lead wants otherwise: `pin` a pair, perhaps instead of somebody (`place`), `forbid` one, `free` either."""

    what: str  # pin, forbid, free
    pair: Pair
    place: Pair | None = None


class Changed(NamedTuple):
    """The arguments of `proposing.change`: pins and forbidden pairs as they were seen and as they are to be."""

    seen: tuple[list[Pair], list[Pair]]
    pins: list[Pair]
    forbidden: list[Pair]
    result: dict[str, Any]
    queue: Queue


class Planner:
    """The bench of one process."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._known: dict[int, Prepared] = {}

    async def propose(self, unit: str, *, by: Actor, at: datetime) -> tuple[Prepared, dict[str, Any]]:
        """Read and compute; the caller keeps it (`proposing.keep`). Raises NotAllowed, Invalid, TooMany."""
        async with self._work.database.reading() as session:
            found = await proposed_unit(session, unit, by)
        known = await self._screened(found, by, at)
        return known, await self._compute(lambda: recording.written(known, planning.dispatched(known)))

    def remember(self, id_: int, known: Prepared) -> None:
        """For the next change of this proposal."""
        while len(self._known) >= KEPT:
            del self._known[next(iter(self._known))]
        self._known[id_] = known

    def forget(self, id_: int) -> None:
        """Something of it was accepted: the queue is another one now."""
        self._known.pop(id_, None)

    async def changed(self, id_: int, wanted: Change, *, by: Actor, at: datetime) -> Changed:
        """Computed anew with the change, for `proposing.change`. Raises NotSeen, WrongState cannot_pin, Refused
        too_many_items, TooMany."""
        proposal, known = await self._of(id_, by, at)
        seen = (proposing.pairs_of(proposal.pins), proposing.pairs_of(proposal.forbidden))
        pins, forbidden = _changed(known, *seen, wanted)

        before = recording.read(proposal.result).pairs

        def compute() -> dict[str, Any]:
            return recording.written(known, planning.dispatched(known, pins, forbidden, before), proposal.result)

        try:
            return Changed(seen, pins, forbidden, await self._compute(compute), known.queue)
        except CannotPin as error:
            raise WrongState("cannot_pin", why=TROUBLES[error.why]) from error

    async def alternatives(self, id_: int, place: Pair, *, by: Actor, at: datetime) -> list[Alternative]:
        """Others for a place of the proposal, with the effect of each. Raises NotSeen, TooMany."""
        proposal, known = await self._of(id_, by, at)
        now = recording.read(proposal.result)
        pins, forbidden = proposing.pairs_of(proposal.pins), proposing.pairs_of(proposal.forbidden)
        return await self._compute(lambda: planning.alternatives(known, now, pins, forbidden, place))

    async def _of(self, id_: int, by: Actor, at: datetime) -> tuple[Proposal, Prepared]:
        async with self._work.database.reading() as session:
            proposal, unit = await proposing.visible_proposal(session, id_, by)
        known = self._known.get(id_)
        if known is None or not timedelta() <= at - known.queue.at < KEPT_FOR:
            known = await self._screened(unit, by, at)
            self.remember(id_, known)
        return proposal, known

    async def _screened(self, unit: Unit, by: Actor, at: datetime) -> Prepared:
        async with self._work.database.reading() as session:
            queue = await queue_of(session, unit, by=by, at=at)
        return await self._compute(lambda: planning.prepared(queue))

    async def _compute(self, deed: Callable[[], Found]) -> Found:
        if self._waiting >= IN_LINE:
            raise TooMany("counting", retry_after=5)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(deed)
        finally:
            self._waiting -= 1


def _changed(known: Prepared, pins: list[Pair], forbidden: list[Pair], wanted: Change) -> tuple[list[Pair], list[Pair]]:
    """Pins and forbidden pairs of whom or what has left the queue meanwhile are done with. Raises too_many_items."""
    requests, members = known.requests, known.members
    pins = [pair for pair in pins if pair[0] in requests and pair != wanted.pair]
    forbidden = [pair for pair in forbidden if pair[0] in requests and pair[1] in members and pair != wanted.pair]
    if wanted.what == "pin" and wanted.place is not None and wanted.place != wanted.pair:
        return planning.replaced(known, pins, forbidden, wanted.place, wanted.pair[1])
    if wanted.what == "pin":
        return [*pins, wanted.pair], forbidden
    if wanted.what == "free" or wanted.pair[0] not in requests or wanted.pair[1] not in members:
        return pins, forbidden
    if len(forbidden) >= MOST_FORBIDDEN:
        raise Refused("too_many_items", max=MOST_FORBIDDEN)
    return pins, [*forbidden, wanted.pair]
