"""Who may be asked: each rule by itself, their order, and a second look at everybody by other means."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.eligible import DEFAULTS, RULES, Rule, eligible
from matching.engine.model import Dials, Engaged, Member, Place, Request, Span
from tests.engine.people import DAY, HOUR, MINUTE, NOW, member, members, request, requests

DOCTOR = "义诊资质-医师"
CLEARED = Dials(clearance=True)

ONE_BY_ONE = [  # the rule, what the request asks, what is told of the member, the dials
    (Rule.scope, {"unit_path": "/1/3/"}, {}, Dials()),
    (Rule.active, {}, {"active": False}, Dials()),
    (Rule.muted, {}, {"muted_until": NOW + MINUTE}, Dials()),
    (Rule.skills, {"skills": (frozenset({"英语"}),)}, {"skills": frozenset({"陪诊"})}, Dials()),
    (Rule.licence, {"skills": (frozenset({DOCTOR}),), "licensed": frozenset({DOCTOR})},
     {"skills": frozenset({DOCTOR})}, Dials()),
    (Rule.leave, {}, {"free": (), "away": (Span(NOW - DAY, NOW + DAY),)}, Dials()),
    (Rule.availability, {}, {"free": (Span(NOW - HOUR, NOW + 29 * MINUTE),)}, Dials()),
    (Rule.overlap, {}, {"commitments": (Span(NOW + 20 * MINUTE, NOW + HOUR),)}, Dials()),
    (Rule.engaged, {}, {"engaged": (Engaged(NOW + 20 * MINUTE, NOW + HOUR),)}, Dials()),
    (Rule.gender, {"gender": "f", "strict_gender": True}, {"gender": "m"}, Dials()),
    (Rule.safeguarding, {"for_child": True}, {}, CLEARED),
    (Rule.hours_cap, {}, {"hours14": 11.6}, Dials()),
    (Rule.ask_cap, {}, {"recent": 5.1}, Dials()),
    (Rule.waiting, {}, {"waiting": True}, Dials()),
    (Rule.asked, {"asked": frozenset({1})}, {}, Dials()),
    (Rule.deadline, {"deadline": NOW + 29 * MINUTE}, {}, Dials()),
]  # fmt: skip


def refused(asked: Request, person: Member, dials: Dials = DEFAULTS) -> Rule | None:
    found = eligible(asked, [person], NOW, dials).refused.get(person.id)
    return found and found.rule


@pytest.mark.parametrize(("rule", "asks", "told", "dials"), ONE_BY_ONE, ids=[one[0] for one in ONE_BY_ONE])
def test_each_rule_keeps_somebody_out_by_itself(rule: Rule, asks: dict, told: dict, dials: Dials) -> None:
    assert refused(request(), member()) is None
    assert refused(request(**asks), member(**told), dials) is rule
    assert RULES[rule]


def test_the_first_rule_that_fails_is_named() -> None:
    rules = list(Rule)
    assert [one[0] for one in ONE_BY_ONE] == rules
    for first in range(len(rules)):
        told = {"skills": frozenset({DOCTOR, "陪诊"}), "free": (Span(NOW - DAY, NOW + DAY),)}
        asks = {}
        for rule, wanted, has, _dials in ONE_BY_ONE[first:]:
            if rule in {Rule.leave, Rule.availability} and rule is not rules[first]:
                continue  # without free hours nothing after it is reached, with them it does not fail
            asks |= {key: value for key, value in wanted.items() if key not in asks}
            told |= {key: value for key, value in has.items() if key != "skills" or rule is rules[first]}
        assert refused(request(**asks), member(**told), CLEARED) is rules[first]


def test_moments_are_counted_up_to_and_without_their_end() -> None:
    assert refused(request(), member(muted_until=NOW)) is None
    around = (Span(NOW - HOUR, NOW), Span(NOW + 30 * MINUTE, NOW + HOUR))
    assert refused(request(), member(commitments=around)) is None


def test_a_refusal_says_what_is_missing_and_until_when() -> None:
    found = eligible(
        request(skills=(frozenset({"英语", "手语"}),)),
        [
            member(1),
            member(2, muted_until=NOW + DAY),
            member(3, skills=frozenset({"英语"}), free=(Span(NOW + HOUR, NOW + DAY),)),
        ],
        NOW,
    ).refused
    assert found[1].detail == "手语、英语"
    assert found[2].until == NOW + DAY
    assert found[3] == (Rule.availability, "", NOW + HOUR, None)


def test_the_most_urgent_tier_is_exempt_from_the_cap_on_asks() -> None:
    assert refused(request(urgency=3), member(recent=40.0)) is None
    assert refused(request(urgency=2), member(recent=40.0)) is Rule.ask_cap


def test_a_lower_cap_of_ones_own_counts_and_a_higher_one_does_not() -> None:
    assert refused(request(), member(hours14=2.0, hours_cap=2.4)) is Rule.hours_cap
    assert refused(request(), member(hours14=11.9, hours_cap=40.0)) is Rule.hours_cap
    assert refused(request(), member(hours14=11.5)) is None


def test_an_appointment_needs_one_free_span_that_covers_it_whole() -> None:
    asked = request(window=Span(NOW + 2 * HOUR, NOW + 4 * HOUR), minutes=30)
    halves = (Span(NOW, NOW + 3 * HOUR), Span(NOW + 3 * HOUR + MINUTE, NOW + 9 * HOUR))
    assert refused(asked, member(free=halves)) is Rule.availability
    assert refused(asked, member(free=(Span(NOW + 2 * HOUR, NOW + 4 * HOUR),))) is None
    assert refused(asked, member(commitments=(Span(NOW, NOW + 2 * HOUR + MINUTE),))) is Rule.overlap
    assert refused(asked, member(commitments=(Span(NOW, NOW + 2 * HOUR),))) is None


def test_of_a_range_to_choose_from_any_free_minutes_do() -> None:
    asked = request(window=Span(NOW, NOW + 8 * HOUR), whole=False, minutes=30)
    late = (Span(NOW + 7 * HOUR, NOW + 7 * HOUR + 30 * MINUTE),)
    assert refused(asked, member(free=late)) is None
    assert refused(asked, member(free=(Span(NOW + 7 * HOUR, NOW + 7 * HOUR + 29 * MINUTE),))) is Rule.availability
    assert (
        refused(asked, member(free=late, commitments=(Span(NOW + 7 * HOUR + MINUTE, NOW + 9 * HOUR),))) is Rule.overlap
    )
    between = (Span(NOW, NOW + HOUR), Span(NOW + HOUR + 31 * MINUTE, NOW + 9 * HOUR))
    assert refused(asked, member(commitments=between)) is None


def test_hours_at_an_activity_are_named_and_those_of_the_requests_own_activity_are_no_obstacle() -> None:
    asked = request(window=Span(NOW, NOW + 8 * HOUR), whole=False, minutes=30)
    meeting, day = Engaged(NOW + 7 * HOUR, NOW + 9 * HOUR), Engaged(NOW - HOUR, NOW + 8 * HOUR)
    next_week = Engaged(NOW + 7 * DAY, NOW + 8 * DAY)
    late = member(free=(Span(NOW + 7 * HOUR, NOW + 8 * HOUR),), engaged=(meeting, next_week))
    found = eligible(asked, [late], NOW).refused[1]
    assert found == (Rule.engaged, "", NOW + 9 * HOUR, NOW + 7 * HOUR)
    assert refused(asked, member(engaged=(meeting, next_week))) is None
    assert refused(asked, member(engaged=(day,))) is Rule.engaged
    own = Engaged(*day[:2], asked.id)
    assert refused(asked, member(engaged=(own,))) is None
    assert eligible(asked, [member(2, free=late.free, engaged=(own, meeting))], NOW).refused[2] == found
    both = member(commitments=(Span(NOW, NOW + 4 * HOUR),), engaged=(Engaged(NOW + 4 * HOUR, NOW + 8 * HOUR),))
    assert refused(asked, both) is Rule.engaged  # what they took alone would leave room
    taken = eligible(request(), [member(commitments=(Span(NOW - HOUR, NOW + HOUR),))], NOW).refused[1]
    assert taken == (Rule.overlap, "", NOW + HOUR, NOW - HOUR)


def test_a_window_that_is_over_is_refused_for_the_deadline() -> None:
    assert refused(request(window=Span(NOW - 2 * HOUR, NOW)), member()) is Rule.deadline
    nearly = Span(NOW - 2 * HOUR, NOW + 10 * MINUTE)
    assert refused(request(window=nearly, whole=False, minutes=30), member()) is Rule.deadline
    assert refused(request(window=nearly, minutes=30), member()) is None


def test_the_way_counts_before_a_deadline() -> None:
    asked = request(place=Place(point=(0, 0)), minutes=30, deadline=NOW + 40 * MINUTE)
    assert refused(asked, member(place=Place(point=(2, 0)))) is None
    assert refused(asked, member(place=Place(point=(3, 0)))) is Rule.deadline
    appointed = request(window=Span(NOW + HOUR, NOW + 2 * HOUR), deadline=NOW + 80 * MINUTE, minutes=30)
    assert refused(appointed, member()) is Rule.deadline


def test_any_one_skill_of_a_group_will_do_and_each_group_needs_one() -> None:
    either, both = (frozenset({"英语", "手语"}),), (frozenset({"英语"}), frozenset({"手语"}))
    assert refused(request(skills=either), member(skills=frozenset({"手语"}))) is None
    assert refused(request(skills=both), member(skills=frozenset({"手语"}))) is Rule.skills


def test_a_skill_without_a_licence_will_do_beside_one_that_needs_it() -> None:
    asked = request(skills=(frozenset({DOCTOR, "护理"}),), licensed=frozenset({DOCTOR}))
    assert refused(asked, member(skills=frozenset({"护理"}))) is None
    assert refused(asked, member(skills=frozenset({DOCTOR}))) is Rule.licence
    assert refused(asked, member(skills=frozenset({DOCTOR}), licences=frozenset({DOCTOR}))) is None


def may(asked: Request, person: Member, dials: Dials) -> bool:
    """The rules once more, minute by minute and without regard to order or speed."""
    length = asked.minutes * MINUTE
    window = asked.window or Span(NOW, NOW + length)
    first = max(window.start, NOW)
    whole = asked.whole or asked.window is None
    busy = [*person.commitments, *(Span(one.start, one.end) for one in person.engaged if one.request != asked.id)]
    starts = (
        [first] if whole else [first + n * MINUTE for n in range(24 * 60) if first + n * MINUTE + length <= window.end]
    )
    need = window.end - first if whole else length
    usable = {skill for skill in person.skills if skill not in asked.licensed or skill in person.licences}
    way = 5 * MINUTE * asked.place.distance(person.place)

    def fits(start: object) -> bool:
        span = Span(start, start + need)
        return any(one.covers(span) for one in person.free) and not any(one.meets(span) for one in busy)

    starts = [start for start in starts if fits(start)]
    return (
        person.unit_path.startswith(asked.unit_path) and person.active
        and (person.muted_until is None or person.muted_until <= NOW)
        and all(group & usable for group in asked.skills)
        and need.total_seconds() > 0 and bool(starts)
        and not (asked.gender and asked.strict_gender and person.gender != asked.gender)
        and not (asked.for_child and dials.clearance and not person.cleared)
        and person.hours14 + asked.minutes / 60 <= min(dials.hours_cap, person.hours_cap or dials.hours_cap)
        and (asked.urgency == 3 or person.recent + 1 <= dials.ask_cap)
        and not person.waiting and person.id not in asked.asked
        and (asked.deadline is None or max(starts[0], NOW + way) + length <= asked.deadline)
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(requests(), members(), st.booleans(), st.randoms(use_true_random=False))
def test_everybody_is_either_fit_or_refused_as_a_slow_second_look_says(
    asked: Request, people: list[Member], clearance: bool, dice: random.Random
) -> None:
    dials = Dials(clearance=clearance)
    found = eligible(asked, people, NOW, dials)
    assert [one.id for one in found.fit] == [one.id for one in people if may(asked, one, dials)]
    assert found.refused.keys() == {one.id for one in people} - {one.id for one in found.fit}
    shuffled = dice.sample(people, len(people))
    again = eligible(asked, shuffled, NOW, dials)
    assert {one.id for one in again.fit} == {one.id for one in found.fit}
    assert again.refused == found.refused
