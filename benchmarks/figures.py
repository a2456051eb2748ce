"""A figure beside its limit."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """`value` against `limit`; `least` says that more is better. `note` tells the parts it was made of."""

    name: str
    value: float
    limit: float
    least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the limit was kept."""
        return self.value >= self.limit if self.least else self.value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.least else "≤"
        verdict = "held " if self.holds else "BROKEN"
        return f"{verdict:6} {self.name:58} {self.value:9.3f} {sign} {self.limit:<7g} {self.note}"


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios pair by pair: rounds were interleaved, so that a slow minute hits both."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))
