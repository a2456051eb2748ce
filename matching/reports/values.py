"""Figures as values: worked out from whole sums, with their n, formula and the text they are shown as. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from matching.reports.definitions import (
    COMPOSITE,
    COMPOSITE_FORMULA,
    COMPOSITE_NAME,
    DEFINITIONS,
    FEW,
    OF_ACTIVITIES,
    RATES,
    Definition,
    Kind,
)
from matching.reports.weights import Weights

NOTHING = "—"


@dataclass(frozen=True)
class Figure:
    """One number. `exact` is None where there is nothing to divide by; `n` is what it is out of, None for a plain sum.

    `name` and `formula` are sentences to translate (`params` go into the formula); `behind` says whether the requests
    behind it can be listed; `all_of` is the counter of a sum's n.
    """

    code: str
    name: str
    formula: str
    kind: Kind
    exact: Fraction | None
    n: int | None = None
    params: tuple[tuple[str, str], ...] = ()
    behind: bool = True
    all_of: str = ""

    @property
    def value(self) -> float | int | None:
        """For programs: a whole number, or a rate from 0 to 1."""
        if self.exact is None:
            return None
        return float(self.exact) if self.is_rate else int(self.exact)

    @property
    def is_rate(self) -> bool:
        """Whether it is a share of something."""
        return self.kind in (Kind.rate, Kind.score)

    @property
    def few(self) -> bool:
        """A rate of so few that it says little (docs/domain.md §4)."""
        return self.is_rate and self.n is not None and 0 < self.n < FEW

    @property
    def text(self) -> str:
        """As it is shown everywhere, in pages, Word and PDF alike: 128, 93.4%, hours as 12.5, a score as 93.4, or '—'.

        One decimal, half rounded up.
        """
        if self.exact is None:
            return NOTHING
        if self.kind is Kind.number:
            return str(int(self.exact))
        if self.kind is Kind.minutes:
            return tenths(self.exact / 60)
        return tenths(self.exact * 100) + ("%" if self.kind is Kind.rate else "")


Figures = dict[str, Figure]
"""All figures of a scope and period by their codes, in the order of the definitions."""


def worked_out(sums: Mapping[str, int], weights: Weights) -> Figures:
    """The figures of these counters; a counter that is missing is 0."""
    found: Figures = {}
    for one in DEFINITIONS.values():
        found[one.code] = _figure(one, sums)
        if one.code == RATES[-1]:
            found[COMPOSITE] = _composite(found, weights)
    return found


def added(*many: Mapping[str, int]) -> dict[str, int]:
    """Counters summed up."""
    total: dict[str, int] = {}
    for one in many:
        for name, n in one.items():
            total[name] = total.get(name, 0) + n
    return total


def tenths(amount: Fraction) -> str:
    """With one decimal, half rounded up: 93.45 is 93.5."""
    whole = (abs(amount) * 20 + 1) // 2
    sign = "-" if amount < 0 and whole else ""
    return f"{sign}{whole // 10}.{whole % 10}"


def _figure(of: Definition, sums: Mapping[str, int]) -> Figure:
    over = sum((sums.get(name, 0) * share for name, share in of.over), Fraction(0))
    named: dict[str, Any] = {"code": of.code, "name": of.name, "formula": of.formula, "kind": of.kind}
    behind = of.code not in OF_ACTIVITIES
    if of.kind is Kind.rate:
        n = sum(sums.get(name, 0) for name in of.of)
        return Figure(**named, exact=over / n if n else None, n=n, behind=behind)
    whole = sums.get(of.all_of, 0) if of.all_of else None
    return Figure(**named, exact=over, n=whole, behind=behind, all_of=of.all_of)


def _composite(found: Figures, weights: Weights) -> Figure:
    parts = [found[code] for code in RATES]
    shares = (weights.response, weights.resolution, weights.satisfaction)
    known = [(part.exact, share) for part, share in zip(parts, shares, strict=True) if part.exact is not None]
    exact = sum((rate * share for rate, share in known), Fraction(0)) if len(known) == len(parts) else None
    said = tuple(weights.words.items())
    return Figure(COMPOSITE, COMPOSITE_NAME, COMPOSITE_FORMULA, Kind.score, exact, parts[0].n, said)
