"""Crews, minutes and times: no rule is ever broken, the bound holds, and small batches are solved to the end."""

import json
from io import StringIO

import numpy as np
import pytest
from hypothesis import assume, given, settings

from benchmarks.batches import side as made_up
from matching.engine import side
from matching.engine.assigning import assign
from matching.engine.instance import Instance, NoCrew
from matching.engine.reading import read
from matching.engine.rules import broken
from matching.engine.sides import rounds, search
from matching.engine.sides.part import part_of
from matching.engine.sides.prices import Found, Pricing, descend, rounded
from matching.engine.sides.rows import rows_of
from tests.engine.batches import crews
from tests.engine.oracle import best_of_all

SECONDS = 30.0  # never reached by batches of this size


def batch(requests: int, members: int, seed: int, edges: int = 20) -> Instance:
    return read(StringIO(json.dumps(made_up(requests, members, seed, edges)))).instance


@given(crews())
@settings(max_examples=40, deadline=None)
def test_small_batches_are_solved_to_the_integer(one):
    found = assign(one, SECONDS).solution  # raises where a rule is broken
    assert found.value == best_of_all(one)
    assert found.bound == found.value


@given(crews())
@settings(max_examples=40, deadline=None)
def test_the_way_by_prices_and_the_way_of_members_with_too_many_rounds_end_at_the_same_value(one):
    best = best_of_all(one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "FEW", 0)
        by_prices = assign(one, SECONDS).solution
        patch.setattr(rounds.rounds_of, "__defaults__", (1, 3))
        pair_by_pair = assign(one, SECONDS).solution
    assert by_prices.value <= best <= by_prices.bound
    assert pair_by_pair.value <= best <= pair_by_pair.bound
    assert by_prices.value >= 0.98 * best
    assert pair_by_pair.value >= 0.98 * best


@given(crews())
@settings(max_examples=40, deadline=None)
def test_a_pinned_pair_is_kept_or_its_crew_is_said_to_be_impossible(one):
    assume(len(one.value))
    one.pinned = np.array([0])
    with_pin = [chosen for chosen in _all(one) if 0 in chosen]
    if with_pin:
        values = one.value.tolist()
        found = assign(one, SECONDS).solution
        assert found.value == max(sum(values[pair] for pair in chosen) for chosen in with_pin)
    elif not broken(one, np.array([0])) or one.cap_tasks[one.member[0]] > 0:
        with pytest.raises((NoCrew, ArithmeticError)):
            assign(one, SECONDS)


def _all(one: Instance) -> list[list[int]]:
    sets = [[pair for pair in range(len(one.value)) if mask >> pair & 1] for mask in range(1 << len(one.value))]
    return [chosen for chosen in sets if not broken(one, np.array(chosen, np.intp))]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_made_up_afternoon_is_solved_within_half_a_percent(seed):
    one = batch(60, 120, seed)
    found = assign(one, SECONDS).solution
    assert found.gap <= 0.005
    assert not broken(one, found.chosen)


def test_any_prices_give_a_bound_and_good_ones_a_close_one():
    one = batch(20, 40, 3, 8)
    best = assign(one, SECONDS).solution.value
    part = part_of(one, np.flatnonzero(one.value > 0))
    all_rounds = rounds.rounds_of(part)
    pricing = Pricing(part, all_rounds, rows_of(part, all_rounds))
    dice = np.random.default_rng(1)
    for scale in (0, 1, 50, 500, 5000):
        prices = rounded(dice.uniform(-scale, scale, len(pricing.rows.limit)))
        assert pricing.at(prices).bound >= best
    begin = np.zeros(len(pricing.rows.limit))
    good = descend(pricing, Found(begin, pricing.at(begin).bound), begin, best, 400, lambda: False)
    assert best <= good.whole <= 1.005 * best


def test_when_there_is_no_time_there_is_still_an_answer():
    one = batch(60, 120, 1)
    found = side.solve(one, 1e-9)
    assert not broken(one, found.chosen)
    assert found.bound >= found.value > 0


def test_the_same_batch_gives_the_same_answer():
    one = batch(40, 80, 5)
    assert side.solve(one, SECONDS).chosen.tolist() == side.solve(one, SECONDS).chosen.tolist()


def test_a_pair_that_costs_is_taken_where_it_completes_a_crew():
    text = {
        "track": "side",
        "members": [{"id": n, "branch": n, "cap_tasks": 1, "cap_minutes": 60} for n in range(2)],
        "requests": [{"id": "a", "slots": 2, "min_fill": 2, "window": [0, 30], "minutes": 30}],
        "edges": [["a", 0, 100], ["a", 1, -40]],
    }
    found = assign(read(StringIO(json.dumps(text))).instance, SECONDS).solution
    assert (found.value, found.chosen.tolist()) == (60, [0, 1])


def test_what_breaks_a_rule_is_told():
    text = {
        "track": "side",
        "members": [{"id": n, "branch": "b", "cap_tasks": 1, "cap_minutes": 50, "skills": ["x"]} for n in range(3)],
        "requests": [
            {"id": 7, "slots": 1, "min_fill": 2, "window": [0, 30], "minutes": 30, "max_per_branch": 1},
            {"id": 8, "slots": 3, "window": [20, 60], "minutes": 30, "need": {"skill": "y", "n": 1}},
        ],
        "edges": [[one, two, 5] for one in (7, 8) for two in range(3)],
    }
    one = read(StringIO(json.dumps(text))).instance
    said = "\n".join(broken(one, np.array([0, 1, 3])))
    for part in ("rule 3: request 7", "rule 4: member 0", "minutes are too many", "overlap", "'y' of request 8"):
        assert part in said
    assert "too many are of one branch of request 7" in said
    assert "rule 6: members are too few of request 7" in "\n".join(broken(one, np.array([0])))
    assert "twice" in "\n".join(broken(one, np.array([0, 0])))
