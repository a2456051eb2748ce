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
from matching.engine.waves import History, WaveDecision, fewest, next_wave, target_of
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
    """What a policy decides: whom to ask now; the engine's decision about the rest; the first five of its ranking."""

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


Policy = Callable[[Situation], Choice]


def ours(on: Situation) -> Choice:
    """The engine, as the product asks."""
    decision = next_wave(on.request, on.members(), on.history, moment(on.now), on.desk.weights, on.dials)
    chosen = [Chosen(one.member.id, one.p, one) for one in decision.members]
    return Choice(chosen, decision, _first(on, chosen))


def _first(on: Situation, chosen: list[Chosen]) -> list[int]:
    """The first five of the engine's ranking; only looked at for the first wave."""
    if len(chosen) >= WAVE or not chosen or on.history.waves:
        return [one.who for one in chosen[:WAVE]]
    return [one.member.id for one in _ranking(on, WAVE)]


def _ranking(on: Situation, k: int) -> list[Suggestion]:
    now = moment(on.now)
    fit = eligible(on.request, on.members(), now, on.dials).fit
    return ranked(on.request, fit, now, k, on.desk.weights, on.dials, explain=False)


def top_five(on: Situation) -> Choice:
    """Our ranking and pauses, but five people a wave, whatever the chances."""
    decision = _flow(on, on.dials)
    if not decision.members:
        return Choice([], decision, [])
    chosen = [Chosen(one.member.id, one.p, one) for one in _ranking(on, WAVE)]
    return Choice(chosen, decision, [one.who for one in chosen])


def oracle(on: Situation) -> Choice:
    """Our waves by the true chances: who is likeliest to say yes is asked first, and just enough of them."""
    decision = _flow(on, on.dials)
    if not decision.members:
        return Choice([], decision, [])
    true = on.truth.p(on.wanted, on.now)
    fit = eligible(on.request, on.members(), moment(on.now), on.dials).fit
    order = sorted((member.id for member in fit), key=lambda who: (-true[who], who))
    target = target_of(on.request, on.history.waves, on.dials)
    count, _chance = fewest([], [float(true[who]) for who in order], on.request.slots, target)
    return Choice([Chosen(who) for who in order[:count]], decision, order[:WAVE])


def _flow(on: Situation, dials: Dials) -> WaveDecision:
    """When to ask, wait or give up: the engine's, with nothing outstanding, so that a wave goes out when it is due."""
    history = History(on.history.waves, on.history.last_at)
    return next_wave(on.request, on.members(), history, moment(on.now), on.desk.weights, dials)


def _simple(order: Callable[[Situation, Sequence[Member]], list[int]], size: int | None = WAVE) -> Policy:
    """The first `size` (None: all) of an order, without a cap on asks."""

    def policy(on: Situation) -> Choice:
        dials = on.dials._replace(ask_cap=UNCAPPED)
        decision = _flow(on, dials)
        if not decision.members:
            return Choice([], decision, [])
        fit = eligible(on.request, on.members(), moment(on.now), dials).fit
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
    "oracle": oracle,
}
