"""A batch to be assigned as the solvers take it: columns, and pairs by the positions of request and member in them.

The rules are those of `match-instance/1` (docs/matching-instances.md). A pair that stands in the columns satisfies
rule 1 (skills, one free interval over the window, strict gender); rules 2 to 7 are left to the solvers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Id = int | str


class BadInstance(ValueError):
    """What is wrong in an instance: `where` ("members[3].cap_tasks") and `why`."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


class NoCrew(ValueError):
    """The crew of a request with pinned members cannot be completed around them. `request`: its position."""

    def __init__(self, request: int) -> None:
        super().__init__(str(request))
        self.request = request


class Need(NamedTuple):
    """Rule 7: if anybody is assigned, at least `least` of them hold `skill`."""

    skill: Id
    least: int


@dataclass(slots=True)
class Sides:
    """What rules 5 to 7 look at. `start` and `end` are only compared with each other; lengths are in minutes."""

    start: Ints  # of each request's window
    end: Ints
    minutes: Ints  # what each request takes out of a member's minutes
    cap_minutes: Ints  # of each member
    branch: Ints  # of each member, as a number
    min_fill: Ints  # of each request: nobody, or at least so many
    need: list[Need | None]
    max_per_branch: list[int | None]
    skills: Sequence[frozenset[Id]]  # of each member


@dataclass(slots=True)
class Instance:
    """`request`, `member` and `value` are as long as there are pairs; `pinned` marks pairs that must be assigned."""

    requests: Sequence[Id]
    members: Sequence[Id]
    slots: Ints
    cap_tasks: Ints
    request: NDArray[np.int32]
    member: NDArray[np.int32]
    value: Ints
    sides: Sides | None = None  # None: rules 2 to 4 are all there is
    pinned: NDArray[np.intp] | None = None  # positions of pairs


@dataclass(frozen=True, slots=True)
class Solution:
    """`chosen`: positions of pairs, ascending. No assignment can be worth more than `bound`."""

    chosen: NDArray[np.intp]
    value: int
    bound: int
    solver: str

    @property
    def gap(self) -> float:
        """How much of the bound may be missing, 0 to 1."""
        return (self.bound - self.value) / self.bound if self.bound > self.value else 0.0
