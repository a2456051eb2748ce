"""A proposal for a queue, computed: who goes where, how likely, why, and what a change of it changes. Pure.

It takes a while for a long queue; doors call it in a thread, outside any transaction.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from matching.asks.queue import Queue
from matching.engine import dispatching
from matching.engine.dispatching import Effect, Pair
from matching.engine.eligible import Rule, eligible
from matching.engine.model import Member, Request
from matching.engine.scoring import ASKS_PRICE, LOAD_PRICE, chances

SECONDS = 5.0  # for the search, where side rules need one
ALTERNATIVES, FEWER, MANY_PAIRS = 5, 2, 50_000


@dataclass(frozen=True)
class Prepared:
    """Everybody screened and scored for every request; pins and forbidden pairs only choose among it."""

    queue: Queue
    p: dict[Pair, float]
    fit: dict[int, list[int]]  # of each request: who may come, the likeliest first
    why_not: dict[int, Counter[str]]  # of each request: how many members of its unit fail which rule first

    @property
    def requests(self) -> dict[int, Request]:
        """By id."""
        return {one.id: one for one in self.queue.requests}

    @property
    def members(self) -> dict[int, Member]:
        """By id."""
        return {one.id: one for one in self.queue.members}


class Alternative(NamedTuple):
    """Somebody else for a place in the proposal, and what it would change."""

    person: int
    p: float
    effect: Effect


def prepared(queue: Queue) -> Prepared:
    """Screen and score: hundreds of requests by a thousand members take seconds."""
    p: dict[Pair, float] = {}
    fit: dict[int, list[int]] = {}
    why_not: dict[int, Counter[str]] = {}
    for request in queue.requests:
        screening = eligible(request, queue.members, queue.at, queue.dials)
        why_not[request.id] = Counter(
            refusal.rule.value for refusal in screening.refused.values() if refusal.rule is not Rule.scope
        )
        likely = chances(request, screening.fit, queue.at, queue.weights)
        fit[request.id] = sorted(likely, key=lambda person: (-likely[person], person))
        p |= {(request.id, person): chance for person, chance in likely.items()}
    return Prepared(queue, p, fit, why_not)


def dispatched(
    known: Prepared, pins: Collection[Pair] = (), forbidden: Collection[Pair] = (), before: Collection[Pair] = ()
) -> dispatching.Proposal:
    """The best assignment with these pins and without these pairs; of equally good ones the nearest to `before`, then
    the one that spares whoever carries much. Raises CannotPin.

    Each member gets one request at most. So a request need look no further than to its likeliest members, as many as
    there are places in all: were somebody beyond them chosen, one of them would be left over, and as good or better.
    """
    queue, barred = known.queue, set(forbidden)
    places = sum(request.slots for request in queue.requests)
    p = {pair: known.p[pair] for pair in pins if pair in known.p}
    for request, people in known.fit.items():
        near = ((request, person) for person in people if (request, person) not in barred)
        p |= {pair: known.p[pair] for pair in islice(near, places)}
    found = dispatching.dispatch(
        queue.requests, queue.members, p, pins=pins, forbidden=forbidden, dials=queue.dials, seconds=SECONDS
    )
    return _settled(known, found, set(pins), barred, set(before))


def _settled(
    known: Prepared, found: dispatching.Proposal, pins: set[Pair], barred: set[Pair], before: set[Pair]
) -> dispatching.Proposal:
    """The same value with others who are free and worth the same: a change should move nobody without need."""
    members, requests = known.members, known.requests
    used = {person for _request, person in found.pairs}
    pairs = []
    for request, person in found.pairs:
        worth, urgency = found.values[request, person], dispatching.URGENCY[requests[request].urgency]
        alike = [person]
        if (request, person) not in pins | before:
            for one in known.fit[request]:
                value = round(1000 * urgency * known.p[request, one])
                if value < worth:
                    break
                if value == worth and one not in used and (request, one) not in barred:
                    alike.append(one)
        best = min(alike, key=lambda one: ((request, one) not in before, _carries(members[one]), one))
        used = used - {person} | {best}
        pairs.append((request, best))
    values = {pair: found.values[old] for pair, old in zip(pairs, found.pairs, strict=True)}
    settled = replace(found, pairs=tuple(pairs), values=values)
    # Who was freed may suit a pair that was looked at before; each round spares somebody more, so that it ends.
    return settled if settled.pairs == found.pairs else _settled(known, settled, pins, barred, before)


def _carries(member: Member) -> float:
    """Load, as the equity price weighs it."""
    return -LOAD_PRICE * member.hours14 - ASKS_PRICE * member.recent


def alternatives(
    known: Prepared, now: dispatching.Proposal, pins: Collection[Pair], forbidden: Collection[Pair], place: Pair
) -> list[Alternative]:
    """The likeliest others for a place, each with what the whole proposal would lose or gain."""
    request = place[0]
    there = {member for one, member in now.pairs if one == request}
    barred = set(forbidden)
    others = [(request, one) for one in known.fit.get(request, ()) if one not in there and (request, one) not in barred]
    some = ALTERNATIVES if len(known.p) < MANY_PAIRS else FEWER  # each is a whole queue solved anew
    likeliest = others[:some]
    found = []
    for pair in likeliest:
        changed = replaced(known, pins, forbidden, place, pair[1])
        try:
            after = dispatched(known, *changed, now.pairs)
        except dispatching.CannotPin:
            continue
        found.append(Alternative(pair[1], known.p[pair], dispatching.effect(now, after)))
    return found


def replaced(
    known: Prepared, pins: Collection[Pair], forbidden: Collection[Pair], place: Pair, person: int
) -> tuple[list[Pair], list[Pair]]:
    """Pins and forbidden pairs with somebody else in that place: the other is settled; where there are more places,
    who stood there must leave the request."""
    other = (place[0], person)
    pinned = [*(pin for pin in pins if pin not in {place, other}), other]
    barred = [pair for pair in forbidden if pair not in {place, other}]
    several = any(request.slots > 1 for request in known.queue.requests if request.id == place[0])
    return pinned, [*barred, place] if several else barred
