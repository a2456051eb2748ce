"""A proposal as its row keeps it: pairs with reasons and load, open slots with what kept people away, the effect of the
last change. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from matching.asks.planning import Prepared
from matching.engine import dispatching
from matching.engine.dispatching import Open, Pair
from matching.engine.model import Member, Request
from matching.engine.scoring import explained

RULES_SHOWN = 3


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
    queue, members, requests = known.queue, known.members, known.requests
    chosen: dict[int, set[int]] = {}
    for request, person in pairs:
        chosen.setdefault(request, set()).add(person)
    told: dict[Pair, list[list[Any]]] = {}
    for request, people in chosen.items():
        fit = [members[person] for person in known.fit[request]]
        found = explained(requests[request], fit, people, queue.at, queue.weights, queue.dials)
        for person, reasons in found.items():
            told[request, person] = [[reason.sentence, dict(reason.values)] for reason in reasons]
    return told
