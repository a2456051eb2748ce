"""Every policy on every world with every seed, on as many processors as there are."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from matching.engine.model import Dials
from matching.simulation.figures import Figures, figures
from matching.simulation.hospital import Hospital
from matching.simulation.policies import POLICIES
from matching.simulation.world import World


class Trial(NamedTuple):
    """One run to be made."""

    world: World
    policy: str
    seed: int
    days: int


class Result(NamedTuple):
    """What came of it."""

    world: str
    policy: str
    seed: int
    figures: Figures


def trials(worlds: Sequence[World], policies: Sequence[str], seeds: int, days: int) -> list[Trial]:
    """All of them; seeds are 1, 2, …"""
    return [Trial(world, policy, seed, days)
            for world in worlds for seed in range(1, seeds + 1) for policy in policies]  # fmt: skip


def run(trial: Trial) -> Result:
    """One run. The same trial gives the same result on every machine."""
    hospital = Hospital(trial.world, POLICIES[trial.policy], trial.seed, trial.days, Dials())
    return Result(trial.world.name, trial.policy, trial.seed, figures(hospital.run()))


def compare(
    planned: Sequence[Trial], *, processes: int = 0, told: Callable[[int, int], None] = lambda done, all_: None
) -> list[Result]:
    """Run all, in the order they were planned. `processes`: how many at once, 0 for as many as there are processors;
    `told` hears after each how many are done."""
    count = processes or os.cpu_count() or 1
    if count == 1 or len(planned) == 1:
        return _heard(map(run, planned), len(planned), told)
    with ProcessPoolExecutor(min(count, len(planned)), mp_context=get_context("spawn")) as pool:
        return _heard(pool.map(run, planned), len(planned), told)


def _heard(results: Iterable[Result], all_: int, told: Callable[[int, int], None]) -> list[Result]:
    kept = []
    for done, result in enumerate(results, start=1):
        kept.append(result)
        told(done, all_)
    return kept
