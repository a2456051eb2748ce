"""The results as tables: each policy with its figures, and how ours stands against what is to be reached."""

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from matching.simulation.comparing import Result
from matching.simulation.figures import Estimate, Figures, estimate
from matching.simulation.names import POLICY_WORDS

HELD_OUT = "held out"
ALL = "held out, all"


class Column(NamedTuple):
    """One figure as a table shows it: times `scale`, with so many decimals."""

    name: str
    words: str
    scale: float
    decimals: int


COLUMNS = (
    Column("filled", "补足 filled %", 100, 1),
    Column("asks", "每位邀请 asks/slot", 1, 2),
    Column("lost", "流失 lost", 1, 1),
    Column("hit5", "前五命中 hit@5 %", 100, 1),
    Column("urgent_p90", "特急 urgent p90 min", 1, 1),
    Column("gini", "基尼 Gini", 1, 2),
    Column("calibration", "校准 error pts", 1, 1),
    Column("weekly", "每周邀请 asks/week", 1, 2),
)


class Aim(NamedTuple):
    """Something to be reached: computed from the figures of all policies with one world and seed."""

    words: str
    needs: tuple[str, ...]
    of: Callable[[dict[str, Figures]], float]
    target: float
    at_least: bool
    decimals: int = 2


AIMS = (
    Aim("filled share, points behind the oracle", ("ours", "oracle"),
        lambda by: 100 * (by["oracle"].filled - by["ours"].filled), 1.0, False),
    Aim("asks per filled slot, times the oracle's", ("ours", "oracle"),
        lambda by: by["ours"].asks / by["oracle"].asks, 1.35, False),
    Aim("  the same, times the fair oracle's", ("ours", "fair oracle"),
        lambda by: by["ours"].asks / by["fair oracle"].asks, 1.35, False),
    Aim("fewer asks than top-5 waves, %", ("ours", "top 5"),
        lambda by: 100 * (1 - by["ours"].asks / by["top 5"].asks), 25, True, 1),
    Aim("fewer asks than nearest with skills, %", ("ours", "nearest"),
        lambda by: 100 * (1 - by["ours"].asks / by["nearest"].asks), 40, True, 1),
    Aim("hit@5, %", ("ours",), lambda by: 100 * by["ours"].hit5, 73, True, 1),
    Aim("urgent claims p90, minutes", ("ours",), lambda by: by["ours"].urgent_p90, 12.5, False, 1),
    Aim("Gini of hours", ("ours",), lambda by: by["ours"].gini, 0.65, False),
    Aim("calibration, largest error of a decile, points", ("ours",), lambda by: by["ours"].calibration, 3.0, False, 1),
)  # fmt: skip
LOST = "members lost, times the oracle's"  # of sums: a single run may lose none
LOST_TARGET = 1.6


class Standing(NamedTuple):
    """An aim and where we are, in one world or all held out."""

    words: str
    target: str
    reached: str
    met: bool


def worlds_of(results: Sequence[Result]) -> list[str]:
    """In their order; all those held out together come last where there are several."""
    names = list(dict.fromkeys(one.world for one in results))
    return [*names, ALL] if sum(name.startswith(HELD_OUT) for name in names) > 1 else names


def table(results: Sequence[Result], world: str) -> list[list[str]]:
    """Header and one row a policy: means over seeds with 95 % intervals."""
    rows = [["", *(column.words for column in COLUMNS)]]
    for policy in dict.fromkeys(one.policy for one in results):
        shown = (_shown(of(results, world, policy, column.name), column) for column in COLUMNS)
        rows.append([POLICY_WORDS[policy], *shown])
    return rows


def of(results: Sequence[Result], world: str, policy: str, figure: str) -> Estimate:
    """One figure of one policy, over seeds."""
    return estimate(_by_seed(results, world, lambda by: getattr(by[policy], figure)))


def standings(results: Sequence[Result], world: str) -> list[Standing]:
    """Every aim that these policies allow to compute."""
    policies = {one.policy for one in results}
    found = []
    for aim in AIMS:
        if policies.issuperset(aim.needs):
            reached = estimate(_by_seed(results, world, aim.of))
            met = reached.mean >= aim.target if aim.at_least else reached.mean <= aim.target
            target = f"{'≥' if aim.at_least else '≤'} {aim.target:g}"
            found.append(Standing(aim.words, target, _with_interval(reached, aim.decimals), met))
    if policies.issuperset({"ours", "oracle"}):
        mine, best = (sum(one.figures.lost for one in _in(results, world) if one.policy == policy)
                      for policy in ("ours", "oracle"))  # fmt: skip
        met = mine <= LOST_TARGET * best
        found.append(Standing(LOST, f"≤ {LOST_TARGET:g}", f"{mine / best:.2f}" if best else f"{mine:g} : 0", met))
    return found


def save(results: Iterable[Result], path: Path) -> None:
    """Every single run as a row of a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["world", "policy", "seed", *Figures._fields])
        for one in results:
            writer.writerow([one.world, one.policy, one.seed, *(f"{value:.6g}" for value in one.figures)])


def _in(results: Sequence[Result], world: str) -> list[Result]:
    return [one for one in results if (one.world.startswith(HELD_OUT) if world == ALL else one.world == world)]


def _by_seed(results: Sequence[Result], world: str, value: Callable[[dict[str, Figures]], float]) -> list[float]:
    """The value with each seed; over several worlds their mean."""
    runs: dict[int, dict[str, dict[str, Figures]]] = {}
    for one in _in(results, world):
        runs.setdefault(one.seed, {}).setdefault(one.world, {})[one.policy] = one.figures
    return [sum(map(value, by_world.values())) / len(by_world) for by_world in runs.values()]


def _shown(value: Estimate, column: Column) -> str:
    return _with_interval(Estimate(value.mean * column.scale, value.half * column.scale), column.decimals)


def _with_interval(value: Estimate, decimals: int) -> str:
    if value.mean != value.mean:
        return "–"
    half = "" if value.half != value.half else f" ±{value.half:.{decimals}f}"
    return f"{value.mean:.{decimals}f}{half}"
