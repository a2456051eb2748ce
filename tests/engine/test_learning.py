"""Recalibration: two numbers from the log, the same ones every time."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.learning import Logged, log_hash, recalibrate, replay, rest_of
from matching.engine.model import Place, Tally
from matching.engine.scoring import BUILT_IN, Weights, probability, suggest
from tests.engine.people import NOW, member, request

logs = st.lists(
    st.builds(
        lambda id_, rest, became: Logged(id_, rest, became == "yes", became == "overtaken"),
        st.integers(1, 10**6),
        st.floats(-6, 6),
        st.sampled_from(("yes", "no", "overtaken")),
    ),
    max_size=40,
    unique_by=lambda one: one.id,
)


RECORDED = Weights(3, -0.565794, 1.335965, 0.305336)
RECORDED_HASH = "28744440e9d96be297116bb1f7c0328913f4f4e77b030a2466aa1397168cc592"


def answers(seed: int, count: int, intercept: float, slope: float) -> list[Logged]:
    """A log as people answer whose logits are this line."""
    dice = random.Random(seed)
    rests = [dice.gauss(-0.3, 1.0) for _ in range(count)]
    return [Logged(n, rest, dice.random() < probability(intercept + slope * rest)) for n, rest in enumerate(rests)]


def test_a_stored_log_replays_to_identical_weights() -> None:
    """The figures stand here: another release, another machine, another order must find the same ones to the bit."""
    weeks = [answers(seed, 400, -0.7, 1.3) for seed in (1, 2, 3)]
    found = replay(weeks, BUILT_IN)
    assert found == replay([random.Random(9).sample(week, len(week)) for week in weeks], BUILT_IN)
    assert [one.version for one in found] == [0, 1, 2, 3]
    assert found[3] == RECORDED
    assert log_hash(weeks[0]) == log_hash(reversed(weeks[0])) == RECORDED_HASH


def test_weeks_of_answers_lead_to_the_true_line() -> None:
    learnt = replay([answers(seed, 500, -0.7, 1.3) for seed in range(8)], BUILT_IN)[-1]
    assert learnt.intercept == pytest.approx(-0.7, abs=0.15)
    assert learnt.slope == pytest.approx(1.3, abs=0.15)


def test_few_answers_move_the_weights_little_and_none_not_at_all() -> None:
    few, many = (recalibrate(answers(4, count, 0.0, 1.0), BUILT_IN).intercept for count in (10, 500))
    assert BUILT_IN.intercept < few < BUILT_IN.intercept + 0.8 < many
    assert recalibrate([], BUILT_IN) == BUILT_IN._replace(version=1)


def asked_together(count: int, chance: float) -> list[Logged]:
    """A log as it comes about: three are asked for one slot, who would rather not mostly says nothing until the time
    is over, and the first yes is the last word."""
    dice, log = random.Random(5), list[Logged]()
    for _ in range(count):
        yes = [dice.random() < chance for _ in range(3)]
        at = [dice.random() if one or dice.random() > 0.6 else 1.0 for one in yes]
        first = min((moment for moment, one in zip(at, yes, strict=True) if one), default=2.0)
        log += [Logged(len(log) + n, 0.0, moment == first, moment > first) for n, moment in enumerate(at)]
    return log


def test_asks_that_others_overtook_keep_the_yes_that_overtook_them_from_counting_double() -> None:
    log = asked_together(1500, 0.3)
    whole, without = (replay([some] * 6, BUILT_IN)[-1] for some in (log, [one for one in log if not one.overtaken]))
    assert probability(without.intercept) > 0.34
    assert probability(whole.intercept) == pytest.approx(0.3, abs=0.015)
    assert whole.rate == without.rate  # members' counts leave them out too, and are held against the rate


def test_the_rate_settles_so_that_what_was_learnt_against_it_holds() -> None:
    eager = [Logged(n, 0.0, n % 2 == 0) for n in range(2000)]
    young, old = (recalibrate(eager, BUILT_IN._replace(version=version)).rate for version in (0, 50))
    assert young == pytest.approx(0.5, abs=0.02)
    assert BUILT_IN.rate < old < BUILT_IN.rate + 0.01


def test_a_log_that_says_the_opposite_keeps_the_order_of_the_ranking() -> None:
    upside_down = [Logged(n, n / 20 - 5, n < 100) for n in range(200)]
    assert replay([upside_down] * 10, BUILT_IN)[-1].slope == 0.25


@settings(max_examples=40, deadline=None)
@given(logs)
def test_any_log_gives_usable_weights_whatever_its_order(log: list[Logged]) -> None:
    found = recalibrate(log, BUILT_IN)
    assert found == recalibrate(list(reversed(log)), BUILT_IN)
    assert 0.25 <= found.slope <= 4
    assert 0 < found.rate < 1
    assert -20 < found.intercept < 20


@settings(max_examples=40, deadline=None)
@given(logs.filter(bool), st.data())
def test_another_log_has_another_hash(log: list[Logged], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log) - 1))
    was = log[place]
    for other in {(True, False), (False, False), (False, True)} - {(was.accepted, was.overtaken)}:
        changed = [*log[:place], Logged(was.id, was.rest, *other), *log[place + 1 :]]
        assert log_hash(log) != log_hash(changed)
    assert log_hash(log) != log_hash(log[:place] + log[place + 1 :])


def test_the_rest_of_a_score_is_what_calibration_multiplies() -> None:
    weights = Weights(3, -0.9, 1.7, 0.3)
    found = suggest(
        request(place=Place("门诊楼")), [member(tally=Tally(8, 5), place=Place("内科楼"), recent=1.5)], NOW, 1, weights
    )[0]
    assert weights.intercept + weights.slope * rest_of(found.parts, weights) == pytest.approx(found.score, abs=1e-8)
    assert rest_of(found.parts | found.equity, weights) == rest_of(found.parts, weights)
