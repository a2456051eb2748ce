"""One connected part of a batch with side rules, its pairs sorted by member and time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine.instance import Flags, Instance, Ints, Sides


@dataclass(slots=True)
class Part:
    """Columns are as long as there are pairs, but for `caps` and `cap_minutes` (by member of the part)."""

    instance: Instance
    sides: Sides
    pairs: NDArray[np.intp]  # positions in the instance
    request: Ints  # positions in the instance
    member: Ints  # 0 … in the part, ascending
    people: Ints  # their positions in the instance
    value: Ints
    start: Ints
    end: Ints
    minutes: Ints
    pinned: Flags
    caps: Ints
    cap_minutes: Ints

    @property
    def size(self) -> int:
        """How many pairs there are."""
        return len(self.pairs)

    def by_request(self) -> Iterator[tuple[int, list[int]]]:
        """Each request (its position in the instance) with the numbers of its pairs in the part."""
        order = np.argsort(self.request, kind="stable")
        wanted, cuts = np.unique(self.request[order], return_index=True)
        for one, pairs in zip(wanted.tolist(), np.split(order, cuts[1:]), strict=True):
            yield one, pairs.tolist()


def part_of(instance: Instance, pairs: NDArray[np.intp]) -> Part:
    """The part made of the pairs at these positions."""
    sides = instance.sides
    assert sides is not None
    request = instance.request[pairs]
    order = np.lexsort((sides.end[request], sides.start[request], instance.member[pairs]))
    pairs, request = pairs[order], request[order]
    people, member = np.unique(instance.member[pairs], return_inverse=True)
    pinned = np.zeros(len(pairs), np.bool_) if instance.pinned is None else np.isin(pairs, instance.pinned)
    return Part(
        instance, sides, pairs, request.astype(np.int64), member.astype(np.int64), people.astype(np.int64),
        instance.value[pairs], sides.start[request], sides.end[request], sides.minutes[request], pinned,
        instance.cap_tasks[people], sides.cap_minutes[people],
    )  # fmt: skip
