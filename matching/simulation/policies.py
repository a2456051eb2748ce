"""Ways of asking. All go by the engine's hard rules, pauses and quiet hours; they differ in whom they ask and how many.

The asks cap belongs to ours, to the fixed waves (which are ours but for the number asked) and to the oracle.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matching.engine.eligible import eligible
from matching.engine.model import Dials, Member, Request
from matching.engine.scoring import Suggestion, ranked
from matching.engine.waves import History, WaveDecision, fewest, next_wave, still, target_of
from matching.simulation.crew import Numbers
from matching.simulation.demand import Wanted
from matching.simulation.desk import Desk, moment
from matching.simulation.truth import Truth

WAVE = 5  # how many a fixed wave asks
UNCAPPED = 1e9


class Chosen(NamedTuple):
    """Somebody to be asked. `p` and `rest` as the engine computed them, where it was the engine that chose."""

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
    truth: Truth  # for the oracle alone; nearest asks it for the map
    wanted: Wanted
    request: Request
    history: History
    now: float
    dials: Dials
    members: Callable[[], list[Member]]  # everybody who could be fit
    turn: list[int]  # [whose turn it is in the round robin]
    dice: np.random.Generator
    looked_at: bool  # whether the first five are


Policy = Callable[[Situation], Choice]


def ours(on: Situation) -> Choice:
    """The engine, as the product asks."""
    decision = next_wave(on.request, on.members(), on.history, moment(on.now), on.desk.weights, on.dials)
    chosen = [Chosen(one.member.id, one.p, one) for one in decision.members]
    return Choice(chosen, decision, _first(on, chosen))


def _first(on: Situation, chosen: list[Chosen]) -> list[int]:
    """The first five of the engine's ranking, some of whom it need not ask."""
    if len(chosen) >= WAVE or not chosen or not on.looked_at:
        return [one.who for one in chosen[:WAVE]]
    return [one.member.id for one in _ranking(on, eligible(on.request, on.members(), moment(on.now), on.dials).fit)]


def _ranking(on: Situation, fit: list[Member]) -> list[Suggestion]:
    return ranked(on.request, fit, moment(on.now), WAVE, on.desk.weights, on.dials, explain=False)


def _flow(on: Situation, dials: Dials) -> tuple[WaveDecision, list[Member]]:
    """When to ask, wait or give up: the engine's, with nothing outstanding, so that a wave goes out when it is due.
    And all who may be asked."""
    now, history = moment(on.now), History(on.history.waves, on.history.last_at)
    fit = eligible(on.request, on.members(), now, dials).fit
    return next_wave(on.request, fit[:1] or on.members(), history, now, on.desk.weights, dials), fit


def top_five(on: Situation) -> Choice:
    """Our ranking and pauses, but five people a wave, whatever the chances."""
    decision, fit = _flow(on, on.dials)
    if not decision.members:
        return Choice([], decision, [])
    chosen = [Chosen(one.member.id, one.p, one) for one in _ranking(on, fit)]
    return Choice(chosen, decision, [one.who for one in chosen])


def oracle(on: Situation) -> Choice:
    """Our waves by the true chances: who is likeliest to say yes is asked first, and just enough of them."""
    return _knowing(on, fair=False)


def fair_oracle(on: Situation) -> Choice:
    """The same, but whoever carries much is spared, as by the engine: what knowing the chances is worth by itself."""
    return _knowing(on, fair=True)


def _knowing(on: Situation, *, fair: bool) -> Choice:
    decision, fit = _flow(on, on.dials)
    if not decision.members:
        return Choice([], decision, [])
    true = on.truth.p(on.wanted, on.now)
    rank = {member.id: float(np.log(true[member.id] / (1 - true[member.id]))) for member in fit}
    if fair:
        for one in ranked(on.request, fit, moment(on.now), len(fit), on.desk.weights, on.dials, explain=False):
            rank[one.member.id] += sum(one.equity.values())
    order = sorted(rank, key=lambda who: (-rank[who], who))
    target = target_of(on.request, on.history.waves, on.dials)
    outstanding = [still(ask, moment(on.now), on.request.spacing) for ask in on.history.open]
    count, _chance = fewest(outstanding, [float(true[who]) for who in order], on.request.slots, target)
    return Choice([Chosen(who, float(true[who])) for who in order[:count]], decision, order[:WAVE])


def _simple(order: Callable[[Situation, Sequence[Member]], list[int]], size: int | None = WAVE) -> Policy:
    """The first `size` (None: all) of an order, without a cap on asks."""

    def policy(on: Situation) -> Choice:
        dials = on.dials._replace(ask_cap=UNCAPPED)
        decision, fit = _flow(on, dials)
        if not decision.members:
            return Choice([], decision, [])
        people = order(on, fit)
        return Choice([Chosen(who) for who in people[:size]], decision, people[:WAVE])

    return policy


def _shuffled(on: Situation, fit: Sequence[Member]) -> list[int]:
    ids = [member.id for member in fit]
    return [ids[one] for one in on.dice.permutation(len(ids))]


def _in_turn(on: Situation, fit: Sequence[Member]) -> list[int]:
    """Everybody once before anybody twice: by the roster, from where the last wave stopped."""
    people = sorted((member.id for member in fit), key=lambda who: (who < on.turn[0], who))
    on.turn[0] = people[:WAVE][-1] + 1
    return people


def _by_load(_on: Situation, fit: Sequence[Member]) -> list[int]:
    """Who has served the fewest hours lately; then who was asked least."""
    return [member.id for member in sorted(fit, key=lambda one: (one.hours14, one.recent, one.id))]


def _nearest(on: Situation, fit: Sequence[Member]) -> list[int]:
    """Who is nearest on the true map, which our engine is not shown."""
    walks: Numbers = on.truth.near(on.wanted.house)
    return sorted((member.id for member in fit), key=lambda who: (walks[who], who))


POLICIES: dict[str, Policy] = {
    "broadcast": _simple(lambda _on, fit: [member.id for member in fit], size=None),
    "random": _simple(_shuffled),
    "round robin": _simple(_in_turn),
    "least loaded": _simple(_by_load),
    "nearest": _simple(_nearest),
    "top 5": top_five,
    "ours": ours,
    "fair oracle": fair_oracle,
    "oracle": oracle,
}
