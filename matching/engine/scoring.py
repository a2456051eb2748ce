"""How likely somebody is to say yes, and what their load says against asking them (docs/domain.md §11).

The score is the logit of the probability of a yes. The equity price only changes the order and is kept apart. Every
contribution is a multiple of 2⁻³⁰, so that they sum to the score exactly, in any order and on every machine.

All log-odds are differences: a member's to the hospital's, a service's to the member's own. Somebody of whom nothing
is known scores the intercept, which is therefore the logit of the hospital's rate at no distance and without fatigue,
and which the weekly recalibration moves; the slope mends a spread that is too wide or too narrow.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engine.crowd import Crowd
from matching.engine.eligible import DEFAULTS, eligible
from matching.engine.model import Dials, Member, Request, Tally
from matching.engine.reasons import EQUITY_PARTS, NONE, PARTS, SCORE_PARTS, Part, Reason, reasons, usual

__all__ = [
    "BUILT_IN", "EQUITY_PARTS", "HALF_LIFE", "PARTS", "SCORE_PARTS", "Part", "Reason", "Suggestion", "Weights",
    "chances", "explained", "fade", "faded", "probability", "ranked", "suggest",
]  # fmt: skip

Numbers = NDArray[np.float64]
MEMBER, CATEGORY, DISTANCE, RECENT, HOURS, WISH = 0.8, 0.6, -0.30, -0.15, -0.05, 0.2
MEMBER_ASKS, CATEGORY_ASKS = 6, 4  # pseudo-asks
EASY_HOURS = 4.0  # so many in 14 days tire nobody
LOAD_PRICE, ASKS_PRICE, UNASKED_BONUS = -0.30, -0.25, 0.4
UNASKED = timedelta(days=14)
HALF_LIFE = timedelta(hours=60)  # of a recent ask
NEVER = datetime(1, 1, 1, tzinfo=UTC)
SCORE_NAMES, EQUITY_NAMES = tuple(part.value for part in SCORE_PARTS), tuple(part.value for part in EQUITY_PARTS)
# Adding this and taking it away again rounds to 30 bits behind the point: a double as large as this has no more.
_SNAP = 1.5 * 2**22


class Weights(NamedTuple):
    """What is learnt from the log: the logit of a yes of somebody of whom nothing is known, how much what is known
    counts, and the share of all asks that were accepted, to which a person's few are smoothed."""

    version: int = 0
    intercept: float = -1.6
    slope: float = 1.0
    rate: float = 0.168  # its logit is −1.6


BUILT_IN = Weights()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One member for one request. `p`: of a yes. `parts` sum to `score`, and with `equity` to `rank_score`."""

    member: Member
    p: float
    score: float
    parts: dict[str, float]
    equity: dict[str, float]
    rank_score: float
    reasons: tuple[Reason, ...] = ()


class Scored(NamedTuple):
    """Everybody's contributions, one row a part in the order of SCORE_PARTS and EQUITY_PARTS."""

    crowd: Crowd
    hours14: Numbers
    contributions: Numbers

    @property
    def scores(self) -> Numbers:
        """The logits."""
        return np.asarray(self.contributions[: len(SCORE_PARTS)].sum(axis=0))

    def first(self, k: int) -> list[int]:
        """Places of the first `k`. Ties: the longest unasked first, then the smaller id."""
        rank = self.contributions.sum(axis=0)
        last = np.partition(rank, -k)[-k] if k < len(rank) else -np.inf
        asked, ids = self.crowd.column("last_asked"), self.crowd.column("id")
        order = sorted(
            (-rank[place], asked.at(place) or NEVER, ids.at(place), place)
            for place in np.flatnonzero(rank >= last).tolist()
        )
        return [one[-1] for one in order[:k]]


def suggest(
    request: Request, members: Iterable[Member], now: datetime, k: int,
    weights: Weights = BUILT_IN, dials: Dials = DEFAULTS,
) -> list[Suggestion]:  # fmt: skip
    """The first `k` of those who may be asked, with three reasons each. The order of `members` does not matter."""
    return ranked(request, eligible(request, members, now, dials).fit, now, k, weights, dials)


def ranked(
    request: Request, fit: Sequence[Member], now: datetime, k: int,
    weights: Weights = BUILT_IN, dials: Dials = DEFAULTS, *, explain: bool = True,
) -> list[Suggestion]:  # fmt: skip
    """The first `k` of members who were screened already; with reasons if wanted. Ties: the longest unasked first,
    then the smaller id."""
    if not fit or k <= 0:
        return []
    scored = _scored(request, fit, now, weights, dials)
    middle = usual(scored.contributions, scored.hours14) if explain else None
    suggestions = []
    for place in scored.first(k):
        member, values = scored.crowd[place], scored.contributions[:, place].tolist()
        parts = dict(zip(SCORE_NAMES, values, strict=False))
        equity = dict(zip(EQUITY_NAMES, values[len(SCORE_NAMES) :], strict=True))
        score = sum(parts.values())
        why = reasons(member, parts | equity, middle, request, now) if middle is not None else ()
        total = score + sum(equity.values())
        suggestions.append(Suggestion(member, probability(score), score, parts, equity, total, why))
    return suggestions


def explained(
    request: Request, fit: Sequence[Member], people: Collection[int], now: datetime,
    weights: Weights = BUILT_IN, dials: Dials = DEFAULTS,
) -> dict[int, tuple[Reason, ...]]:  # fmt: skip
    """The reasons for these of them (ids), as `ranked` gives them, without ranking the others."""
    if not fit:
        return {}
    scored = _scored(request, fit, now, weights, dials)
    middle = usual(scored.contributions, scored.hours14)
    told = {}
    for place, id_ in enumerate(scored.crowd.column("id").each()):
        if id_ in people:
            values = scored.contributions[:, place].tolist()
            named = dict(zip(SCORE_NAMES + EQUITY_NAMES, values, strict=True))
            told[id_] = reasons(scored.crowd[place], named, middle, request, now)
    return told


def chances(
    request: Request, fit: Sequence[Member], now: datetime, weights: Weights = BUILT_IN
) -> dict[int, float]:  # fmt: skip
    """Of a yes, for each of them, by id."""
    if not fit:
        return {}
    scored = _scored(request, fit, now, weights, DEFAULTS)
    ids = scored.crowd.column("id").each()
    return {id_: probability(score) for id_, score in zip(ids, scored.scores.tolist(), strict=True)}


def probability(score: float) -> float:
    """Of a yes, from its logit."""
    return 1 / (1 + exp(-score)) if score > -700 else 0.0


def fade(recent: float, age: timedelta) -> float:
    """What `recent` asks count after a while: half as much after every HALF_LIFE."""
    return float(recent * 0.5 ** (age / HALF_LIFE))


def faded(recent: Numbers, ages: NDArray[np.timedelta64]) -> list[float]:
    """The same of many, where nothing is as old as 'not a time'. Powers one by one, as logarithms."""
    told = ~np.isnat(ages)
    shares = np.where(told, ages, np.timedelta64(0)) / np.timedelta64(HALF_LIFE)
    left: list[float] = np.where(told, recent * [0.5**share for share in shares.tolist()], 0.0).tolist()
    return left


def _scored(request: Request, fit: Sequence[Member], now: datetime, weights: Weights, dials: Dials) -> Scored:
    """The contributions of each, by column: a thousand members are scored while somebody waits."""
    crowd = fit if isinstance(fit, Crowd) else Crowd.of(fit)
    slope, dial = weights.slope, dials.equity
    own, kind = _log_odds(crowd, request.category, weights.rate)
    house, houses = crowd.column("place")
    walks = np.array([request.place.distance(one) for one in houses])[house]
    hours, recent = crowd.numbers("hours14"), crowd.numbers("recent")
    contributions = np.array(
        [
            np.full(len(crowd), weights.intercept),
            slope * MEMBER * own,
            slope * CATEGORY * kind,
            slope * DISTANCE * walks,
            slope * RECENT * recent,
            slope * HOURS * np.maximum(hours - EASY_HOURS, 0.0),
            slope * WISH * _met(crowd, request),
            dial * LOAD_PRICE * hours,
            dial * ASKS_PRICE * recent,
            dial * UNASKED_BONUS * crowd.before("last_asked", now - UNASKED),
        ]
    )
    return Scored(crowd, hours, contributions + _SNAP - _SNAP)


def _met(crowd: Crowd, request: Request) -> Numbers:
    """The share of the wishes that each meets; what is demanded is a rule and no wish."""
    gender, dialect = "" if request.strict_gender else request.gender, request.dialect
    met = [crowd.which("gender", lambda has: has == gender)] if gender else []
    met += [crowd.which("skills", lambda has: dialect in has)] if dialect else []
    return np.asarray(sum(met, np.zeros(len(crowd))) / max(len(met), 1))


def _log_odds(crowd: Crowd, category: str, rate: float) -> tuple[Numbers, Numbers]:
    """Each member's against the hospital's, with few asks drawn to it; this service's against the member's own, drawn
    to that: somebody who says yes to everything is not counted twice."""
    tallies = crowd.column("tally")
    asked, accepted = _counts(tallies.values)
    share = (accepted + MEMBER_ASKS * rate) / (asked + MEMBER_ASKS)
    mine = _logs(share / (1 - share))[tallies.codes]
    kinds = crowd.column("categories")
    asked, accepted = (one[kinds.codes] for one in _counts([known.get(category, NONE) for known in kinds.values]))
    here = (accepted + CATEGORY_ASKS * share[tallies.codes]) / (asked + CATEGORY_ASKS)
    return mine - log(rate / (1 - rate)), _logs(here / (1 - here)) - mine


def _counts(tallies: Sequence[Tally]) -> tuple[Numbers, Numbers]:
    """Asked, and accepted of these, so that no share is 1."""
    asked = np.array([one.asked for one in tallies], float)
    return asked, np.minimum([one.accepted for one in tallies], asked)


def _logs(of: Numbers) -> Numbers:
    """One by one: numpy's own differ in the last bit from machine to machine."""
    return np.fromiter(map(log, of.tolist()), float, len(of))
