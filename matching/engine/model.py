"""What the engine is told about members, requests and asks. Moments are aware; spans include their start only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import hypot
from typing import NamedTuple

# Our own: a place nobody named, and another building: on a campus of three by three houses two lie 2 walks apart.
UNKNOWN_DISTANCE, ELSEWHERE = 1.5, 2.0
URGENCY_OF = {"T1": 3, "T2": 2, "T3": 1, "T4": 0}  # by tier (docs/domain.md §3)
MOST_URGENT = 3


class Span(NamedTuple):
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def meets(self, other: "Span") -> bool:
        """Whether the two share a moment."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: "Span") -> bool:
        """Whether the other lies wholly within."""
        return self.start <= other.start and other.end <= self.end


class Engaged(NamedTuple):
    """Hours of an activity that somebody is to be at. `request`: the id of the one that it came of, 0 for none."""

    start: datetime
    end: datetime
    request: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A building by name, or a point where distances are known (in units of one walk between neighbouring houses)."""

    building: str = ""
    point: tuple[float, float] | None = None

    def distance(self, other: "Place") -> float:
        """In walks: 0 in the same building, 2 to another one, a little less where either is unknown."""
        if self.point is not None and other.point is not None:
            return hypot(self.point[0] - other.point[0], self.point[1] - other.point[1])
        if not self.building or not other.building:
            return UNKNOWN_DISTANCE
        return 0.0 if self.building == other.building else ELSEWHERE


@dataclass(frozen=True, slots=True)
class Tally:
    """How often somebody was asked, and said yes. Asks withdrawn because the request was full count in neither."""

    asked: int = 0
    accepted: int = 0


@dataclass(slots=True)  # not frozen, though nobody changes one: freezing makes a thousand of them ten times as slow
class Member:
    """One person who might be asked. `free` says when, already worked out of shifts, leave and own hours for the days
    that matter; `away` says of the same days when a leave is the reason."""

    id: int
    unit_path: str = "/"
    active: bool = True
    muted_until: datetime | None = None
    skills: frozenset[str] = frozenset()  # valid today
    licences: frozenset[str] = frozenset()  # skills whose registration is known to be valid
    gender: str = ""  # f, m or empty
    cleared: bool = False  # trained for work with children
    place: Place = Place()
    free: tuple[Span, ...] = ()
    away: tuple[Span, ...] = ()
    commitments: tuple[Span, ...] = ()  # what they took
    engaged: tuple[Engaged, ...] = ()
    hours14: float = 0.0  # served in the last 14 days
    hours_cap: float | None = None  # of their own, in 14 days; None: the hospital's
    tally: Tally = Tally()
    categories: Mapping[str, Tally] = field(default_factory=dict)
    recent: float = 0.0  # asks, each worth half as much after every HALF_LIFE, as of `now`
    last_asked: datetime | None = None
    waiting: bool = False  # has an ask that is not answered yet
    branch: int | str = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be done. `skills`: of every group at least one is needed (a service names any of several)."""

    id: int
    category: str = ""
    unit_path: str = "/"  # who is in scope: members at or below
    urgency: int = 1  # 0 planned … 3 most urgent, see URGENCY_OF
    skills: tuple[frozenset[str], ...] = ()
    licensed: frozenset[str] = frozenset()  # skills that count only with a valid registration
    place: Place = Place()
    window: Span | None = None  # None: as soon as somebody comes
    whole: bool = True  # the whole window is served; otherwise any `minutes` of it do, the two agree on them
    minutes: int = 30  # of service, without the way
    slots: int = 1  # still open
    deadline: datetime | None = None  # None: there is none, or it is missed already
    gender: str = ""  # wished
    dialect: str = ""  # wished: a skill word
    strict_gender: bool = False
    for_child: bool = False
    asked: frozenset[int] = frozenset()  # ids of those who were asked for this already, or hold it
    spacing: timedelta = timedelta(minutes=30)  # between waves


class Dials(NamedTuple):
    """What a hospital may turn. Defaults: docs/domain.md §11 (matching)."""

    equity: float = 1.0  # times the price of unequal load
    ask_cap: float = 6.0  # recent asks; the most urgent tier is exempt
    hours_cap: float = 12.0  # in 14 days
    target_fast: float = 0.80  # P(filled) of the first wave, requests up to 1 h with waves under 12 minutes
    target_slow: float = 0.65
    quiet_from: int = 21 * 60 + 30  # minutes after midnight in Shanghai
    quiet_to: int = 7 * 60 + 30
    clearance: bool = False  # requests for a child need a cleared member
