"""A proposal computed without a database: nothing is lost by looking at the likeliest only, and reasons agree."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.api.planner import TROUBLES
from matching.api.proposals import REASONS
from matching.asks import planning, recording
from matching.asks.queue import Queue
from matching.engine import dispatching
from matching.engine.model import Dials, Member, Place, Request, Span, Tally
from matching.engine.scoring import BUILT_IN, ranked

AT = datetime(2026, 3, 2, 2, tzinfo=UTC)
TODAY = Span(AT, AT + timedelta(hours=8))
members = st.builds(
    lambda asked, yes, hours, house, skills: Member(
        0, "/1/", skills=skills, place=Place(house), free=(TODAY,), hours14=hours, tally=Tally(asked, min(asked, yes))
    ),
    st.integers(0, 12), st.integers(0, 12), st.floats(0, 8), st.sampled_from("AB"),
    st.frozensets(st.sampled_from("xy")),
)  # fmt: skip
requests = st.builds(
    lambda urgency, slots, house, skill: Request(
        0, unit_path="/1/", urgency=urgency, slots=slots, place=Place(house), skills=skill, window=TODAY, whole=False
    ),
    st.integers(0, 3), st.integers(1, 3), st.sampled_from("AB"), st.sampled_from([(), (frozenset("x"),)]),
)  # fmt: skip


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    people = [replace(one, id=n) for n, one in enumerate(draw(st.lists(members, max_size=9)), 1)]
    wanted = [replace(one, id=n) for n, one in enumerate(draw(st.lists(requests, min_size=1, max_size=4)), 100)]
    return Queue(1, AT, wanted, people, BUILT_IN, Dials(), {one.id: ("accepted", 1) for one in wanted}, 0)


@settings(max_examples=60)
@given(queues(), st.data())
def test_looking_at_the_likeliest_only_loses_nothing_whatever_is_forbidden(queue, data):
    known = planning.prepared(queue)
    pairs = sorted(known.p)
    barred = data.draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True)) if pairs else []
    some = planning.dispatched(known, (), barred)
    everybody = dispatching.dispatch(queue.requests, queue.members, known.p, forbidden=barred)
    assert some.value == everybody.value
    assert not {*some.pairs} & {*barred}


@settings(max_examples=40)
@given(queues(), st.data())
def test_a_change_that_costs_nothing_moves_nobody_else_and_equals_spare_who_carries_much(queue, data):
    known = planning.prepared(queue)
    before = planning.dispatched(known)
    assert planning.dispatched(known, (), (), before.pairs).pairs == before.pairs
    unused = [one for one in queue.members if one.id not in {person for _request, person in before.pairs}]
    for request, person in before.pairs:
        for other in unused:
            alike = known.p.get((request, other.id)) == known.p[request, person]
            assert not alike or other.hours14 >= known.members[person].hours14
    if before.pairs:
        barred = data.draw(st.sampled_from(before.pairs))
        after = planning.dispatched(known, (), [barred], before.pairs)
        assert after.value <= before.value
        assert len({person for _request, person in after.pairs}) == len(after.pairs)
        assert all(known.p[pair] for pair in after.pairs)
        assert sum(after.values.values()) == after.value


@settings(max_examples=30)
@given(queues())
def test_the_reasons_are_those_of_the_ranking(queue):
    known = planning.prepared(queue)
    written = recording.written(known, planning.dispatched(known))
    for one in written["pairs"]:
        request = known.requests[one["request"]]
        fit = [known.members[person] for person in known.fit[request.id]]
        there = {s.member.id: s for s in ranked(request, fit, AT, len(fit), BUILT_IN, Dials())}[one["person"]]
        assert one["reasons"] == [[reason.sentence, dict(reason.values)] for reason in there.reasons]
        assert one["p"] == round(there.p, 4)


def test_every_reason_and_every_trouble_has_its_words():
    assert set(REASONS) == set(dispatching.Reason)
    assert set(TROUBLES) == set(dispatching.PinTrouble)
