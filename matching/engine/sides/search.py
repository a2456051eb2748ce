"""The search in one part: from a greedy assignment and no prices until value and bound meet, or time is over."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine.sides import programme
from matching.engine.sides.greedy import greedy
from matching.engine.sides.part import Part
from matching.engine.sides.prices import Found, Pricing, descend
from matching.engine.sides.programme import Outcome
from matching.engine.sides.rounds import rounds_of
from matching.engine.sides.rows import rows_of

FEW = 3_000  # rounds that are all given to SCIP at once
CLOSE = 1e-3  # of the bound: what may be left between it and the linear programme
WIDE, NEAR = 0.13, 0.09  # of a mean value: rounds that gain so much less than the best matter, at first and later


@dataclass(slots=True)
class Best:
    """The best that is known: numbers of pairs (None: nothing that keeps the rules), its value, the bound."""

    pairs: NDArray[np.intp] | None
    value: int
    bound: int


def search(part: Part, left: Callable[[], float]) -> Best:
    """The best assignment of a part; `left` says how many seconds there are."""
    rounds = rounds_of(part)
    everything = int(np.maximum(part.value, 0).sum())
    start = greedy(part)
    best = Best(None, 0, everything)
    if start is not None:
        best = Best(np.array(start, np.intp), int(part.value[start].sum()), everything)
    if best.value >= best.bound or not len(rounds):
        return best
    pricing = Pricing(part, rounds, rows_of(part, rounds))
    if len(rounds) <= FEW or start is None:
        _take(pricing, best, programme.whole(pricing, np.arange(len(rounds)), left()), np.arange(len(rounds)), True)
        return best
    by_prices(pricing, best, left)
    return best


def by_prices(pricing: Pricing, best: Best, left: Callable[[], float]) -> None:
    """Prices, a programme over the rounds that matter, better prices …, and whole numbers at the end."""
    budget = left()
    begin = np.zeros(len(pricing.rows.limit))
    found = Found(begin, pricing.at(begin).bound)
    found = descend(pricing, found, begin, best.value, 800, lambda: left() < 0.7 * budget)
    best.bound = min(best.bound, found.whole)
    known = _rounds_of(pricing, best)
    sure: Outcome | None = None
    mean = float(np.abs(pricing.part.value).mean())
    rounds = known
    while left() > 0.4 * budget:
        near = pricing.near(pricing.at(found.prices), mean * (NEAR if sure else WIDE), 8)
        rounds = np.union1d(rounds, near)
        outcome = programme.linear(pricing, rounds, left() - 0.3 * budget)
        if outcome is None or outcome.prices is None:
            break
        sure, looked_at = outcome, rounds
        if outcome.whole:
            _take(pricing, best, outcome, rounds)
        at_duals = pricing.at(outcome.prices)
        rounds = np.union1d(rounds, pricing.near(at_duals, 1e-6, 5))
        for begin, stride in ((0.5 * (found.prices + outcome.prices), 1.0), (found.prices, 0.3)):
            found = descend(
                pricing, found, begin, outcome.value, 150, lambda: left() < 0.35 * budget, stride=stride, patience=10
            )
        best.bound = min(best.bound, found.whole)
        if found.bound - outcome.value < CLOSE * found.bound:
            break
    if best.value >= best.bound:
        return
    if sure is not None:
        _whole(pricing, best, looked_at, sure, left)
    rounds = np.union1d(rounds, pricing.near(pricing.at(found.prices), 1.5 * mean * NEAR, 20))
    if best.bound - best.value > CLOSE * best.bound:
        outcome = programme.whole(pricing, rounds, left(), start=np.isin(rounds, _rounds_of(pricing, best)))
        _take(pricing, best, outcome, rounds)


def _whole(pricing: Pricing, best: Best, rounds: NDArray[np.intp], outcome: Outcome, left: Callable[[], float]) -> None:
    """What the programme is sure of stays; the rest in whole numbers."""
    if not outcome.whole:
        fixed = outcome.chosen > 1 - programme.WHOLE
        _take(pricing, best, programme.whole(pricing, rounds, left() / 2, fixed=fixed), rounds)


def _take(
    pricing: Pricing, best: Best, outcome: Outcome | None, rounds: NDArray[np.intp], everything: bool = False
) -> None:
    """Keep an outcome in whole numbers that is better than the best, with what can still be added to it."""
    if outcome is None:
        return
    part = pricing.part
    pairs = pricing.rounds.pairs[rounds[outcome.chosen > 0.5]]
    pairs = np.unique(pairs[pairs < part.size])
    value = int(part.value[pairs].sum())
    if best.pairs is None or value > best.value:
        more = greedy(part, pairs.tolist())
        best.pairs = np.array(more if more is not None else pairs, np.intp)
        best.value = int(part.value[best.pairs].sum())
    if everything:
        best.bound = max(best.value, min(best.bound, int(np.floor(outcome.bound + 1e-4))))


def _rounds_of(pricing: Pricing, best: Best) -> NDArray[np.intp]:
    """The rounds that the best assignment is made of."""
    assert best.pairs is not None
    part, rounds = pricing.part, pricing.rounds
    marked = np.zeros(part.size + 1, np.bool_)
    marked[best.pairs] = True
    real = rounds.pairs < part.size
    held = (marked[rounds.pairs] & real).sum(axis=1)
    whole = held == real.sum(axis=1)
    size = np.bincount(part.member[best.pairs], minlength=len(part.people))
    narrow = np.ones(len(part.people), np.bool_)
    narrow[rounds.wide] = False
    member = part.member[rounds.pairs[:, 0]]
    return np.flatnonzero(whole & (~narrow[member] | (held == size[member])))
