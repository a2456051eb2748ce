"""Rules 1 to 7: the best that can be found in time, and a bound that nothing can exceed.

Each connected part goes through the same steps (docs/decisions/side-rules-by-rounds.md tells why):
a greedy assignment, so that there always is one; prices by subgradient steps, which give the bound; a linear programme
over the rounds that are nearly the best at those prices, which mends the prices and says which rounds matter; and SCIP
over these, where the programme was not whole already. Stops early when value and bound meet.
"""

from collections.abc import Callable, Iterator
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from matching.engine import flow
from matching.engine.components import components
from matching.engine.instance import Instance, NoCrew, Solution
from matching.engine.sides.part import Part, part_of
from matching.engine.sides.search import Best, search
from matching.engine.unfilled import crew_lacks

SOLVER = "rounds-glop-scip"


def solve(instance: Instance, seconds: float, tick: Callable[[], float] = monotonic) -> Solution:
    """The best assignment found in `seconds` by `tick`. Raises NoCrew."""
    end = tick() + seconds * 0.95  # the rest for looking it over
    chosen, bound = [np.zeros(0, np.intp)], 0
    parts = sorted(_parts(instance), key=lambda one: one.size)
    left = sum(one.size for one in parts)
    for part in parts:
        now = tick()
        share = now + (end - now) * part.size / left
        left -= part.size
        found: Best = search(part, lambda share=share: share - tick())  # type: ignore[misc]
        if found.pairs is None:
            raise NoCrew(int(part.request[part.pinned][0]))
        chosen.append(part.pairs[found.pairs])
        bound += found.bound
    kept = np.sort(np.concatenate(chosen))
    value = int(instance.value[kept].sum())
    if value < bound:  # time ran out: what the flow without the side rules is worth may be less than the bound so far
        bound = min(bound, flow.solve(instance).value)
    return Solution(kept, value, bound, SOLVER)


def _parts(instance: Instance) -> Iterator[Part]:
    """Pairs that might be chosen, by component."""
    live = _live(instance)
    if not len(live):
        return
    request, member = instance.request[live], instance.member[live]
    numbered, count = components(request, member, len(instance.requests), len(instance.members))
    order = np.argsort(numbered, kind="stable")
    for pairs in np.split(live[order], np.cumsum(np.bincount(numbered, minlength=count))[:-1]):
        yield part_of(instance, pairs)


def _live(instance: Instance) -> NDArray[np.intp]:
    """Without members that have no room, pairs that bring nothing and help no crew, and crews that cannot be had."""
    sides = instance.sides
    assert sides is not None
    crewed = np.array(
        [
            least > 1 or (need is not None and need.least > 0)
            for least, need in zip(sides.min_fill.tolist(), sides.need, strict=True)
        ],
        np.bool_,
    )
    kept = (instance.slots[instance.request] > 0) & (instance.cap_tasks[instance.member] > 0)
    kept &= sides.minutes[instance.request] <= sides.cap_minutes[instance.member]
    kept &= (instance.value > 0) | crewed[instance.request]
    if instance.pinned is not None:
        kept[instance.pinned] = True
    live = np.flatnonzero(kept)
    if not len(live):
        return live
    live = live[np.argsort(instance.request[live], kind="stable")]
    wanted, first = np.unique(instance.request[live], return_index=True)
    good = []
    for request, pairs in zip(wanted.tolist(), np.split(live, first[1:]), strict=True):
        if not crew_lacks(sides, request, instance.member[pairs].tolist(), int(instance.slots[request])):
            good.append(pairs)
        elif instance.pinned is not None and np.isin(pairs, instance.pinned).any():
            raise NoCrew(request)
    return np.concatenate(good) if good else np.zeros(0, np.intp)
