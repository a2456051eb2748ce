"""Slots and caps: the flow is exact, whatever the batch."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.assigning import assign
from matching.engine.components import components
from matching.engine.flow import solve
from matching.engine.instance import Instance
from tests.engine.batches import flows, instance
from tests.engine.oracle import best_flow

few = settings(max_examples=60, deadline=None)


def triples(batch: Instance) -> list[tuple[int, int, int]]:
    return list(zip(batch.request.tolist(), batch.member.tolist(), batch.value.tolist(), strict=True))


@given(flows())
@few
def test_the_value_is_that_of_the_shortest_paths_to_the_integer_and_no_rule_is_broken(batch):
    found = assign(batch).solution  # raises where a rule is broken
    assert found.value == best_flow(batch.slots.tolist(), batch.cap_tasks.tolist(), triples(batch))
    assert (found.bound, found.gap) == (found.value, 0)
    assert (batch.value[found.chosen] > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_larger_batches_agree_with_the_shortest_paths_too(seed):
    dice = Random(seed)
    pairs = dice.sample([(one, two) for one in range(25) for two in range(30)], 180)
    slots, caps = [dice.randint(0, 4) for _ in range(25)], [dice.randint(0, 3) for _ in range(30)]
    rows = [(*pair, dice.choice((dice.randint(-50, 2500), dice.randint(1, 3), 2**39))) for pair in pairs]
    assert solve(instance(slots, caps, rows)).value == best_flow(slots, caps, rows)


@given(flows(), st.randoms(use_true_random=False))
@few
def test_the_order_of_requests_members_and_pairs_does_not_change_the_value(batch, dice):
    rows, renamed, moved = triples(batch), list(range(len(batch.slots))), list(range(len(batch.cap_tasks)))
    for one in (rows, renamed, moved):
        dice.shuffle(one)
    slots, caps = [0] * len(renamed), [0] * len(moved)
    for old, new in enumerate(renamed):
        slots[new] = int(batch.slots[old])
    for old, new in enumerate(moved):
        caps[new] = int(batch.cap_tasks[old])
    other = instance(slots, caps, [(renamed[one], moved[two], value) for one, two, value in rows])
    assert solve(other).value == solve(batch).value


@given(flows(), st.data())
@few
def test_one_more_member_never_lowers_the_value(batch, data):
    many = len(batch.cap_tasks)
    requests = data.draw(st.lists(st.integers(0, len(batch.slots) - 1), unique=True))
    rows = [(one, many, data.draw(st.integers(-5, 60))) for one in requests]
    caps = [*batch.cap_tasks.tolist(), data.draw(st.integers(0, 3))]
    assert solve(instance(batch.slots.tolist(), caps, triples(batch) + rows)).value >= solve(batch).value


@given(flows())
@few
def test_the_best_is_worth_no_less_than_taking_the_best_pair_that_fits_again_and_again(batch):
    slots, caps, value = batch.slots.tolist(), batch.cap_tasks.tolist(), 0
    for one, two, worth in sorted(triples(batch), key=lambda row: -row[2]):
        if worth > 0 and slots[one] and caps[two]:
            slots[one], caps[two], value = slots[one] - 1, caps[two] - 1, value + worth
    assert solve(batch).value >= value


@given(flows())
@few
def test_components_are_those_of_a_walk_along_the_pairs(batch):
    numbered, count = components(batch.request, batch.member, len(batch.slots), len(batch.cap_tasks))
    groups: list[set[str]] = []
    for one, two in zip(batch.request.tolist(), batch.member.tolist(), strict=True):
        touched = [group for group in groups if group & {f"r{one}", f"m{two}"}]
        groups = [group for group in groups if group not in touched] + [{f"r{one}", f"m{two}"}.union(*touched)]
    assert count == len(groups)
    for at, number in enumerate(numbered.tolist()):
        group = next(group for group in groups if f"r{batch.request[at]}" in group)
        same = {f"r{one}" for one in batch.request[numbered == number].tolist()}
        assert same == {name for name in group if name[0] == "r"}


def test_batches_that_fall_apart_are_solved_in_several_calls(monkeypatch):
    monkeypatch.setattr("matching.engine.flow.CALL", 4)
    rows = [(one, one // 3 * 3 + two, 10 * one + two) for one in range(12) for two in range(3)]
    batch = instance([1] * 12, [1] * 12, rows)
    assert solve(batch).value == best_flow([1] * 12, [1] * 12, rows)


def test_pinned_pairs_are_in_the_result_though_others_are_worth_more():
    batch = instance([1, 1], [1, 1], [(0, 0, 100), (0, 1, 10), (1, 0, 90), (1, 1, 0)])
    assert solve(batch).value == 100
    batch.pinned = np.array([3])
    assert (solve(batch).chosen.tolist(), solve(batch).value) == ([0, 3], 100)
    batch.pinned = np.array([1])
    assert (solve(batch).chosen.tolist(), solve(batch).value) == ([1, 2], 100)
