"""Counting: Gini, calibration, intervals; and how tables, files and the picture show it."""

import csv
from math import isnan, nan
from pathlib import Path
from xml.etree import ElementTree

import pytest

from matching.simulation.comparing import Result
from matching.simulation.figures import Figures, calibration, estimate, gini
from matching.simulation.reporting import ALL, standings, table, worlds_of
from matching.simulation.study import write

OURS = Figures(0.95, 5.0, 3, 0.8, 9.0, 0.6, 2.0, 1.5, 0.1)
BEST = Figures(0.955, 4.0, 2, 0.9, 8.0, 0.7, nan, 1.2, 0.2)


def made(world: str = "home", shift: float = 0.0) -> list[Result]:
    """Two seeds of ours and the oracle."""
    return [
        Result(world, policy, seed, of._replace(asks=of.asks + shift * seed))
        for seed in (1, 2)
        for policy, of in (("ours", OURS), ("oracle", BEST))
    ]


def test_gini_is_0_when_all_have_the_same_and_nearly_1_when_one_has_all() -> None:
    assert gini([2, 2, 2, 2]) == 0
    assert gini([0] * 99 + [5]) == pytest.approx(0.99)
    assert gini([1, 3]) == pytest.approx(0.25)
    assert isnan(gini([0, 0]))


def test_calibration_is_the_worst_tenth_in_points() -> None:
    told = [(decile / 20, decile / 20) for decile in range(10) for _ask in range(10)]
    assert calibration(told) == pytest.approx(0)
    worst = [(p, true + 0.07 if p == 0.2 else true) for p, true in told]
    assert calibration(worst) == pytest.approx(7)
    assert isnan(calibration(told[:5]))


def test_an_interval_is_students_and_leaves_out_what_could_not_be_counted() -> None:
    found = estimate([1.0, 2.0, 3.0, nan])
    assert found.mean == 2
    assert found.half == pytest.approx(4.303 / 3**0.5)
    assert isnan(estimate([1.0]).half)
    assert isnan(estimate([nan]).mean)


def test_aims_are_judged_against_the_other_policies_with_the_same_seed() -> None:
    stands = {one.words: one for one in standings(made(), "home")}
    assert stands["filled share, points behind the oracle"].met
    asks = stands["asks per filled slot, times the oracle's"]
    assert (asks.reached, asks.target, asks.met) == ("1.25 ±0.00", "≤ 1.35", True)
    assert stands["members lost, times the oracle's"].reached == "1.50"
    assert "fewer asks than top-5 waves, %" not in stands


def test_several_worlds_held_out_are_also_taken_together() -> None:
    results = made() + made("held out 1") + made("held out 2", shift=1.0)
    assert worlds_of(results) == ["home", "held out 1", "held out 2", ALL]
    ours = table(results, ALL)[1]
    assert ours[2] == "5.75 ±3.18"  # of 5.5 and 6.0: first the mean of the worlds, then the interval over seeds


def test_what_is_saved_holds_every_run_every_table_and_a_picture_that_parses(tmp_path: Path) -> None:
    tables, svg, runs = write(made(), tmp_path / "out", "two seeds")
    with runs.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["policy"], row["seed"]) for row in rows] == [
        ("ours", "1"), ("oracle", "1"), ("ours", "2"), ("oracle", "2"),
    ]  # fmt: skip
    assert "| 点亮 ours | 95.0 ±0.0 | 5.00 ±0.00 |" in tables.read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg.read_text(encoding="utf-8"))
    words = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "点亮 ours" in words
    assert "95.0" in words
