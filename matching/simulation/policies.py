"""Ways of asking. All go by the engine's hard rules, pauses and quiet hours; they differ in whom they ask and how many.

The asks cap belongs to ours, to the fixed waves (which are ours but for the number asked) and to the oracle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matching.engine.eligible import screen
from matching.engine.model import Dials, Member, Request
from matching.engine.scoring import ASKS_PRICE, LOAD_PRICE, UNASKED, UNASKED_BONUS, Suggestion, ranked
from matching.engine.waves import AT_MOST, History, WaveDecision, fewest, next_wave, still, target_of
from matching.simulation.crew import Numbers
from matching.simulation.demand import Wanted
from matching.simulation.desk import Desk, Places, moment
from matching.simulation.truth import Truth

WAVE = 5  # how many a fixed wave asks
UNCAPPED, EVERYBODY = 1e9, 10**9
AT_ONCE = 24  # members looked at
SPARE = 10  # more than can be asked are shown to the engine, since the ranking that chose them is rounded otherwise
LITTLE = 1e-6  # hours that an ask weighs: only between people who served the same


class Chosen(NamedTuple):
    """Somebody to be asked. `p`: the chance of a yes that the choice went by, if it went by one; `suggestion`: where it
    was the engine that chose."""

    who: int
    p: float | None = None
    suggestion: Suggestion | None = None


class Choice(NamedTuple):
    """What a policy decides: whom to ask now; the engine's decision about the rest; the first five of its ranking where
    they are looked at, which is in the first wave of a request that counts."""

    chosen: list[Chosen]
    decision: WaveDecision
    first: list[int]


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a policy may look at."""

    desk: Desk
    truth: Truth  # for the oracles alone; nearest asks it for the map
    wanted: Wanted
    request: Request
    history: History
    now: float
    dials: Dials
    turn: list[int]  # [whose turn it is in the round robin]
    dice: np.random.Generator
    looked_at: bool  # whether the first five are

    def likely(self) -> Places:
        """Positions of all who could be fit."""
        return self.desk.likely(self.wanted, self.now)

    def some(self, positions: Places) -> list[Member]:
        """These members."""
        return self.desk.members(positions.tolist(), self.wanted, self.now)

    def all(self) -> list[Member]:
        """All who hold the skills and are in scope."""
        return self.some(self.desk.possible(self.wanted))


Policy = Callable[[Situation], Choice]


def ours(on: Situation) -> Choice:
    """The engine, as the product asks."""
    most = AT_MOST * on.request.slots * (1 + on.history.waves)
    fit = _first_fit(on, on.desk.rank(on.request, on.now, on.dials), most + SPARE, on.dials)
    decision = next_wave(on.request, fit or on.all(), on.history, moment(on.now), on.desk.weights, on.dials)
    chosen = [Chosen(one.member.id, one.p, one) for one in decision.members]
    if len(chosen) >= WAVE or not chosen or not on.looked_at:
        return Choice(chosen, decision, [one.who for one in chosen[:WAVE]])
    return Choice(chosen, decision, [one.member.id for one in _ranking(on, fit)])


def _ranking(on: Situation, fit: list[Member]) -> list[Suggestion]:
    return ranked(on.request, fit, moment(on.now), WAVE, on.desk.weights, on.dials, explain=False)


def _flow(on: Situation, fit: list[Member], dials: Dials) -> WaveDecision:
    """When to ask, wait or give up: the engine's, with nothing outstanding, so that a wave goes out when it is due."""
    history = History(on.history.waves, on.history.last_at)
    return next_wave(on.request, fit[:1] or on.all(), history, moment(on.now), on.desk.weights, dials)


def top_five(on: Situation) -> Choice:
    """Our ranking and pauses, but five people a wave, whatever the chances."""
    fit = _first_fit(on, on.desk.rank(on.request, on.now, on.dials), WAVE + SPARE, on.dials)
    decision = _flow(on, fit, on.dials)
    chosen = [Chosen(one.member.id, one.p, one) for one in _ranking(on, fit)] if decision.members else []
    return Choice(chosen, decision, [one.who for one in chosen])


def oracle(on: Situation) -> Choice:
    """Our waves by the true chances: who is likeliest to say yes is asked first, and just enough of them."""
    true = on.truth.p(on.wanted, on.now)
    return _knowing(on, true, true)


def fair_oracle(on: Situation) -> Choice:
    """The same, but whoever carries much is spared, as by the engine: what knowing the chances is worth by itself."""
    true, desk = on.truth.p(on.wanted, on.now), on.desk
    price = LOAD_PRICE * desk.hours14 + ASKS_PRICE * desk.recent(on.now)
    price = price + UNASKED_BONUS * (on.now - desk.asked_at >= UNASKED.total_seconds() / 60)
    return _knowing(on, true, np.log(true / (1 - true)) + on.dials.equity * price)


def _knowing(on: Situation, true: Numbers, rank: Numbers) -> Choice:
    most = AT_MOST * on.request.slots * (1 + on.history.waves)
    fit = _first_fit(on, rank, max(most, WAVE), on.dials)
    decision = _flow(on, fit, on.dials)
    if not decision.members:
        return Choice([], decision, [])
    order = [member.id for member in fit]
    target = target_of(on.request, on.history.waves, on.dials)
    outstanding = [still(ask, moment(on.now), on.request.spacing) for ask in on.history.open]
    count, _chance = fewest(outstanding, [float(true[who]) for who in order[:most]], on.request.slots, target)
    return Choice([Chosen(who, float(true[who])) for who in order[:count]], decision, order[:WAVE])


def _first_fit(on: Situation, rank: Numbers, count: int, dials: Dials) -> list[Member]:
    """The first `count` who may be asked, by falling rank (ties: the smaller id); looked at a few at a time."""
    positions, fit = on.likely(), list[Member]()
    order = positions[np.argsort(-rank[positions], kind="stable")]
    refusal_of = screen(on.request, moment(on.now), dials)
    for start in range(0, len(order), AT_ONCE):
        fit += [member for member in on.some(order[start : start + AT_ONCE]) if refusal_of(member) is None]
        if len(fit) >= count:
            break
    return fit[:count]


def _simple(rank: Callable[[Situation], Numbers], size: int = WAVE) -> Policy:
    """The first `size` of an order, without a cap on asks."""

    def policy(on: Situation) -> Choice:
        dials = on.dials._replace(ask_cap=UNCAPPED)
        fit = _first_fit(on, rank(on), size, dials)
        decision = _flow(on, fit, dials)
        people = [member.id for member in fit] if decision.members else []
        if people:
            on.turn[0] = people[-1] + 1
        return Choice([Chosen(who) for who in people], decision, people[:WAVE])

    return policy


def _by_turn(on: Situation) -> Numbers:
    """Everybody once before anybody twice: by the roster, from where the last wave stopped."""
    everybody = np.arange(len(on.desk.crew))
    return -np.where(everybody < on.turn[0], everybody + len(everybody), everybody).astype(float)


def _by_load(on: Situation) -> Numbers:
    """Who has served the fewest hours lately; then who was asked least."""
    return np.asarray(-on.desk.hours14 - LITTLE * on.desk.recent(on.now))


POLICIES: dict[str, Policy] = {
    "broadcast": _simple(lambda on: np.zeros(len(on.desk.crew)), size=EVERYBODY),
    "random": _simple(lambda on: on.dice.random(len(on.desk.crew))),
    "round robin": _simple(_by_turn),
    "least loaded": _simple(_by_load),
    "nearest": _simple(lambda on: -on.truth.walks(on.wanted.house)),  # on the true map, which the engine is not shown
    "top 5": top_five,
    "ours": ours,
    "fair oracle": fair_oracle,
    "oracle": oracle,
}
