"""What the solvers are held against: successive shortest paths for flows, all assignments for a few pairs."""

from itertools import combinations

import numpy as np

from matching.engine.instance import Instance
from matching.engine.rules import broken

FAR = float("inf")


def best_flow(slots: list[int], caps: list[int], pairs: list[tuple[int, int, int]]) -> int:
    """The highest value under slots and caps. Bellman-Ford from the source, one more assignment a round, for as long
    as one more is worth something. No library, no scaling, no tricks."""
    wanted, people = len(slots), len(caps)
    source, sink = wanted + people, wanted + people + 1
    arcs: list[list[int]] = []  # tail, head, room, cost; the one that undoes it follows
    for tail, head, room, cost in (
        *((source, request, slots[request], 0) for request in range(wanted)),
        *((request, wanted + member, 1, -value) for request, member, value in pairs),
        *((wanted + member, sink, caps[member], 0) for member in range(people)),
    ):
        arcs += [[tail, head, room, cost], [head, tail, 0, -cost]]
    value = 0
    while True:
        cost, via = [FAR] * (wanted + people + 2), [-1] * (wanted + people + 2)
        cost[source], changed = 0, True
        while changed:
            changed = False
            for at, (tail, head, room, price) in enumerate(arcs):
                if room and cost[tail] + price < cost[head]:
                    cost[head], via[head], changed = cost[tail] + price, at, True
        if cost[sink] >= 0:
            return value
        value -= int(cost[sink])
        node = sink
        while node != source:
            at = via[node]
            arcs[at][2] -= 1
            arcs[at ^ 1][2] += 1
            node = arcs[at][0]


def best_of_all(instance: Instance) -> int:
    """The highest value among all assignments that break no rule: try every set of pairs."""
    values = instance.value.tolist()
    return max(
        sum(values[pair] for pair in chosen)
        for size in range(len(values) + 1)
        for chosen in combinations(range(len(values)), size)
        if not broken(instance, np.array(chosen, np.intp))
    )
