"""Whom to ask next, how many, and when to give up: few people, the right ones, and more when nobody answers.

Whoever has not answered by the next wave may still say yes as long as a slot is free, so that they count there with
what is left of their chance. Numbers: docs/domain.md §11.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from matching.clock import SHANGHAI
from matching.engine.eligible import DEFAULTS, Rule, Screening, eligible
from matching.engine.model import MOST_URGENT, Dials, Member, Request
from matching.engine.scoring import BUILT_IN, Suggestion, Weights, ranked

FAST_MINUTES, FAST_SPACING = 60, timedelta(minutes=12)
STEP_FAST, STEP_SLOW = 0.05, 0.08
MOST_SURE = 0.99
AT_MOST = 8  # asks for each open slot in the first wave, twice as many in the second …
MAX_WAVES = 8  # our own: with the pauses of the tiers about as long as their claim limits
PATIENCE = 3.0  # our own: pauses, after which half of those who will say yes are taken to have said so
CHANCE = 2  # our own: pauses; who has had fewer to answer when others fill the request is not counted as asked
LOOK_AHEAD, LOOKS = timedelta(days=1), 8
SURE_ENOUGH = 1e-12  # what rounding may take away
PASSING = frozenset({Rule.muted, Rule.leave, Rule.availability, Rule.overlap, Rule.engaged})


class Why(StrEnum):
    """Why a decision is what it is."""

    asking = "asking"
    filled = "filled"
    quiet = "quiet"
    spacing = "spacing"
    enough = "enough"
    later = "later"
    night = "night"
    nobody = "nobody"
    too_many = "too_many"


@dataclass(frozen=True, slots=True)
class Asked:
    """An ask for this request that is still open: the chance of a yes as it was computed, and when it went out."""

    p: float
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """What went out for this request: how many waves, when the newest that is still waited for, and every ask that may
    still be answered with yes, however old."""

    waves: int = 0
    last_at: datetime | None = None
    open: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class WaveDecision:
    """`members` are to be asked now as wave number `wave` (1 is the first); `next_at` is when to decide again, None
    when it is handed back to the lead or filled. `chance`: that the open slots are filled by what is then outstanding;
    `target`: what was aimed at."""

    members: list[Suggestion] = field(default_factory=list)
    next_at: datetime | None = None
    hand_back: bool = False
    why: Why = Why.asking
    wave: int = 0
    chance: float = 0.0
    target: float = 0.0


def next_wave(
    request: Request, members: Iterable[Member], history: History, now: datetime,
    weights: Weights = BUILT_IN, dials: Dials = DEFAULTS,
) -> WaveDecision:  # fmt: skip
    """Decide for one request. `members` are all who might be asked: they are screened here."""
    if request.slots <= 0:
        return WaveDecision(why=Why.filled)
    if history.last_at is not None and now < history.last_at + request.spacing:
        return WaveDecision(next_at=history.last_at + request.spacing, why=Why.spacing)
    if request.urgency < MOST_URGENT and (morning := quiet_until(now, dials)) is not None:
        if request.deadline is not None and request.deadline <= morning:
            return WaveDecision(hand_back=True, why=Why.night)
        return WaveDecision(next_at=morning, why=Why.quiet)
    if history.waves >= MAX_WAVES:
        return WaveDecision(hand_back=True, why=Why.too_many)
    people = members if isinstance(members, Sequence) else list(members)
    screening = eligible(request, people, now, dials)
    if not screening.fit:
        later = _later(request, people, screening, now, dials)
        return WaveDecision(next_at=later, hand_back=later is None, why=Why.nobody if later is None else Why.later)
    most = AT_MOST * request.slots * (1 + history.waves)
    first = ranked(request, screening.fit, now, most, weights, dials, explain=False)
    target = target_of(request, history.waves, dials)
    outstanding = [still(ask, now, request.spacing) for ask in history.open]
    count, chance = fewest(outstanding, [one.p for one in first], request.slots, target)
    why, wave = (Why.asking, history.waves + 1) if count else (Why.enough, history.waves)
    return WaveDecision(first[:count], now + request.spacing, False, why, wave, chance, target)


def still(ask: Asked, now: datetime, spacing: timedelta) -> float:
    """The chance that somebody who has said nothing so far will yet say yes."""
    yet = ask.p * 0.5 ** (max((now - ask.at) / spacing, 0.0) / PATIENCE)
    return yet / (yet + 1 - ask.p) if yet else 0.0


def _later(
    request: Request, people: Sequence[Member], screening: Screening, now: datetime, dials: Dials
) -> datetime | None:
    """When somebody could be asked of whom nobody can be now: their hours begin, a leave ends, another ask is
    answered. None: not before half of the time to the deadline is gone (a day without one), so that the lead, who may
    know more, hears of it in time."""
    end = now + (LOOK_AHEAD if request.deadline is None else (request.deadline - now) / 2)
    moments: dict[datetime, list[Member]] = {}
    soon = now + request.spacing
    for member in people:
        refusal = screening.refused[member.id]
        if refusal.rule in PASSING and refusal.until is not None and now < refusal.until <= end:
            moments.setdefault(refusal.until, []).append(member)
        elif refusal.rule is Rule.waiting and request.deadline is not None and soon <= end:
            return soon
    for moment in sorted(moments)[:LOOKS]:
        if eligible(request, moments[moment], moment, dials).fit:
            return moment
    return None


def target_of(request: Request, wave: int, dials: Dials) -> float:
    """How sure wave number `wave` (0 is the first) makes that the open slots are filled."""
    if request.minutes <= FAST_MINUTES and request.spacing < FAST_SPACING:
        return min(MOST_SURE, dials.target_fast + STEP_FAST * wave)
    return min(MOST_SURE, dials.target_slow + STEP_SLOW * wave)


def fewest(outstanding: Sequence[float], ps: Sequence[float], slots: int, target: float) -> tuple[int, float]:
    """The smallest k so that of `outstanding` and the first k of `ps` at least `slots` say yes with `target`, or all
    of them; and how likely that is then. Exact: the Poisson-binomial distribution, one step a person."""
    below = [1.0] + [0.0] * (slots - 1)  # that exactly so many say yes, as long as that is not enough
    for p in outstanding:
        _add(below, p)
    for k, p in enumerate(ps):
        if 1 - sum(below) >= target - SURE_ENOUGH:
            return k, 1 - sum(below)
        _add(below, p)
    return len(ps), 1 - sum(below)


def _add(below: list[float], p: float) -> None:
    for yes in range(len(below) - 1, 0, -1):
        below[yes] = below[yes] * (1 - p) + below[yes - 1] * p
    below[0] *= 1 - p


def quiet_until(now: datetime, dials: Dials) -> datetime | None:
    """When the quiet hours end in which `now` lies; None if it lies in none. From and to alike: never quiet."""
    local = now.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    if (minute - dials.quiet_from) % 1440 >= (dials.quiet_to - dials.quiet_from) % 1440:
        return None
    start = local.replace(minute=0, hour=0, second=0, microsecond=0)
    until = start + timedelta(minutes=dials.quiet_to)
    return (until if until > local else until + timedelta(days=1)).astimezone(now.tzinfo)
