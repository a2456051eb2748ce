"""What turning the dials would probably do, tried in a small hospital made from this one's own numbers."""

from dataclasses import dataclass
from math import isnan, log
from typing import NamedTuple

from matching.engine.model import Dials
from matching.simulation.figures import estimate, figures
from matching.simulation.hospital import Hospital
from matching.simulation.policies import ours
from matching.simulation.world import World, read

RUNS, MOST_MEMBERS, WARM_DAYS = 3, 120, 7
MOST_ARRIVALS = 0.25  # requests a member a day: more than anybody could answer is not tried
LEAST_RATE = 0.03


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
    all as this hospital has them today; everything else is as `world.toml` says. Out: figures for both, the means of
    RUNS runs. Deterministic for a seed. Takes a few seconds: a large hospital is tried at a scale of 1:n, members and
    requests alike. A small one has fewer who hold a rare skill and fills fewer slots: what tells is the difference.
    """
    world = _like(max(1, members), max(0.0, arrivals), rate)
    return Preview(_forecast(world, before, days, seed), _forecast(world, after, days, seed))


def _like(members: int, arrivals: float, rate: float) -> World:
    """A small hospital with these numbers. Who is picked says yes more often than the median member, who has been
    asked a lot less often; the two about even out, so that `rate` is taken for the median member's (assumption)."""
    few = min(members, MOST_MEMBERS)
    likely = min(max(rate, LEAST_RATE), 1 - LEAST_RATE)
    return read().with_(
        "preview", size_members=few, size_arrivals=min(arrivals * few / members, MOST_ARRIVALS * few),
        size_warm_days=WARM_DAYS, accept_intercept=log(likely / (1 - likely)),
    )  # fmt: skip


def _forecast(world: World, dials: Dials, days: int, seed: int) -> Forecast:
    made = [figures(Hospital(world, ours, seed * RUNS + run, days, dials).run()) for run in range(RUNS)]

    def mean(name: str) -> float:
        value = estimate([getattr(one, name) for one in made]).mean
        return 0.0 if isnan(value) else value

    urgent = estimate([one.urgent_p90 for one in made]).mean
    lost = 100 * mean("lost") / world.of("size.members") * 28 / days
    return Forecast(
        mean("filled"),
        mean("asks"),
        None if isnan(urgent) else urgent,
        mean("weekly"),
        mean("never"),
        mean("gini"),
        lost,
    )
