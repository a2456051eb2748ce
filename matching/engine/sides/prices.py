"""Prices of rows: what they make each round worth, the bound that follows, and how good prices are found.

Whatever the prices (from 0 up), no assignment is worth more than Σ limit · price + Σ the best round of each group +
Σ the switches that gain. Prices are rounded to 1/1024, so that all sums are exact and the bound needs no tolerance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from matching.engine.sides.part import Part
from matching.engine.sides.rounds import Rounds
from matching.engine.sides.rows import Floats, Rows

EXACT = 1024.0


@dataclass(slots=True)
class Valued:
    """At some prices: what each round and switch gains, the best of each group, and the bound."""

    rounds: Floats
    best: Floats
    switches: Floats
    bound: float


class Pricing:
    """A part laid out for thousands of evaluations. `Valued.rounds` is overwritten by the next."""

    def __init__(self, part: Part, rounds: Rounds, rows: Rows) -> None:
        self.part, self.rounds, self.rows = part, rounds, rows
        self._columns = [np.ascontiguousarray(column, np.intp) for column in rounds.pairs.T]
        self._sums, self._terms = np.zeros(len(rounds)), np.zeros(len(rounds))
        self._values = part.value.astype(np.float64)

    def at(self, prices: Floats) -> Valued:
        """Every gain at these prices."""
        rows, rounds = self.rows, self.rounds
        gains = self._values - np.bincount(rows.pair, rows.factor * prices[rows.row], self.part.size)
        gains = np.append(gains, 0.0)
        of_rounds = np.take(gains, self._columns[0], out=self._sums, mode="clip")
        for column in self._columns[1:]:
            of_rounds += np.take(gains, column, out=self._terms, mode="clip")
        best = np.maximum.reduceat(of_rounds, rounds.first)
        switches: Floats = np.zeros(len(rows.switches))
        switches -= np.bincount(rows.switch, rows.switch_factor * prices[rows.switch_row], len(switches))
        bound = float((rows.limit * prices).sum())  # not @: BLAS would wake its threads for it
        bound += float(np.where(rounds.forced, best, np.maximum(best, 0.0)).sum())
        bound += float(np.where(rows.forced, switches, np.maximum(switches, 0.0)).sum())
        return Valued(of_rounds, best, switches, bound)

    def slack(self, valued: Valued) -> Floats:
        """How much of each row's limit the best rounds and switches leave; below 0, how far they are over it."""
        rows, rounds = self.rows, self.rounds
        hits = np.flatnonzero(valued.rounds == valued.best[rounds.group])
        groups = rounds.group[hits]
        hits = hits[np.append(True, groups[1:] != groups[:-1])]
        hits = hits[(valued.rounds[hits] > 0) | rounds.forced[rounds.group[hits]]]
        taken = np.bincount(rounds.pairs[hits].ravel(), minlength=self.part.size + 1)
        on = (valued.switches > 0) | rows.forced
        count = len(rows.limit)
        used = np.bincount(rows.row, rows.factor * taken[rows.pair], count)
        used += np.bincount(rows.switch_row, rows.switch_factor * on[rows.switch], count)
        slack: Floats = rows.limit - used
        return slack

    def near(self, valued: Valued, within: float, most: int) -> NDArray[np.intp]:
        """Rounds that gain at most `within` less than the best of their group (or than nothing), at most so many of a
        group."""
        best = np.where(self.rounds.forced, valued.best, np.maximum(valued.best, 0.0))
        close = np.flatnonzero(valued.rounds >= best[self.rounds.group] - within)
        group = self.rounds.group[close]
        close = close[np.lexsort((close, -valued.rounds[close], group))]
        group = self.rounds.group[close]
        place = np.arange(len(close)) - np.searchsorted(group, group)
        return close[place < most]


@dataclass(slots=True)
class Found:
    """The best prices so far and their bound."""

    prices: Floats
    bound: float

    @property
    def whole(self) -> int:
        """The bound in integers, as values are."""
        return floor(self.bound)


def rounded(prices: Floats) -> Floats:
    """Never below 0, in steps of 1/1024."""
    made: Floats = np.round(np.maximum(prices, 0.0) * EXACT) / EXACT
    return made


def descend(
    pricing: Pricing,
    found: Found,
    start: Floats,
    target: float,
    rounds: int,
    stop: Callable[[], bool],
    *,
    stride: float = 1.0,
    patience: int = 15,
) -> Found:
    """Lower the bound towards `target` (a value that can be had) by subgradient steps of Polyak's length, averaged with
    those before; `stride` shrinks when nothing was gained in `patience` of the `rounds`."""
    prices, course, stalled = rounded(start), np.zeros(len(start)), 0
    for _ in range(rounds):
        valued = pricing.at(prices)
        if valued.bound < found.bound - max(1.0, abs(found.bound)) * 1e-5:
            stalled = 0
        else:
            stalled += 1
        if valued.bound < found.bound:
            found = Found(prices, valued.bound)
        if stalled >= patience:
            stride, stalled, prices = stride * 0.7, 0, found.prices
        course = 0.5 * course + 0.5 * pricing.slack(valued)
        step = np.where((prices <= 0) & (course > 0), 0.0, course)
        length = float(np.square(step).sum())
        if length <= 0 or stride < 1e-3 or valued.bound <= target or stop():
            break
        prices = rounded(prices - stride * (valued.bound - target) / length * step)
    return found
