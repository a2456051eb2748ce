"""What one run comes to, in a few numbers; and what several seeds come to, with 95 % intervals."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from matching.simulation.jobs import Run

DECILES = 10
URGENT = 1  # tier
# Student's t, 97.5 %, for 1, 2, … degrees of freedom; beyond the table the normal's 1.96 is taken.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
           2.120, 2.110, 2.101, 2.093, 2.086)  # fmt: skip


class Figures(NamedTuple):
    """One run. Shares from 0 to 1; NaN where there is nothing to count."""

    filled: float  # share of slots that somebody came for
    asks: float  # asks, those for nothing included, for each slot that somebody came for
    lost: float  # members who left for being asked too often
    hit5: float  # share of first waves in which one of the first five of the ranking would have said yes
    urgent_p90: float  # minutes from dispatch within which 9 of 10 claims of tier T1 come
    gini: float  # of hours served, over all members
    calibration: float  # of ten equal groups by the chance that the engine told, the largest error, in points
    weekly: float  # asks a member a week
    never: float  # share of members nobody asked


class Estimate(NamedTuple):
    """A mean over seeds, and the half width of its 95 % interval (NaN for one seed)."""

    mean: float
    half: float


def figures(run: Run) -> Figures:
    """Count."""
    slots = sum(job.wanted.slots for job in run.jobs)
    served = sum(job.served for job in run.jobs)
    asks = sum(job.asks for job in run.jobs)
    hits = [job.hit for job in run.jobs if job.hit is not None]
    waits = [at - job.wanted.at for job in run.jobs if job.wanted.kind.tier == URGENT for at in job.claims]
    return Figures(
        filled=served / slots if slots else np.nan,
        asks=asks / served if served else np.nan,
        lost=float(run.lost),
        hit5=sum(hits) / len(hits) if hits else np.nan,
        urgent_p90=float(np.quantile(waits, 0.9)) if waits else np.nan,
        gini=gini(run.hours),
        calibration=calibration(run.told),
        weekly=float(run.asks.mean()) * 7 / run.days,
        never=float((run.asks == 0).mean()),
    )


def gini(values: Sequence[float] | np.ndarray) -> float:
    """0 when all have the same, towards 1 when one has all; NaN when nobody has any."""
    ordered = np.sort(np.asarray(values, dtype=float))
    count, total = len(ordered), float(ordered.sum())
    if not total:
        return float("nan")
    return float(((2 * np.arange(1, count + 1) - count - 1) * ordered).sum() / (count * total))


def calibration(told: Sequence[tuple[float, float]]) -> float:
    """Asks in ten equal groups by the chance that was told; the largest distance of a group's mean to the mean of the
    true chances, in points. The true chance is known here, so that no luck of the dice is in it."""
    if len(told) < DECILES:
        return float("nan")
    pairs = np.array(told)
    groups = np.array_split(pairs[np.argsort(pairs[:, 0], kind="stable")], DECILES)
    return 100 * max(abs(float(group[:, 0].mean() - group[:, 1].mean())) for group in groups)


def estimate(values: Sequence[float]) -> Estimate:
    """Of runs with different seeds; those with nothing to count are left out."""
    known = [value for value in values if not np.isnan(value)]
    if not known:
        return Estimate(float("nan"), float("nan"))
    mean = sum(known) / len(known)
    if len(known) == 1:
        return Estimate(mean, float("nan"))
    spread = sqrt(sum((value - mean) ** 2 for value in known) / (len(known) - 1))
    return Estimate(mean, _student(len(known) - 1) * spread / sqrt(len(known)))


def _student(degrees: int) -> float:
    return STUDENT[degrees - 1] if degrees <= len(STUDENT) else 1.96
