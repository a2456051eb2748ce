"""How likely somebody is to say yes, what their load says against asking them, and both in plain words.

The score is the logit of the probability of a yes; the equity price is kept apart and only changes the order. Every
contribution is a multiple of 2⁻³⁰, so that they sum to the score exactly, in any order and with any way of adding.
Numbers: docs/domain.md §11.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from heapq import nsmallest
from math import exp, log
from typing import NamedTuple

from matching.engine.eligible import DEFAULTS, eligible
from matching.engine.model import Dials, Member, Request, Tally
from matching.words import _

MEMBER, CATEGORY, DISTANCE, RECENT, HOURS, WISH = 0.8, 0.6, -0.30, -0.15, -0.05, 0.2
MEMBER_ASKS, CATEGORY_ASKS = 6, 4  # pseudo-asks
EASY_HOURS = 4.0  # in 14 days nobody minds
LOAD_PRICE, ASKS_PRICE, UNASKED_BONUS = -0.30, -0.25, 0.4
UNASKED = timedelta(days=14)
HALF_LIFE = timedelta(hours=60)  # of a recent ask
NEVER = datetime(1, 1, 1, tzinfo=UTC)
_GRID = 2.0**30


class Weights(NamedTuple):
    """What is learnt from the log: the logit of the average member's yes, how much the rest counts, and the share of
    asks that were accepted, towards which members with few asks are smoothed."""

    version: int = 0
    intercept: float = -1.6
    slope: float = 1.0
    rate: float = 0.168  # the share whose logit is −1.6


BUILT_IN = Weights()


class Part(StrEnum):
    """What the score and the equity price are made of."""

    base = "base"
    member = "member"
    category = "category"
    distance = "distance"
    recent = "recent"
    hours = "hours"
    wish = "wish"
    load = "load"
    asks = "asks"
    unasked = "unasked"


PARTS = {
    Part.base: _("全院平均"),
    Part.member: _("以往的答复"),
    Part.category: _("这类服务的答复"),
    Part.distance: _("距离"),
    Part.recent: _("最近收到的邀请"),
    Part.hours: _("近期服务时长"),
    Part.wish: _("符合对方的希望"),
    Part.load: _("均衡：服务时长"),
    Part.asks: _("均衡：收到的邀请"),
    Part.unasked: _("均衡：久未邀请"),
}
SCORE_PARTS = (Part.base, Part.member, Part.category, Part.distance, Part.recent, Part.hours, Part.wish)
EQUITY_PARTS = (Part.load, Part.asks, Part.unasked)


class Reason(NamedTuple):
    """A sentence (msgid) with its values by name; `part` says what it is about, empty for a plain fact."""

    part: str
    sentence: str
    values: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One member for one request. `p`: of a yes; `parts` sum to `score`, and with `equity` to `rank_score`."""

    member: Member
    p: float
    score: float
    parts: dict[str, float]
    equity: dict[str, float]
    rank_score: float
    reasons: tuple[Reason, ...] = ()


def probability(score: float) -> float:
    """Of a yes, from its logit."""
    return 1 / (1 + exp(-score)) if score > -700 else 0.0


def fade(recent: float, age: timedelta) -> float:
    """What `recent` asks count after a while."""
    return float(recent * 0.5 ** (age / HALF_LIFE))


@lru_cache(maxsize=1 << 16)
def _share(asked: int, accepted: int, towards: float, pseudo: int) -> float:
    return (accepted + pseudo * towards) / (asked + pseudo)


@lru_cache(maxsize=1 << 16)
def _terms(tally: tuple[int, int], category: tuple[int, int], rate: float) -> tuple[float, float]:
    """Log-odds of a member against the hospital's, and of the category against the member's own."""
    share = _share(*tally, rate, MEMBER_ASKS)
    there = _share(*category, share, CATEGORY_ASKS)
    own = log(share / (1 - share))
    return own - log(rate / (1 - rate)), log(there / (1 - there)) - own


class Scorer:
    """Scores members for one request."""

    def __init__(self, request: Request, now: datetime, weights: Weights, dials: Dials) -> None:
        self.request, self.now, self.weights, self.dials = request, now, weights, dials
        self.wishes = bool(request.gender and not request.strict_gender) + bool(request.dialect)

    def parts(self, member: Member) -> tuple[float, ...]:
        """The contributions to the score, in the order of SCORE_PARTS."""
        request, slope = self.request, self.weights.slope * _GRID
        tally = member.tally
        category = member.categories.get(request.category, _NONE)
        own, there = _terms((tally.asked, tally.accepted), (category.asked, category.accepted), self.weights.rate)
        over = member.hours14 - EASY_HOURS
        return (
            round(self.weights.intercept * _GRID) / _GRID,
            round(slope * MEMBER * own) / _GRID,
            round(slope * CATEGORY * there) / _GRID,
            round(slope * DISTANCE * request.place.distance(member.place)) / _GRID,
            round(slope * RECENT * member.recent) / _GRID,
            round(slope * HOURS * over) / _GRID if over > 0 else 0.0,
            round(slope * WISH * self.met(member)) / _GRID if self.wishes else 0.0,
        )

    def equity(self, member: Member) -> tuple[float, ...]:
        """What load says for or against asking them, in the order of EQUITY_PARTS."""
        dial = self.dials.equity * _GRID
        unasked = member.last_asked is None or self.now - member.last_asked >= UNASKED
        return (
            round(dial * LOAD_PRICE * member.hours14) / _GRID,
            round(dial * ASKS_PRICE * member.recent) / _GRID,
            round(dial * UNASKED_BONUS) / _GRID if unasked else 0.0,
        )

    def met(self, member: Member) -> float:
        """The share of the wishes that are met. What is demanded is a rule and no wish."""
        request = self.request
        met = bool(request.gender and not request.strict_gender and member.gender == request.gender)
        return (met + (bool(request.dialect) and request.dialect in member.skills)) / self.wishes


_NONE = Tally()


def suggest(
    request: Request, members: Iterable[Member], now: datetime, k: int,
    weights: Weights = BUILT_IN, dials: Dials = DEFAULTS,
) -> list[Suggestion]:  # fmt: skip
    """The first `k` of those who may be asked, with three reasons each. Input order does not matter."""
    return ranked(request, eligible(request, members, now, dials).fit, now, k, weights, dials)


def ranked(
    request: Request, fit: Sequence[Member], now: datetime, k: int,
    weights: Weights = BUILT_IN, dials: Dials = DEFAULTS, *, explain: bool = True,
) -> list[Suggestion]:  # fmt: skip
    """The first `k` of members who were screened already. Ties: the longest unasked, then the smaller id."""
    scorer = Scorer(request, now, weights, dials)
    scored = [(scorer.parts(member), scorer.equity(member), member) for member in fit]
    first = nsmallest(k, scored, key=lambda s: (-sum(s[0]) - sum(s[1]), s[2].last_asked or NEVER, s[2].id))
    return [_suggestion(member, parts, equity) for parts, equity, member in first]


def _suggestion(member: Member, parts: tuple[float, ...], equity: tuple[float, ...]) -> Suggestion:
    score = sum(parts)
    return Suggestion(
        member,
        probability(score),
        score,
        {part.value: value for part, value in zip(SCORE_PARTS, parts, strict=True)},
        {part.value: value for part, value in zip(EQUITY_PARTS, equity, strict=True)},
        score + sum(equity),
    )
