"""Recalibration: two numbers, the intercept and the slope, learnt weekly from what members answered.

Deterministic to the last bit: sums are exact (fsum), whatever their order, the steps are counted, and the result is
rounded to what matters, so that a replay of the same log gives the same weights on every machine.

An ask that others overtook has no answer, and cannot simply be left out: the yes that overtook it is in the log, so
that people would seem to say yes too often. It counts with what was left of its chance. Numbers: docs/domain.md §11.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from math import fsum
from typing import NamedTuple

from matching.engine.scoring import SCORE_PARTS, Part, Weights, probability

PRIOR_INTERCEPT, PRIOR_SLOPE = 0.5, 0.2  # how far a week may move them: standard deviations
RATE_ASKS = 50  # pseudo-asks at the previous rate
STEPS = 50  # at most
SAME = 1e-9  # a step so small changes nothing of what is kept
DECIMALS = 6
LEFT = 0.6  # our own: of those who will say yes so many have not yet when others fill the request
LEAST_RATE, MOST_RATE = 0.02, 0.98
LEAST_SLOPE, MOST_SLOPE = 0.25, 4.0


class Logged(NamedTuple):
    """One ask that was answered or ran out, or was `overtaken`: withdrawn before, because others were faster. `rest`:
    its score without calibration."""

    id: int
    rest: float
    accepted: bool
    overtaken: bool = False


def rest_of(parts: Mapping[str, float], weights: Weights) -> float:
    """The score without calibration, from the contributions that were computed with `weights`. The equity price, which
    may be kept among them, says nothing about the chance."""
    return fsum(parts.get(part, 0.0) for part in SCORE_PARTS if part is not Part.base) / weights.slope


def recalibrate(log: Iterable[Logged], previous: Weights) -> Weights:
    """The next version: the two numbers that explain the log best without leaving the previous ones further than a
    week's answers justify. The order of the log does not matter; an empty log changes the version only."""
    asks = list(log)
    intercept, slope = previous.intercept, previous.slope
    for _step in range(STEPS):
        before = intercept, slope
        intercept, slope = _better(asks, previous, intercept, slope)
        if abs(intercept - before[0]) + abs(slope - before[1]) < SAME:
            break
    counted = [ask for ask in asks if not ask.overtaken]  # as in the counts of members, which the rate is held against
    yes = sum(ask.accepted for ask in counted)
    # Later versions move the rate less and less: what members score was learnt against the one that was.
    share = (yes + RATE_ASKS * previous.rate) / (len(counted) + RATE_ASKS)
    rate = previous.rate + (share - previous.rate) / previous.version if previous.version else share
    return Weights(
        previous.version + 1,
        round(intercept, DECIMALS),
        round(min(MOST_SLOPE, max(LEAST_SLOPE, slope)), DECIMALS),
        round(min(MOST_RATE, max(LEAST_RATE, rate)), DECIMALS),
    )


def _better(asks: Sequence[Logged], prior: Weights, intercept: float, slope: float) -> tuple[float, float]:
    """One step up the penalised likelihood, Newton's but for asks that were overtaken: there what a yes has left of its
    chance is put in its place (expectation and maximisation). No further than 1 in either number."""
    ps = [probability(intercept + slope * ask.rest) for ask in asks]
    offs = [(p * LEFT / (p * LEFT + 1 - p) if ask.overtaken else ask.accepted) - p
            for ask, p in zip(asks, ps, strict=True)]  # fmt: skip
    tight_a, tight_b = PRIOR_INTERCEPT**-2, PRIOR_SLOPE**-2
    slope_a = fsum(offs) - tight_a * (intercept - prior.intercept)
    slope_b = fsum(off * ask.rest for ask, off in zip(asks, offs, strict=True))
    slope_b -= tight_b * (slope - prior.slope)
    aa = fsum(p * (1 - p) for p in ps) + tight_a
    ab = fsum(p * (1 - p) * ask.rest for ask, p in zip(asks, ps, strict=True))
    bb = fsum(p * (1 - p) * ask.rest**2 for ask, p in zip(asks, ps, strict=True)) + tight_b
    determinant = aa * bb - ab * ab
    step_a = (bb * slope_a - ab * slope_b) / determinant
    step_b = (aa * slope_b - ab * slope_a) / determinant
    return intercept + max(-1.0, min(1.0, step_a)), slope + max(-1.0, min(1.0, step_b))


def log_hash(log: Iterable[Logged]) -> str:
    """64 characters: another one as soon as an ask of the log is another one."""
    lines = (f"{ask.id} {ask.rest.hex()} {_answer(ask)}\n" for ask in sorted(log))
    return sha256("".join(lines).encode()).hexdigest()


def _answer(ask: Logged) -> str:
    return "overtaken" if ask.overtaken else str(int(ask.accepted))


def replay(logs: Sequence[Iterable[Logged]], start: Weights) -> list[Weights]:
    """Every version that the logs of one week after another lead to, from `start` on."""
    versions = [start]
    for log in logs:
        versions.append(recalibrate(log, versions[-1]))
    return versions
