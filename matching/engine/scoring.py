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
from functools import lru_cache
from heapq import nsmallest
from math import exp, log
from typing import NamedTuple

from matching.engine.eligible import DEFAULTS, eligible
from matching.engine.model import Dials, Member, Request
from matching.engine.reasons import EQUITY_PARTS, NONE, PARTS, SCORE_PARTS, Part, Reason, reasons, usual

__all__ = [
    "BUILT_IN", "EQUITY_PARTS", "HALF_LIFE", "PARTS", "SCORE_PARTS", "Part", "Reason", "Suggestion", "Weights",
    "chances", "explained", "fade", "probability", "ranked", "suggest",
]  # fmt: skip

MEMBER, CATEGORY, DISTANCE, RECENT, HOURS, WISH = 0.8, 0.6, -0.30, -0.15, -0.05, 0.2
MEMBER_ASKS, CATEGORY_ASKS = 6, 4  # pseudo-asks
EASY_HOURS = 4.0  # so many in 14 days tire nobody
LOAD_PRICE, ASKS_PRICE, UNASKED_BONUS = -0.30, -0.25, 0.4
UNASKED = timedelta(days=14)
HALF_LIFE = timedelta(hours=60)  # of a recent ask
NEVER = datetime(1, 1, 1, tzinfo=UTC)
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


# How they are ranked (the smallest first), then the contributions as SCORE_PARTS and as EQUITY_PARTS.
Scored = tuple[float, datetime, int, Member, tuple[float, ...], tuple[float, ...]]


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
    scored = _scored(request, fit, now, weights, dials)
    first = nsmallest(k, scored)
    middle = usual([one[3:] for one in scored]) if explain and first else None
    suggestions = []
    for _rank, _asked, _id, member, parts, equity in first:
        score = sum(parts)
        named = {part.value: value for part, value in zip(SCORE_PARTS, parts, strict=True)}
        priced = {part.value: value for part, value in zip(EQUITY_PARTS, equity, strict=True)}
        why = reasons(member, named | priced, middle, request, now) if middle is not None else ()
        suggestions.append(Suggestion(member, probability(score), score, named, priced, score + sum(equity), why))
    return suggestions


def explained(
    request: Request, fit: Sequence[Member], people: Collection[int], now: datetime,
    weights: Weights = BUILT_IN, dials: Dials = DEFAULTS,
) -> dict[int, tuple[Reason, ...]]:  # fmt: skip
    """The reasons for these of them (ids), as `ranked` gives them, without ranking the others."""
    scored = _scored(request, fit, now, weights, dials)
    middle = usual([one[3:] for one in scored]) if scored else None
    told = {}
    for _rank, _asked, id_, member, parts, equity in scored:
        if id_ in people and middle is not None:
            named = {part.value: value for part, value in zip(SCORE_PARTS + EQUITY_PARTS, parts + equity, strict=True)}
            told[id_] = reasons(member, named, middle, request, now)
    return told


def chances(
    request: Request, fit: Sequence[Member], now: datetime, weights: Weights = BUILT_IN
) -> dict[int, float]:  # fmt: skip
    """Of a yes, for each of them, by id."""
    scored = _scored(request, fit, now, weights, DEFAULTS)
    return {id_: probability(sum(parts)) for _rank, _asked, id_, _member, parts, _price in scored}


def probability(score: float) -> float:
    """Of a yes, from its logit."""
    return 1 / (1 + exp(-score)) if score > -700 else 0.0


def fade(recent: float, age: timedelta) -> float:
    """What `recent` asks count after a while: half as much after every HALF_LIFE."""
    return float(recent * 0.5 ** (age / HALF_LIFE))


def _scored(request: Request, fit: Sequence[Member], now: datetime, weights: Weights, dials: Dials) -> list[Scored]:
    """The contributions for each. One loop over plain numbers: a thousand members are scored while somebody waits."""
    slope, dial = weights.slope, dials.equity
    base, bonus = weights.intercept + _SNAP - _SNAP, dial * UNASKED_BONUS + _SNAP - _SNAP
    category, place, rate = request.category, request.place, weights.rate
    gender = "" if request.strict_gender else request.gender  # what is demanded is a rule and no wish
    wishes = bool(gender) + bool(request.dialect)
    unasked_since = now - UNASKED
    near: dict[int, float] = {}
    scored: list[Scored] = []
    for member in fit:
        tally, there = member.tally, member.categories.get(category, NONE)
        own, kind = _log_odds(tally.asked, tally.accepted, there.asked, there.accepted, rate)
        home = id(member.place)  # houses are shared and looked at once
        if home not in near:
            near[home] = slope * DISTANCE * place.distance(member.place) + _SNAP - _SNAP
        hours, recent, asked = member.hours14, member.recent, member.last_asked
        met = (bool(gender) and member.gender == gender) + (request.dialect in member.skills) if wishes else 0
        member_part = slope * MEMBER * own + _SNAP - _SNAP
        category_part = slope * CATEGORY * kind + _SNAP - _SNAP
        recent_part = slope * RECENT * recent + _SNAP - _SNAP
        hours_part = slope * HOURS * (hours - EASY_HOURS) + _SNAP - _SNAP if hours > EASY_HOURS else 0.0
        wish_part = slope * WISH * met / wishes + _SNAP - _SNAP if met else 0.0
        load, asks = dial * LOAD_PRICE * hours + _SNAP - _SNAP, dial * ASKS_PRICE * recent + _SNAP - _SNAP
        unasked = bonus if asked is None or asked <= unasked_since else 0.0
        parts = (base, member_part, category_part, near[home], recent_part, hours_part, wish_part)
        rank = -sum(parts) - load - asks - unasked
        scored.append((rank, asked or NEVER, member.id, member, parts, (load, asks, unasked)))
    return scored


@lru_cache(maxsize=1 << 16)
def _log_odds(asked: int, accepted: int, asked_here: int, accepted_here: int, rate: float) -> tuple[float, float]:
    """A member's against the hospital's, with few asks drawn to it; this service's against the member's own, drawn to
    that: somebody who says yes to everything is not counted twice."""
    accepted, accepted_here = min(accepted, asked), min(accepted_here, asked_here)  # so that no share is 1
    share = (accepted + MEMBER_ASKS * rate) / (asked + MEMBER_ASKS)
    here = (accepted_here + CATEGORY_ASKS * share) / (asked_here + CATEGORY_ASKS)
    own = log(share / (1 - share))
    return own - log(rate / (1 - rate)), log(here / (1 - here)) - own
