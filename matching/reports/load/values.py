"""What people and branches carry, and how unequally: plain values, counted in counting.py. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from matching.reports.periods import Period
from matching.units.model import Unit

FEW = 5  # people; below it a share or a Gini says little (docs/domain.md §4)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Load:
    """What one person carried in the period. Services that are neither pleasant nor hard are the rest of `done`."""

    id: int
    no: str
    name: str
    unit: str
    minutes: int = 0
    minutes14: int = 0  # of requests in the last 14 days, as the engine counts them (docs/domain.md §11)
    done: int = 0
    pleasant: int = 0
    hard: int = 0
    asks: int = 0
    accepted: int = 0
    last_asked: datetime | None = None  # None: never
    muted_until: datetime | None = None
    on_leave: bool = False

    @property
    def hours(self) -> float:
        """Of all their services."""
        return self.minutes / 60

    @property
    def hours14(self) -> float:
        """Those that the engine goes by."""
        return self.minutes14 / 60


@dataclass
class Branch:
    """A branch with its people; people of a unit above the branches count there."""

    unit: Unit
    people: list[Load] = field(default_factory=list)

    def total(self, name: str) -> int:
        """The sum over its people of `minutes`, `asks` …"""
        return sum(getattr(one, name) for one in self.people)

    @property
    def hours(self) -> float:
        """Of all its people."""
        return self.total("minutes") / 60

    @property
    def hours14(self) -> float:
        """Of all its people, those that the engine goes by."""
        return self.total("minutes14") / 60

    @property
    def gini_hours(self) -> float | None:
        """See `gini`."""
        return gini([one.minutes for one in self.people])

    @property
    def gini_asks(self) -> float | None:
        """See `gini`."""
        return gini([one.asks for one in self.people])

    @property
    def served(self) -> int:
        """How many of its people served at all."""
        return sum(one.done > 0 for one in self.people)

    @property
    def participation(self) -> float | None:
        """The share of its people who served; None for nobody."""
        return self.served / len(self.people) if self.people else None

    @property
    def of_busiest(self) -> float | None:
        """See `of_busiest`."""
        return of_busiest([one.minutes for one in self.people])

    @property
    def not_asked(self) -> list[Load]:
        """Who was not asked in the period, those never asked at all first, then the longest ago."""
        ours = [one for one in self.people if not one.asks]
        return sorted(ours, key=lambda one: (one.last_asked or NEVER, one.id))

    @property
    def few(self) -> bool:
        """Whether it is too small for its Gini to say much."""
        return len(self.people) < FEW


@dataclass(frozen=True)
class Fairness:
    """Branches in the order of the tree; the period ends today."""

    period: Period
    branches: list[Branch]

    @property
    def days(self) -> int:
        """How many."""
        return self.period.days

    @property
    def together(self) -> Branch | None:
        """See `together`."""
        return together(self.branches)


def together(branches: Sequence[Branch]) -> Branch | None:
    """Everybody in them, under the first unit, where there are several."""
    people = [one for branch in branches for one in branch.people]
    return Branch(branches[0].unit, people) if len(branches) > 1 else None


def gini(amounts: Sequence[float]) -> float | None:
    """How unequally something is spread: 0 all alike, near 1 all with one. None for nobody or nothing to spread.

    The mean difference of all pairs over twice the mean, zeros counted, for the people there are (not a sample).
    """
    total, n = sum(amounts), len(amounts)
    if n < 2 or total <= 0:
        return None
    weighted = sum(rank * amount for rank, amount in enumerate(sorted(amounts), 1))
    return max(0.0, 2 * weighted / (n * total) - (n + 1) / n)


def of_busiest(amounts: Sequence[float]) -> float | None:
    """Which share of all stands with the tenth of people who have most, that number rounded up. None as for `gini`."""
    total, n = sum(amounts), len(amounts)
    if n < 2 or total <= 0:
        return None
    return sum(sorted(amounts, reverse=True)[: -(-n // 10)]) / total
