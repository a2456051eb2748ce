"""A proposal for a queue, computed: who goes where, how likely, why, and what a change of it changes. Pure.

It takes a while for a long queue; doors call it in a thread, outside any transaction.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from matching.asks.queue import Queue
from matching.engine import dispatching
from matching.engine.dispatching import Effect, Open, Pair
from matching.engine.eligible import Rule, eligible
from matching.engine.model import Member, Request
from matching.engine.reasons import reasons, usual
from matching.engine.scoring import chances, ranked

SECONDS = 5.0  # for the search, where side rules need one
ALTERNATIVES = 5
RULES_SHOWN = 3


@dataclass(frozen=True)
class Prepared:
    """Everybody screened and scored for every request; pins and forbidden pairs only choose among it."""

    queue: Queue
    p: dict[Pair, float]
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
    why_not: dict[int, Counter[str]] = {}
    for request in queue.requests:
        screening = eligible(request, queue.members, queue.at, queue.dials)
        why_not[request.id] = Counter(
            refusal.rule.value for refusal in screening.refused.values() if refusal.rule is not Rule.scope
        )
        for member, chance in chances(request, screening.fit, queue.at, queue.weights).items():
            p[request.id, member] = chance
    return Prepared(queue, p, why_not)


def dispatched(known: Prepared, pins: Collection[Pair] = (), forbidden: Collection[Pair] = ()) -> dispatching.Proposal:
    """The best assignment with these pins and without these pairs. Raises CannotPin."""
    queue = known.queue
    return dispatching.dispatch(queue.requests, queue.members, known.p, pins=pins, forbidden=forbidden, seconds=SECONDS)


def alternatives(
    known: Prepared, now: dispatching.Proposal, pins: Collection[Pair], forbidden: Collection[Pair], place: Pair
) -> list[Alternative]:
    """The likeliest others for a place, each with what the whole proposal would lose or gain."""
    request = place[0]
    there = {member for one, member in now.pairs if one == request}
    others = [pair for pair in known.p if pair[0] == request and pair[1] not in there and pair not in set(forbidden)]
    likeliest = sorted(others, key=lambda pair: (-known.p[pair], pair[1]))[:ALTERNATIVES]
    found = []
    for pair in likeliest:
        changed = replaced(known, pins, forbidden, place, pair[1])
        try:
            after = dispatched(known, *changed)
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


def written(known: Prepared, found: dispatching.Proposal, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The proposal as its row keeps it; `before` is such a row, to say what changed."""
    members, requests = known.members, known.requests
    load = _load(found.pairs, members, requests)
    reasons = _reasons(known, found.pairs)
    return {
        "pairs": [
            {
                "request": request, "person": person, "p": round(known.p[request, person], 4),
                "value": found.values[request, person], "reasons": reasons[request, person],
                "hours": [round(members[person].hours14, 2), round(load[person], 2)],
            }
            for request, person in found.pairs
        ],
        "value": found.value, "bound": found.bound, "gap": found.gap, "solver": found.solver,
        "unfilled": [_unfilled(known, one) for one in found.unfilled],
        "seen": {str(request): list(seen) for request, seen in known.queue.seen.items()},
        "requests": len(requests), "members": len(members), "left_out": known.queue.left_out,
        "effect": None if before is None else _effect(known, read(before), found),
    }  # fmt: skip


def read(result: Mapping[str, Any]) -> dispatching.Proposal:
    """What `written` wrote, as far as `effect` looks at it."""
    unfilled = tuple(
        Open(one["request"], one["slots"], dispatching.Reason(one["reason"])) for one in result["unfilled"]
    )
    return dispatching.Proposal(
        tuple((one["request"], one["person"]) for one in result["pairs"]),
        result["value"], result["bound"], result["gap"], result["solver"], unfilled,
        {(one["request"], one["person"]): one["value"] for one in result["pairs"]},
    )  # fmt: skip


def _load(pairs: Collection[Pair], members: Mapping[int, Member], requests: Mapping[int, Request]) -> dict[int, float]:
    """Hours in 14 days with what the proposal adds, by member."""
    added: Counter[int] = Counter()
    for request, person in pairs:
        added[person] += requests[request].minutes
    return {person: members[person].hours14 + minutes / 60 for person, minutes in added.items()}


def _effect(known: Prepared, before: dispatching.Proposal, after: dispatching.Proposal) -> dict[str, Any]:
    """Only people and requests that are still in the queue have a load to compare."""
    members, requests = known.members, known.requests
    told = dispatching.effect(before, after)
    return {
        "value": told.value, "slots": told.slots,
        "moves": [
            {
                "person": move.member, "before": list(move.before), "after": list(move.after),
                "hours": [round(_hours(move.member, one, members, requests), 2) for one in (move.before, move.after)],
            }
            for move in told.moves
        ],
    }  # fmt: skip


def _hours(
    person: int, taken: Collection[int], members: Mapping[int, Member], requests: Mapping[int, Request]
) -> float:
    own = members[person].hours14 if person in members else 0.0
    return own + sum(requests[one].minutes for one in taken if one in requests) / 60


def _unfilled(known: Prepared, one: Open) -> dict[str, Any]:
    rules = known.why_not.get(one.request, Counter()).most_common(RULES_SHOWN)
    return {"request": one.request, "slots": one.slots, "reason": one.reason.value, "rules": [list(r) for r in rules]}


def _reasons(known: Prepared, pairs: Collection[Pair]) -> dict[Pair, list[list[Any]]]:
    """Why them, each a sentence with its values, against the others who could come."""
    queue, told = known.queue, dict[Pair, list[list[Any]]]()
    chosen: dict[int, set[int]] = {}
    for id_, person in pairs:
        chosen.setdefault(id_, set()).add(person)
    fit: dict[int, list[Member]] = {id_: [] for id_ in chosen}
    members, requests = known.members, known.requests
    for id_, person in known.p:
        if id_ in fit:
            fit[id_].append(members[person])
    for id_, people in chosen.items():
        request = requests[id_]
        found = ranked(request, fit[id_], queue.at, len(fit[id_]), queue.weights, queue.dials, explain=False)
        middle = usual([(one.member, tuple(one.parts.values()), tuple(one.equity.values())) for one in found])
        for one in found:
            if one.member.id in people:
                said = reasons(one.member, one.parts | one.equity, middle, request, queue.at)
                told[id_, one.member.id] = [[reason.sentence, dict(reason.values)] for reason in said]
    return told
