"""What turning the dials would probably do, tried in a small hospital made from this one's own numbers."""

from dataclasses import dataclass
from typing import NamedTuple

from matching.engine.model import Dials


@dataclass(frozen=True, slots=True)
class Forecast:
    """One setting of the dials, tried. Shares from 0 to 1."""

    filled: float  # share of slots that somebody came for
    asks: float  # asks for each of those slots
    urgent_p90: float | None  # minutes within which 9 of 10 urgent claims come; None: there was none
    asked_weekly: float  # asks a member a week, the mean
    never_asked: float  # share of members whom nobody asked
    gini: float  # of the hours served
    lost: float  # members of 100 who would ask not to be asked any more, in 4 weeks


class Preview(NamedTuple):
    """The same days, people and requests with the dials as they are and as they would be."""

    before: Forecast
    after: Forecast


def preview(
    before: Dials, after: Dials, *, members: int, arrivals: float, rate: float, days: int = 14, seed: int = 1
) -> Preview:
    """Try both settings on the same small hospital.

    In: `members` who may be asked; `arrivals`, requests a day; `rate`, the share of asks that are accepted (0 to 1),
    all as this hospital has them today. Out: figures for both. Deterministic for a seed. Takes a few seconds at most:
    a large hospital is tried at a scale of 1:n, members and requests alike.
    """
    raise NotImplementedError
