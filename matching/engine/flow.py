"""Rules 1 to 4 (slots and caps): min-cost flow, exact to the integer.

A pair that is worth nothing is never better than none and stays out. A pair whose request and member both have room
for all their pairs is taken without asking. What is left goes to OR-Tools' cost-scaling flow by connected component;
small components share a call.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from matching.engine.components import components
from matching.engine.instance import Instance, Ints, Solution

SOLVER = "min-cost-flow"
CALL = 20_000  # pairs: components are put together until a call of the solver has so many


def solve(instance: Instance) -> Solution:
    """The best assignment under rules 2 to 4, pinned pairs in it. The pins must fit (dispatching looks first)."""
    slots, caps = instance.slots, instance.cap_tasks
    worth = instance.value > 0
    pinned = instance.pinned
    if pinned is not None and len(pinned):
        slots = slots - np.bincount(instance.request[pinned], minlength=len(slots))
        caps = caps - np.bincount(instance.member[pinned], minlength=len(caps))
        worth[pinned] = False
    chosen = best(instance.request, instance.member, instance.value, slots, caps, worth)
    if pinned is not None and len(pinned):
        chosen = np.sort(np.concatenate([chosen, pinned]))
    value = int(instance.value[chosen].sum())
    return Solution(chosen, value, value, SOLVER)


def best(
    request: NDArray[np.int32],
    member: NDArray[np.int32],
    value: Ints,
    slots: Ints,
    caps: Ints,
    worth: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """Positions of the pairs of the best assignment among those marked in `worth`, ascending."""
    live = np.flatnonzero(worth & (slots[request] > 0) & (caps[member] > 0))
    of_request = np.bincount(request[live], minlength=len(slots))
    of_member = np.bincount(member[live], minlength=len(caps))
    roomy = (of_request <= slots)[request[live]] & (of_member <= caps)[member[live]]
    free, live = live[roomy], live[~roomy]
    if not len(live):
        return free
    slots = np.minimum(slots - np.bincount(request[free], minlength=len(slots)), of_request)
    caps = np.minimum(caps - np.bincount(member[free], minlength=len(caps)), of_member)
    taken = [free]
    for part in _parts(request, member, live, len(slots), len(caps)):
        taken.append(part[_flows(request, member, value, slots, caps, part)])
    return np.sort(np.concatenate(taken))


def _parts(
    request: NDArray[np.int32], member: NDArray[np.int32], live: NDArray[np.intp], requests: int, members: int
) -> Iterator[NDArray[np.intp]]:
    """The pairs in lots that share no request and no member."""
    numbered, count = components(request[live], member[live], requests, members)
    if count == 1:
        yield live
        return
    live = live[np.argsort(numbered, kind="stable")]
    end = np.cumsum(np.bincount(numbered, minlength=count))
    start = 0
    while start < len(live):
        stop = int(end[min(int(np.searchsorted(end, start + CALL)), count - 1)])
        yield live[start:stop]
        start = stop


def _flows(
    request: NDArray[np.int32],
    member: NDArray[np.int32],
    value: Ints,
    slots: Ints,
    caps: Ints,
    part: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Which pairs of the part carry flow in a ring: source to requests to members to sink, and back to the source for
    nothing. Copies of columns are given up as soon as the solver has its own: at two million pairs each counts."""
    wanted = np.flatnonzero(np.bincount(request[part], minlength=len(slots)))
    people = np.flatnonzero(np.bincount(member[part], minlength=len(caps)))
    node = np.zeros(max(len(slots), len(caps)), np.int32)
    node[wanted] = np.arange(len(wanted), dtype=np.int32)
    tails = node[request[part]]
    node[people] = np.arange(len(wanted), len(wanted) + len(people), dtype=np.int32)
    heads = node[member[part]]
    source = len(wanted) + len(people)
    ring = SimpleMinCostFlow()
    ring.add_arcs_with_capacity_and_unit_cost(tails, heads, np.ones(len(part), np.int64), -value[part])
    del tails, heads
    most = min(int(slots[wanted].sum()), int(caps[people].sum()))
    for tail, head, capacity in (
        (np.full(len(wanted), source), np.arange(len(wanted)), slots[wanted]),
        (np.arange(len(wanted), source), np.full(len(people), source + 1), caps[people]),
        (np.array([source + 1]), np.array([source]), np.array([most])),
    ):
        nothing = np.zeros(len(tail), np.int64)
        ring.add_arcs_with_capacity_and_unit_cost(tail.astype(np.int32), head.astype(np.int32), capacity, nothing)
    status = ring.solve()
    if status != ring.OPTIMAL:
        raise ArithmeticError(f"min-cost flow ended as {status.name}")  # values beyond what instance files may hold
    flows: NDArray[np.int64] = ring.flows(np.arange(len(part), dtype=np.int32))
    return flows > 0
