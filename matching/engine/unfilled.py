"""Why slots of a request stay open. A reason, never an error: a batch may ask for what cannot be had."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matching.engine.instance import Instance, Sides


class Reason(StrEnum):
    """In the order they are looked for."""

    no_slots = "no_slots"
    nobody = "nobody"
    no_gain = "no_gain"
    no_room = "no_room"
    too_few = "too_few"
    too_few_skilled = "too_few_skilled"
    branch_limit = "branch_limit"
    used_up = "used_up"
    elsewhere = "elsewhere"


@dataclass(frozen=True, slots=True)
class Unfilled:
    """`request` by its position; `got` of `slots` members. Requests with 0 slots are named once, with got 0."""

    request: int
    got: int
    slots: int
    reason: Reason


def unfilled(instance: Instance, chosen: NDArray[np.intp]) -> list[Unfilled]:
    """Every request that has fewer members than slots, or no slots at all."""
    count = len(instance.requests)
    got = np.bincount(instance.request[chosen], minlength=count)
    fit = np.bincount(instance.request, minlength=count)
    worth = np.bincount(instance.request[instance.value > 0], minlength=count)
    able = np.bincount(instance.request[instance.cap_tasks[instance.member] > 0], minlength=count)
    crews = _crews(instance) if instance.sides is not None else {}
    found = []
    for at in np.flatnonzero((got < instance.slots) | (instance.slots == 0)).tolist():
        if instance.slots[at] == 0:
            reason = Reason.no_slots
        elif not fit[at]:
            reason = Reason.nobody
        elif not worth[at]:
            reason = Reason.no_gain
        elif not able[at]:
            reason = Reason.no_room
        elif at in crews:
            reason = crews[at]
        else:
            reason = Reason.used_up if got[at] == worth[at] else Reason.elsewhere
        found.append(Unfilled(at, int(got[at]), int(instance.slots[at]), reason))
    return found


def _crews(instance: Instance) -> dict[int, Reason]:
    """Requests whose crew cannot be had even if nobody else wanted anybody."""
    assert instance.sides is not None
    sides = instance.sides
    order = np.argsort(instance.request, kind="stable")
    bounds = np.searchsorted(instance.request[order], np.arange(len(instance.requests) + 1))
    found = {}
    for at in range(len(instance.requests)):
        members = instance.member[order[bounds[at] : bounds[at + 1]]].tolist()
        reason = crew_lacks(sides, at, members, int(instance.slots[at])) if members else None
        if reason:
            found[at] = reason
    return found


def crew_lacks(sides: Sides, request: int, members: list[int], slots: int) -> Reason | None:
    """What keeps these members from being a crew for the request; None when nothing does."""
    need, most = sides.need[request], sides.max_per_branch[request]
    least = max(int(sides.min_fill[request]), 1)
    if len(members) < least or slots < least:
        return Reason.too_few
    if need is not None and need.least:
        skilled = [one for one in members if need.skill in sides.skills[one]]
        if min(len(skilled), slots) < need.least:
            return Reason.too_few_skilled
        if _at_most(sides, skilled, most) < need.least:
            return Reason.branch_limit
    return Reason.branch_limit if _at_most(sides, members, most) < least else None


def _at_most(sides: Sides, members: list[int], most: int | None) -> int:
    if most is None:
        return len(members)
    return sum(min(count, most) for count in Counter(int(sides.branch[one]) for one in members).values())
