"""The year before day 0: the counts, the wear and the weights a hospital has when a run begins."""

from typing import NamedTuple

import numpy as np

from matching.engine.learning import Logged, recalibrate
from matching.engine.model import Dials
from matching.simulation.demand import DAY, requests
from matching.simulation.desk import Desk
from matching.simulation.truth import Truth
from matching.simulation.world import World

DAYS, WEEK = 364, 7 * DAY
LEARNT = 13  # weeks learnt from at once: a step each week would take long and end at the same
EACH = 8  # past requests a member, at most: where there were more, some of them, each asked of more
ANOTHER = 1_000_003  # so that they are not those of the run


class Past(NamedTuple):
    """What a run begins with."""

    desk: Desk
    truth: Truth


KEPT = 3  # as many as a preview has runs
_PASTS: dict[tuple[str, int], Past] = {}  # the newest: all policies begin with the same


def remember(world: World, desk: Desk, truth: Truth, seed: int) -> None:
    """Give both the year that lies behind: the same one for every policy."""
    key = (repr(world), seed)
    if key not in _PASTS:
        if len(_PASTS) == KEPT:
            del _PASTS[next(iter(_PASTS))]
        _PASTS[key] = _lived(world, Desk(world, desk.crew, 0), Truth(world, desk.crew, seed), seed)
    desk.learn_of(_PASTS[key].desk)
    truth.wear_as(_PASTS[key].truth)


def _lived(world: World, desk: Desk, truth: Truth, seed: int) -> Past:
    """Of every request the first of the engine's ranking are asked, so many that everybody is asked as often as
    `size.asks_before` says, in the mean; all answers are waited for. Nobody leaves: whoever did was followed by
    somebody alike."""
    dice = np.random.default_rng([seed, 4])
    came = requests(world, seed + ANOTHER, DAYS, first=-DAYS)
    past = came[:: max(1, -(-len(came) // (EACH * len(desk.crew))))]
    each = world.of("size.asks_before") * len(desk.crew) / max(1, len(past))
    weeks = 0
    log: list[Logged] = []
    for wanted in past:
        now = wanted.at
        if now >= (weeks + LEARNT) * WEEK - DAYS * DAY:
            weeks += LEARNT
            desk.weights = recalibrate(log, desk.weights)._replace(version=weeks)
            desk.log, log = desk.log + log, []
        may = desk.possible(wanted)
        rank = desk.rank(desk.request(wanted, wanted.slots, frozenset(), now), now, Dials())
        asked = may[np.argsort(-rank[may], kind="stable")[: int(dice.poisson(each))]]
        chances, rests = truth.p(wanted, now), desk.rest(wanted, now)
        for who, throw in zip(asked.tolist(), dice.random(len(asked)), strict=True):
            accepted = bool(throw < chances[who])
            log.append(Logged(len(desk.log) + len(log), float(rests[who]), accepted))
            truth.asked(who, now)
            desk.asked(who, now)
            desk.settled(who, wanted.kind.code, accepted)
    desk.weights = recalibrate(log, desk.weights)._replace(version=DAYS // 7)
    desk.log = desk.log + log
    desk.log = desk.log[len(desk.log) // 2 :]  # LOOKED_BACK
    return Past(desk, truth)
