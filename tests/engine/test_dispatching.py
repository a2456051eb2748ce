"""The proposal for a queue: values, pins, what is accepted already, what a change does, which requests go together."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.dispatching import (
    CannotPin,
    Crew,
    Move,
    Open,
    PinTrouble,
    Reason,
    dispatch,
    effect,
    pooled,
)
from matching.engine.model import Request, Span
from tests.engine.oracle import best_flow
from tests.engine.people import HOUR, MINUTE, NOW, member

PEOPLE = [member(n, branch=n % 2) for n in (11, 12, 13)]


def at(hours: float, length: float = 1) -> Span:
    return Span(NOW + hours * HOUR, NOW + (hours + length) * HOUR)


def wish(id_: int, **told: object) -> Request:
    return Request(id_, **({"window": at(id_)} | told))


def test_a_slot_is_worth_the_chance_of_a_yes_times_the_urgency():
    queue = [wish(n, urgency=n) for n in range(4)]
    found = dispatch(queue, [member(n) for n in range(4)], {(n, n): 0.5 for n in range(4)})
    assert found.values == {(0, 0): 300, (1, 1): 500, (2, 2): 800, (3, 3): 1250}
    assert (found.value, found.bound, found.gap, found.unfilled) == (2850, 2850, 0, ())


chances = st.dictionaries(st.tuples(st.integers(1, 4), st.integers(1, 5)), st.floats(0, 1), max_size=14)


@given(chances, st.lists(st.integers(1, 3), min_size=4, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_it_is_the_best_of_all_in_whatever_order_people_come(p, slots, dice):
    queue = [wish(n + 1, slots=many, urgency=n % 4) for n, many in enumerate(slots)]
    people = [member(n) for n in range(1, 6)]
    found = dispatch(queue, people, p)
    worth = [round(1000 * (0.6, 1, 1.6, 2.5)[(one - 1) % 4] * chance) for (one, _), chance in p.items()]
    rows = [(one - 1, two - 1, value) for (one, two), value in zip(p, worth, strict=True)]
    assert found.value == best_flow(slots, [1] * 5, rows)
    mixed = list(p.items())
    for one in (queue, people, mixed):
        dice.shuffle(one)
    assert dispatch(queue, people, dict(mixed)) == found


@given(chances, st.data())
@settings(max_examples=50, deadline=None)
def test_pins_are_in_it_and_forbidden_pairs_are_not(p, data):
    queue, people = [wish(n, slots=2) for n in range(1, 5)], [member(n) for n in range(1, 6)]
    before = dispatch(queue, people, p)
    forbidden = data.draw(st.lists(st.sampled_from(sorted(p)), unique=True)) if p else []
    left = sorted(set(p) - set(forbidden))
    pins = [data.draw(st.sampled_from(left))] if left else []
    after = dispatch(queue, people, p, pins=pins, forbidden=forbidden)
    assert set(pins) <= set(after.pairs)
    assert not set(forbidden) & set(after.pairs)
    assert effect(before, after).value <= 0


def test_people_who_said_yes_stay_and_keep_their_place_in_the_day():
    queue = [wish(1, slots=1), wish(2, window=at(1.5)), wish(3)]
    p = {(2, 11): 0.9, (3, 11): 0.4, (1, 11): 0.99, (2, 12): 0.1}
    assert dispatch(queue, PEOPLE, p, accepted=[(1, 11)]).pairs == ((2, 12),)  # one task each, and it is theirs
    found = dispatch(queue, PEOPLE, p, accepted=[(1, 11)], caps={11: 2})
    assert found.pairs == ((2, 12), (3, 11))  # the second overlaps with what they said yes to


def test_somebody_with_room_for_several_gets_none_that_overlap_and_no_more_minutes_than_they_have():
    queue = [wish(1), wish(2, window=at(1.5)), wish(3), wish(4, window=None)]
    p = {(n, 11): 0.5 for n in (1, 2, 3, 4)} | {(2, 12): 0.1}
    found = dispatch(queue, PEOPLE, p, caps={11: 9})
    assert found.pairs == ((1, 11), (2, 12), (3, 11), (4, 11))
    tired = [member(11, hours14=11.0), *PEOPLE[1:]]
    assert len(dispatch(queue, tired, p, caps={11: 9}).pairs) == 3  # an hour left: two of half an hour
    worn_out = [member(11, hours14=12.0), *PEOPLE[1:]]
    assert len(dispatch(queue, worn_out, p, caps={11: 9}).pairs) == 2  # whom the rules let through for one, gets one


def test_crews_come_whole_or_not_at_all():
    queue = [wish(1, slots=3), wish(2)]
    people = [member(11, branch=1, skills=frozenset({"陪诊"})), member(12, branch=1), member(13, branch=2)]
    p = {(1, 11): 0.2, (1, 12): 0.3, (1, 13): 0.2, (2, 11): 0.5}
    assert dispatch(queue, people, p).value == 1000
    two = dispatch(queue, people, p, crews={1: Crew(least=2, per_branch=1)})
    assert two.pairs == ((1, 12), (1, 13), (2, 11))
    skilled = dispatch(queue, people, p, crews={1: Crew(least=2, skill="陪诊", count=1)})
    assert skilled.pairs == ((1, 11), (1, 12), (1, 13))
    lost = dispatch(queue, people, p, crews={1: Crew(least=4)})
    assert (lost.pairs, lost.unfilled) == (((2, 11),), (Open(1, 3, Reason.too_few),))


def test_open_slots_have_a_reason():
    queue = [wish(1), wish(2, slots=2), wish(3), wish(4, slots=0)]
    found = dispatch(queue, PEOPLE, {(1, 11): 0.9, (2, 11): 0.5, (2, 12): 0.4})
    assert [(one.request, one.slots, one.reason) for one in found.unfilled] == [
        (2, 1, Reason.elsewhere), (3, 1, Reason.nobody), (4, 0, Reason.no_slots),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pins", "more", "pair", "why"),
    [
        ([(1, 13)], {}, (1, 13), PinTrouble.not_eligible),
        ([(9, 11)], {}, (9, 11), PinTrouble.not_eligible),
        ([(1, 11)], {"forbidden": [(1, 11)]}, (1, 11), PinTrouble.forbidden),
        ([(1, 11), (1, 12)], {}, (1, 12), PinTrouble.no_slot),
        ([(1, 11), (2, 11)], {}, (2, 11), PinTrouble.no_room),
        ([(2, 11), (3, 11)], {"caps": {11: 2}}, (3, 11), PinTrouble.no_room),
        ([(2, 11)], {"accepted": [(1, 11)]}, (2, 11), PinTrouble.no_room),
        ([(2, 11)], {"crews": {2: Crew(least=3)}}, (2, 11), PinTrouble.crew),
        ([(2, 11), (1, 12)], {"crews": {2: Crew(least=2)}}, (2, 11), PinTrouble.crew),
    ],
)
def test_a_pin_that_cannot_be_is_refused_with_its_reason(pins, more, pair, why):
    queue = [wish(1), wish(2, slots=3), wish(3, window=at(2.5))]
    p = {(one, two): 0.5 for one in (1, 2, 3) for two in (11, 12)}
    with pytest.raises(CannotPin) as refused:
        dispatch(queue, PEOPLE, p, pins=pins, **more)
    assert (refused.value.pair, refused.value.why) == (pair, why)


def test_an_effect_names_whom_it_displaces_and_what_it_costs():
    queue = [wish(1), wish(2)]
    p = {(1, 11): 0.9, (1, 12): 0.3, (2, 11): 0.8, (2, 13): 0.4}
    before = dispatch(queue, PEOPLE, p)
    after = dispatch(queue, PEOPLE, p, pins=[(1, 12)])
    assert effect(before, before).moves == ()
    found = effect(before, after)
    assert found.value == after.value - before.value < 0
    assert found.moves == (Move(11, (1,), (2,)), Move(12, (), (1,)), Move(13, (2,), ()))
    assert found.slots == 0
    assert effect(before, dispatch(queue, PEOPLE, p, forbidden=[(2, 13), (2, 11)])).slots == -1


def test_requests_due_within_two_minutes_of_the_first_go_together():
    due = {7: NOW, 3: NOW + 2 * MINUTE, 5: NOW + 3 * MINUTE, 4: NOW, 1: NOW + HOUR}
    assert pooled(due) == [[4, 7, 3], [5], [1]]
    assert pooled(due, timedelta(0)) == [[4, 7], [3], [5], [1]]
    assert pooled({}) == []


def test_an_empty_queue_has_an_empty_proposal():
    found = dispatch([], [], {})
    assert (found.pairs, found.value, found.gap) == ((), 0, 0)
    assert dispatch([], PEOPLE, {(1, 11): 0.5}).pairs == ()
