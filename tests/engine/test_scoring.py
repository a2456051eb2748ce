"""The score, the equity price, the order and the reasons."""

import json
import random
from math import exp, log

import pytest
from hypothesis import given, settings

from matching.engine import reasons
from matching.engine.eligible import eligible
from matching.engine.model import Dials, Member, Place, Request, Tally
from matching.engine.reasons import EQUITY_PARTS, SCORE_PARTS, Part
from matching.engine.scoring import BUILT_IN, Suggestion, Weights, chances, ranked, suggest
from tests.engine.people import DAY, HOUR, NOW, member, members, request, requests

SOME = Weights(7, -1.1, 0.83, 0.24)
CLOSE = {"abs": 1e-8}


def scored(asked: Request, *people: Member, weights: Weights = BUILT_IN, dials: Dials = Dials()) -> list[Suggestion]:  # noqa: B008
    return suggest(asked, people, NOW, len(people), weights, dials)


def logit(share: float) -> float:
    return log(share / (1 - share))


def test_somebody_of_whom_nothing_is_known_scores_the_intercept() -> None:
    only = scored(request(place=Place("门诊楼")), member(place=Place("门诊楼")))[0]
    assert only.score == pytest.approx(-1.6, **CLOSE)
    assert only.p == pytest.approx(0.168, abs=1e-3)
    assert [part for part, value in only.parts.items() if value] == ["base"]


def test_the_score_is_the_formula_of_the_rules() -> None:
    person = member(
        place=Place(point=(3, 4)), tally=Tally(10, 6), categories={"escort": Tally(5, 1)}, recent=2.5, hours14=6.5,
        skills=frozenset({"英语"}), last_asked=NOW - 3 * DAY,
    )  # fmt: skip
    asked = request(place=Place(point=(0, 0)), gender="f", dialect="英语")
    found = scored(asked, person, weights=SOME)[0]
    share = (6 + 6 * 0.24) / 16
    here = (1 + 4 * share) / 9
    rest = 0.8 * (logit(share) - logit(0.24)) + 0.6 * (logit(here) - logit(share))
    rest += -0.30 * 5 - 0.15 * 2.5 - 0.05 * 2.5 + 0.2 / 2
    assert found.score == pytest.approx(-1.1 + 0.83 * rest, **CLOSE)
    assert found.p == pytest.approx(1 / (1 + exp(-found.score)))
    assert found.rank_score == pytest.approx(found.score - 0.30 * 6.5 - 0.25 * 2.5, **CLOSE)
    assert tuple(found.parts) == SCORE_PARTS
    assert tuple(found.equity) == EQUITY_PARTS


def test_equity_changes_the_order_and_never_the_chance() -> None:
    busy, idle = member(1, tally=Tally(20, 12), hours14=8.0), member(2, tally=Tally(20, 9))
    fair, blind = scored(request(), busy, idle), scored(request(), busy, idle, dials=Dials(equity=0.0))
    assert [one.member.id for one in fair] == [2, 1]
    assert [one.member.id for one in blind] == [1, 2]
    assert {one.member.id: one.p for one in fair} == {one.member.id: one.p for one in blind}
    assert all(one.rank_score == one.score for one in blind)


def test_whoever_was_not_asked_for_fourteen_days_is_preferred() -> None:
    lately, just, never = member(1, last_asked=NOW - 14 * DAY + HOUR), member(2, last_asked=NOW - 14 * DAY), member(3)
    assert [one.equity["unasked"] > 0 for one in scored(request(), lately, just, never)] == [True, True, False]


def test_a_wish_counts_and_what_is_insisted_on_is_a_rule_and_no_wish() -> None:
    woman = member(gender="f")
    assert scored(request(gender="f"), woman)[0].parts["wish"] == pytest.approx(0.2, **CLOSE)
    assert scored(request(gender="f", strict_gender=True), woman)[0].parts["wish"] == 0
    assert scored(request(gender="m"), woman)[0].parts["wish"] == 0


def test_yes_to_every_service_is_not_counted_twice() -> None:
    plain = member(1, tally=Tally(20, 15))
    same = member(2, tally=Tally(20, 15), categories={"escort": Tally(4, 3)})
    assert abs(scored(request(), same)[0].score - scored(request(), plain)[0].score) < 0.25


def test_among_equals_the_longest_unasked_comes_first_then_the_smaller_id() -> None:
    people = [member(5), member(3), member(4, last_asked=NOW - 20 * DAY), member(2, last_asked=NOW - 30 * DAY)]
    assert [one.member.id for one in scored(request(), *people)] == [3, 5, 2, 4]


@settings(max_examples=40, deadline=None)
@given(requests(), members())
def test_contributions_sum_to_the_score_exactly_in_any_order(asked: Request, people: list[Member]) -> None:
    for found in suggest(asked, people, NOW, 99, SOME, Dials(equity=0.7)):
        assert sum(found.parts.values()) == found.score
        assert sum(reversed(found.parts.values())) == found.score
        assert found.score + sum(found.equity.values()) == found.rank_score
        assert sum(json.loads(json.dumps(found.parts)).values()) == found.score


@settings(max_examples=40, deadline=None)
@given(requests(), members())
def test_nobody_who_may_not_be_asked_is_suggested_and_the_order_of_the_input_does_not_matter(
    asked: Request, people: list[Member]
) -> None:
    found = suggest(asked, people, NOW, 5, SOME)
    fit = eligible(asked, people, NOW).fit
    assert {one.member.id for one in found} <= {one.id for one in fit}
    assert len(found) == min(5, len(fit))
    assert found == suggest(asked, random.Random(1).sample(people, len(people)), NOW, 5, SOME)
    assert found == suggest(asked, people, NOW, 99, SOME)[:5]
    assert [one.rank_score for one in found] == sorted((one.rank_score for one in found), reverse=True)
    assert chances(asked, fit, NOW, SOME).items() >= {one.member.id: one.p for one in found}.items()


@settings(max_examples=40, deadline=None)
@given(requests(), members())
def test_three_reasons_that_can_be_said_are_given_for_everybody(asked: Request, people: list[Member]) -> None:
    for found in suggest(asked, people, NOW, 99):
        assert len(found.reasons) == 3
        assert len({reason.sentence for reason in found.reasons}) == 3
        assert all("{" not in reason.sentence.format_map(reason.values) for reason in found.reasons)


def test_reasons_say_what_speaks_for_somebody_against_the_median() -> None:
    asked = request(place=Place("门诊楼"), skills=(frozenset({"陪诊"}),))
    alike = {"skills": frozenset({"陪诊"}), "last_asked": NOW - DAY, "recent": 1.0}
    others = [member(n, place=Place("内科楼"), hours14=5.0, **alike) for n in range(2, 8)]
    best = member(1, place=Place("门诊楼"), hours14=2.0, tally=Tally(12, 9), **alike)
    said = scored(asked, best, *others)[0].reasons
    assert [reason.part for reason in said] == [Part.member, Part.hours, Part.distance]
    assert said[0].sentence.format_map(said[0].values) == "12 次邀请答应了 9 次，比一般人多"
    assert said[1].sentence.format_map(said[1].values) == "近 14 天服务 2.0 小时，一般是 5.0 小时"
    assert said[2].sentence == reasons.SAME_HOUSE
    last = scored(asked, best, *others)[-1].reasons
    assert [reason.part for reason in last] == ["", "", ""]  # nothing speaks for them more than for others
    alone = scored(asked, best)[0].reasons
    assert [reason.sentence for reason in alone] == [reasons.HAS_SKILL, reasons.IS_FREE, reasons.BELOW_CAP]


def test_ranking_without_reasons_is_the_same_ranking() -> None:
    people = [member(n, tally=Tally(9, n)) for n in range(1, 9)]
    plain = ranked(request(), people, NOW, 8, explain=False)
    assert [one.member.id for one in plain] == [one.member.id for one in ranked(request(), people, NOW, 8)]
    assert not any(one.reasons for one in plain)
