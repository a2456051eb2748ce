"""What was asked before day 0: the counts a hospital has when a run begins."""

import numpy as np

from matching.simulation.demand import requests
from matching.simulation.desk import Desk
from matching.simulation.truth import Truth
from matching.simulation.world import World

BEFORE, DAYS = 400, 14  # past requests, at most, of so many days
ANOTHER = 1_000_003  # so that they are not those of the run


def remember(world: World, desk: Desk, truth: Truth, seed: int) -> None:
    """Count asks and answers of people who were rested, each asked about as often as `size.asks_before` says; who
    holds more skills was asked more."""
    dice = np.random.default_rng([seed, 4])
    past = requests(world, seed + ANOTHER, DAYS)[:BEFORE]
    each = world.of("size.asks_before") * len(desk.crew) / max(1, len(past))
    for wanted in past:
        asked = dice.permutation(desk.possible(wanted))[: int(dice.poisson(each))]
        chances = truth.p(wanted, wanted.at, rested=True)
        for who, throw in zip(asked, dice.random(len(asked)), strict=True):
            desk.settled(int(who), wanted.kind.code, bool(throw < chances[who]))
