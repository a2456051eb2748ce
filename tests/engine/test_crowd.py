"""A thousand looked at together: the same people, refusals and numbers, to the bit, as each of them by themselves."""

from datetime import UTC, timedelta
from math import log

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.crowd import FIELDS, Crowd, Moments, alike, counted, own, together
from matching.engine.eligible import eligible
from matching.engine.model import Dials, Member, Request, Tally
from matching.engine.scoring import SCORE_PARTS, Weights, chances, explained, fade, faded, ranked
from tests.engine.people import DAY, NOW, member, members, request, requests

weights = st.builds(Weights, st.just(3), st.floats(-3, 0), st.floats(0.3, 3), st.floats(0.02, 0.9))
SNAP = 1.5 * 2**22  # 30 bits behind the point


def crowd_of(people: list[Member]) -> Crowd:
    """As it comes from the database: nobody has been made yet, and what is alike is kept once."""
    columns = {
        name: (own if name == "categories" else alike)([getattr(one, name) for one in people]) for name in FIELDS
    }
    asked = [one.last_asked and one.last_asked.astimezone(UTC).replace(tzinfo=None) for one in people]
    columns["last_asked"] = own(Moments(np.array(asked, "M8[us]")))
    return Crowd(columns, len(people))


def plainly(asked: Request, one: Member, by: Weights, dials: Dials) -> list[float]:
    """The contributions to score and price, one member after the other and each by itself (docs/domain.md §11)."""
    here = one.categories.get(asked.category, Tally())
    share = (min(one.tally.accepted, one.tally.asked) + 6 * by.rate) / (one.tally.asked + 6)
    there = (min(here.accepted, here.asked) + 4 * share) / (here.asked + 4)
    mine = log(share / (1 - share))
    gender = "" if asked.strict_gender else asked.gender
    met = (bool(gender) and one.gender == gender) + (bool(asked.dialect) and asked.dialect in one.skills)
    parts = [
        by.intercept,
        by.slope * 0.8 * (mine - log(by.rate / (1 - by.rate))),
        by.slope * 0.6 * (log(there / (1 - there)) - mine),
        by.slope * -0.30 * asked.place.distance(one.place),
        by.slope * -0.15 * one.recent,
        by.slope * -0.05 * max(one.hours14 - 4, 0),
        by.slope * 0.2 * met / max(bool(gender) + bool(asked.dialect), 1),
        dials.equity * -0.30 * one.hours14,
        dials.equity * -0.25 * one.recent,
        dials.equity * 0.4 * (one.last_asked is None or one.last_asked <= NOW - 14 * DAY),
    ]
    return [part + SNAP - SNAP for part in parts]


@settings(max_examples=60, deadline=None)
@given(requests(), members(most=25), weights, st.floats(0, 2), st.booleans())
def test_a_crowd_is_screened_and_scored_as_each_of_them_alone(
    asked: Request, people: list[Member], by: Weights, equity: float, clearance: bool
) -> None:
    dials, crowd = Dials(equity=equity, clearance=clearance), crowd_of(people)
    alone, together = eligible(asked, people, NOW, dials), eligible(asked, crowd, NOW, dials)
    assert [one.id for one in together.fit] == [one.id for one in alone.fit]
    assert together.refused == alone.refused
    assert list(together.refused) == list(alone.refused)

    found = ranked(asked, together.fit, NOW, 7, by, dials)
    assert found == ranked(asked, alone.fit, NOW, 7, by, dials)
    plain = {one.id: plainly(asked, one, by, dials) for one in alone.fit}
    for one in found:
        assert [*one.parts.values(), *one.equity.values()] == plain[one.member.id]
    count = len(SCORE_PARTS)
    never = NOW - 9999 * DAY
    order = sorted(alone.fit, key=lambda one: (-sum(plain[one.id]), one.last_asked or never, one.id))
    assert [one.member for one in found] == order[:7]
    assert [one.score for one in found] == [sum(plain[one.id][:count]) for one in order[:7]]
    assert chances(asked, together.fit, NOW, by) == chances(asked, alone.fit, NOW, by)
    three = [one.id for one in people[:3]]
    assert explained(asked, together.fit, three, NOW, by, dials) == explained(asked, alone.fit, three, NOW, by, dials)


@settings(max_examples=20, deadline=None)
@given(members(most=8))
def test_the_members_of_a_crowd_are_those_it_was_made_of(people: list[Member]) -> None:
    crowd = crowd_of(people)
    assert [crowd[place] for place in range(len(people))] == people
    assert list(crowd) == people
    assert crowd[:2] == people[:2]
    gone = {one.id for one in people[::2]}
    assert list(crowd_of(people).without(gone)) == [one for one in people if one.id not in gone]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.sampled_from("abc"), st.booleans()), max_size=12))
def test_what_stands_together_is_what_each_has(rows: list[tuple[int, str, bool]]) -> None:
    numbers, words, truths = (list(one) for one in zip(*rows, strict=True)) if rows else ([], [], [])
    columns = [counted(np.array(numbers, np.int64)), alike(words), counted(np.array(truths, bool))]
    assert [column.each() for column in columns] == [numbers, words, truths]
    both = together(columns)
    assert both.each() == rows
    assert len(both.values) == len(set(rows))
    assert [part.each() for part in both.parts(3)] == [numbers, words, truths]


@given(st.lists(st.tuples(st.floats(0, 50), st.none() | st.integers(0, 400 * 86_400_000_000)), max_size=9))
def test_many_asks_fade_as_each_of_them_alone(asks: list[tuple[float, int | None]]) -> None:
    recent = np.array([one for one, _age in asks], float)
    ages = np.array([age for _one, age in asks], "m8[us]")
    alone = [0.0 if age is None else fade(one, timedelta(microseconds=age)) for one, age in asks]
    assert faded(recent, ages) == alone


def test_nobody_is_ranked_where_nobody_can_come() -> None:
    nobody = crowd_of([])
    assert eligible(request(), nobody, NOW).refused == {}
    assert ranked(request(), nobody, NOW, 5) == []
    assert chances(request(), nobody, NOW) == {}
    assert ranked(request(), crowd_of([member()]), NOW, 0) == []
