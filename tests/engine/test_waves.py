"""Whom the next wave asks, how many, and when it is given back."""

from datetime import UTC, datetime
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.eligible import eligible
from matching.engine.model import Dials, Member, Place, Request, Span, Tally
from matching.engine.waves import MAX_WAVES, Asked, History, Why, fewest, next_wave, quiet_until, still, target_of
from tests.engine.people import DAY, HOUR, MINUTE, NOW, member, members, request, requests

FIRST, HERE = History(), Place("门诊楼")
chance = st.floats(0, 1)


def filled(ps: list[float], slots: int) -> float:
    """The chance of at least so many yeses, counted out over all answers."""
    return sum(
        prod(p if yes else 1 - p for p, yes in zip(ps, answers, strict=True))
        for answers in product((False, True), repeat=len(ps)) if sum(answers) >= slots
    )  # fmt: skip


def crowd(count: int, **told: object) -> list[Member]:
    return [member(n, **told) for n in range(1, count + 1)]


@settings(max_examples=40, deadline=None)
@given(st.lists(chance, max_size=3), st.lists(chance, max_size=6), st.integers(1, 4), st.floats(0.1, 0.99))
def test_a_wave_is_the_smallest_that_reaches_its_target(
    out: list[float], ps: list[float], slots: int, target: float
) -> None:
    count, reached = fewest(out, ps, slots, target)
    assert reached == pytest.approx(filled(out + ps[:count], slots), abs=1e-9)
    assert reached >= target - 1e-9 or count == len(ps)
    assert all(filled(out + ps[:fewer], slots) < target + 1e-9 for fewer in range(count))


def test_targets_rise_with_each_wave_and_stop_short_of_certainty() -> None:
    fast, slow = request(minutes=60, spacing=4 * MINUTE), request(minutes=30, spacing=12 * MINUTE)
    assert [round(target_of(fast, wave, Dials()), 2) for wave in range(6)] == [0.80, 0.85, 0.90, 0.95, 0.99, 0.99]
    assert [round(target_of(slow, wave, Dials()), 2) for wave in range(6)] == [0.65, 0.73, 0.81, 0.89, 0.97, 0.99]
    assert target_of(request(minutes=61, spacing=4 * MINUTE), 0, Dials()) == 0.65
    assert target_of(fast, 0, Dials(target_fast=0.9)) == 0.9


def test_the_first_wave_asks_the_best_few_and_says_when_to_look_again() -> None:
    people = [member(n, tally=Tally(20, n), place=HERE) for n in range(1, 21)]
    decision = next_wave(request(spacing=15 * MINUTE, place=HERE), people, FIRST, NOW)
    assert [one.member.id for one in decision.members] == [20]
    assert decision.chance >= decision.target == 0.65
    assert (decision.wave, decision.why, decision.next_at) == (1, Why.asking, NOW + 15 * MINUTE)


def test_no_wave_asks_more_than_eight_for_each_open_slot_and_wave() -> None:
    people = crowd(200, tally=Tally(50, 0))
    for waves, slots in ((0, 1), (2, 1), (1, 2)):
        decision = next_wave(request(slots=slots), people, History(waves), NOW)
        assert len(decision.members) == 8 * slots * (1 + waves)
        assert decision.chance < decision.target


def test_the_next_wave_waits_until_the_pause_is_over() -> None:
    decision = next_wave(request(), crowd(3), History(1, NOW - 10 * MINUTE), NOW)
    assert (decision.members, decision.why, decision.next_at) == ([], Why.spacing, NOW + 20 * MINUTE)


def test_who_may_still_say_yes_counts_with_what_is_left() -> None:
    asked = request(spacing=10 * MINUTE)
    assert still(Asked(0.4, NOW), NOW, asked.spacing) == pytest.approx(0.4)
    assert still(Asked(0.4, NOW - 30 * MINUTE), NOW, asked.spacing) == pytest.approx(0.2 / 0.8)
    assert still(Asked(0.4, NOW - 7 * DAY), NOW, asked.spacing) < 1e-9
    many = tuple(Asked(0.3, NOW - 12 * MINUTE) for _ in range(6))
    alone, beside = (next_wave(asked, crowd(30), History(1, None, out), NOW) for out in ((), many))
    assert 0 < len(beside.members) < len(alone.members)


def test_no_wave_goes_out_while_those_asked_are_likely_to_be_enough() -> None:
    history = History(0, None, tuple(Asked(0.5, NOW - MINUTE) for _ in range(4)))
    decision = next_wave(request(), crowd(9), history, NOW)
    assert (decision.members, decision.why, decision.wave) == ([], Why.enough, 0)
    assert decision.next_at == NOW + 30 * MINUTE


def test_quiet_hours_put_a_wave_off_until_the_morning_but_not_the_most_urgent() -> None:
    night = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # ten in the evening
    awake = crowd(3, free=(Span(night - DAY, night + 2 * DAY),))
    put_off = next_wave(request(), awake, FIRST, night)
    assert (put_off.members, put_off.why) == ([], Why.quiet)
    assert put_off.next_at == datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert next_wave(request(urgency=3), awake, FIRST, night).members
    late = next_wave(request(deadline=night + 2 * HOUR), awake, FIRST, night)
    assert (late.hand_back, late.why) == (True, Why.night)


def test_quiet_hours_may_pass_midnight_or_not_and_may_be_none() -> None:
    ten, three = datetime(2026, 11, 23, 14, tzinfo=UTC), datetime(2026, 11, 23, 19, tzinfo=UTC)
    morning = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert quiet_until(ten, Dials()) == quiet_until(three, Dials()) == morning
    assert quiet_until(morning, Dials()) is None
    assert quiet_until(three, Dials(quiet_from=2 * 60, quiet_to=4 * 60)) == datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert quiet_until(ten, Dials(quiet_from=2 * 60, quiet_to=4 * 60)) is None
    assert quiet_until(three, Dials(quiet_from=60, quiet_to=60)) is None


def test_nobody_left_means_back_to_the_lead() -> None:
    decision = next_wave(request(asked=frozenset({1, 2})), crowd(2), History(1), NOW)
    assert (decision.hand_back, decision.why, decision.next_at) == (True, Why.nobody, None)
    assert next_wave(request(), crowd(99), History(MAX_WAVES), NOW).why is Why.too_many
    assert next_wave(request(slots=0), crowd(2), FIRST, NOW).why is Why.filled


def test_somebody_whose_hours_begin_in_time_is_waited_for() -> None:
    soon = [
        member(1, free=(Span(NOW + 2 * HOUR, NOW + 9 * HOUR),)),
        member(2, free=(Span(NOW + HOUR, NOW + 100 * MINUTE),)),
    ]
    decision = next_wave(request(deadline=NOW + 8 * HOUR), soon, FIRST, NOW)
    assert (decision.why, decision.next_at, decision.hand_back) == (Why.later, NOW + HOUR, False)
    assert next_wave(request(deadline=NOW + 8 * HOUR), soon, FIRST, NOW + HOUR).members
    assert next_wave(request(deadline=NOW + 80 * MINUTE), soon, FIRST, NOW).hand_back
    asleep = [member(1, free=(Span(NOW + HOUR, NOW + 80 * MINUTE),), active=False)]
    assert next_wave(request(), asleep, FIRST, NOW).hand_back


def test_a_wave_waits_for_those_who_think_about_another_ask() -> None:
    thinking = crowd(2, waiting=True)
    assert next_wave(request(deadline=NOW + 8 * HOUR), thinking, FIRST, NOW).next_at == NOW + 30 * MINUTE
    assert next_wave(request(deadline=NOW + 50 * MINUTE), thinking, FIRST, NOW).hand_back


@settings(max_examples=40, deadline=None)
@given(requests(), members(most=20), st.integers(0, 23))
def test_asking_ends_and_asks_nobody_twice_and_nobody_who_may_not_be_asked(
    asked: Request, people: list[Member], hour: int
) -> None:
    now, history, so_far = NOW + hour * HOUR, FIRST, set(asked.asked)
    for _round in range(80):
        at_it = Request(**{name: getattr(asked, name) for name in asked.__slots__} | {"asked": frozenset(so_far)})
        decision = next_wave(at_it, people, history, now)
        fit = {one.id for one in eligible(at_it, people, now).fit}
        chosen = {one.member.id for one in decision.members}
        assert chosen <= fit - so_far
        assert len(chosen) <= 8 * asked.slots * (1 + history.waves)
        if decision.next_at is None:
            break
        assert decision.next_at > now
        so_far |= chosen
        out = history.open + tuple(Asked(one.p, now) for one in decision.members)
        last = now if chosen else history.last_at
        history = History(decision.wave if chosen else history.waves, last, out)
        now = decision.next_at
    assert decision.hand_back
