"""What requests ask for as rows ≤ a right-hand side: over pairs, and over one switch a request that takes all or none.

Rule 3: no more than the slots. Rule 6: where anybody is needed together, a switch that is 1 with the least crew and 0
with nobody; each pair is at most the switch, which makes the bound tight. Rule 7: by the switch, too. A member who has
too many rounds to enumerate brings the rows of rules 4 and 5 instead.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.engine.instance import Flags, Ints
from matching.engine.sides.part import Part
from matching.engine.sides.rounds import Rounds

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Rows:
    """`row`, `factor` of pair k stand from `begin[k]` to `begin[k + 1]`. Switch s has `switch_factor` in
    `switch_row` where `switch` is s."""

    limit: Floats
    begin: Ints
    row: Ints
    factor: Floats
    pair: Ints
    switches: list[int]  # the request of each
    switch: Ints
    switch_row: Ints
    switch_factor: Floats
    forced: Flags  # switches that are 1 because a pair of the request is pinned


@dataclass(slots=True)
class _Sheet:
    limit: list[float] = field(default_factory=list)
    pairs: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)
    switched: list[tuple[int, int, float]] = field(default_factory=list)

    def add(self, pairs: list[int], factor: float, limit: float, switch: int | None = None) -> int:
        """Σ factor · pair ≤ limit; with a switch Σ factor · pair ≤ limit · switch."""
        at = len(self.limit)
        self.limit.append(limit if switch is None else 0.0)
        self.pairs += pairs
        self.rows += [at] * len(pairs)
        self.factors += [factor] * len(pairs)
        if switch is not None:
            self.switched.append((switch, at, -limit))
        return at


def rows_of(part: Part, rounds: Rounds) -> Rows:
    """The rows of a part."""
    sheet = _Sheet()
    switches: list[int] = []
    for request, pairs in part.by_request():
        slots, need = int(part.instance.slots[request]), part.sides.need[request]
        most = part.sides.max_per_branch[request]
        least = least_crew(part, request)
        together = least > 1 or (need is not None and need.least > 0)
        switch = len(switches) if together else None
        sheet.add(pairs, 1.0, slots, switch)
        if together:
            switches.append(request)
            sheet.add(pairs, -1.0, -least, switch)
            for pair in pairs:
                sheet.add([pair], 1.0, 1.0, switch)
            if need is not None and need.least > 0:
                skilled = [one for one in pairs if need.skill in part.sides.skills[part.people[part.member[one]]]]
                sheet.add(skilled, -1.0, -need.least, switch)
        if most is not None:
            branches: defaultdict[int, list[int]] = defaultdict(list)
            for pair in pairs:
                branches[int(part.sides.branch[part.people[part.member[pair]]])].append(pair)
            for one in branches.values():
                if len(one) > most:
                    sheet.add(one, 1.0, most, switch)
    for member in rounds.wide.tolist():
        _member(part, sheet, member)
    return _packed(part, sheet, switches)


def least_crew(part: Part, request: int) -> int:
    """How many there are at least, if any."""
    need = part.sides.need[request]
    return max(int(part.sides.min_fill[request]), 1, need.least if need else 0)


def _member(part: Part, sheet: _Sheet, member: int) -> None:
    """Tasks, minutes, and for every moment a window starts, one of those that are open then."""
    low, high = np.searchsorted(part.member, [member, member + 1]).tolist()
    pairs = list(range(low, high))
    sheet.add(pairs, 1.0, float(part.caps[member]))
    at = sheet.add([], 0.0, float(part.cap_minutes[member]))
    sheet.pairs += pairs
    sheet.rows += [at] * len(pairs)
    sheet.factors += part.minutes[low:high].astype(float).tolist()
    start, end = part.start[low:high], part.end[low:high]
    for n in range(high - low):
        crowd = [*np.flatnonzero(end[:n] > start[n]).tolist(), n]  # those before it start no later
        if len(crowd) > 1:
            sheet.add([low + one for one in crowd], 1.0, 1.0)


def _packed(part: Part, sheet: _Sheet, switches: list[int]) -> Rows:
    pair = np.array(sheet.pairs, np.int64)
    order = np.argsort(pair, kind="stable")
    pinned = set(part.request[part.pinned].tolist())
    return Rows(
        np.array(sheet.limit, np.float64), np.searchsorted(pair[order], np.arange(part.size + 1)),
        np.array(sheet.rows, np.int64)[order], np.array(sheet.factors, np.float64)[order], pair[order], switches,
        np.array([one for one, _, _ in sheet.switched], np.int64),
        np.array([at for _, at, _ in sheet.switched], np.int64),
        np.array([factor for _, _, factor in sheet.switched], np.float64),
        np.array([request in pinned for request in switches], np.bool_),
    )  # fmt: skip
