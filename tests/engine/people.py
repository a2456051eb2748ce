"""Members and requests for the engine, plain ones and arbitrary ones. Monday, ten in the morning in Shanghai."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from matching.engine.model import Engaged, Member, Place, Request, Span, Tally

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
SKILLS, HOUSES, CODES = ("轮椅推送", "陪诊", "义诊资质-医师", "英语"), ("门诊楼", "内科楼", ""), ("escort", "push")
ALL_DAY = (Span(NOW - 10 * HOUR, NOW + 20 * HOUR),)


def member(id_: int = 1, **told: object) -> Member:
    """Somebody who may be asked for anything simple."""
    return Member(id_, **({"unit_path": "/1/2/", "free": ALL_DAY} | told))


def request(**told: object) -> Request:
    """Something simple, as soon as somebody comes."""
    return Request(1, **({"category": "escort", "unit_path": "/1/"} | told))


def _span(first: int, length: int) -> Span:
    return Span(NOW + first * 30 * MINUTE, NOW + (first + length) * 30 * MINUTE)


def _engaged(span: Span, request_id: int) -> Engaged:
    return Engaged(*span, request_id)


spans = st.builds(_span, st.integers(-6, 12), st.integers(1, 10))
tallies = st.integers(0, 30).flatmap(lambda asked: st.builds(Tally, st.just(asked), st.integers(0, asked)))
moments = st.integers(-40 * 24, 0).map(lambda hours: NOW + hours * HOUR)


@st.composite
def members(draw: st.DrawFn, most: int = 12) -> list[Member]:
    """Some people, most of whom may be asked for most things."""
    skills = st.frozensets(st.sampled_from(SKILLS))
    person = st.builds(
        Member,
        id=st.integers(1, 10**6),
        unit_path=st.sampled_from(("/1/2/", "/1/2/", "/1/3/", "/9/")),
        active=st.sampled_from((True, True, True, False)),
        muted_until=st.sampled_from((None, None, NOW + HOUR, NOW - HOUR)),
        skills=skills,
        licences=skills,
        gender=st.sampled_from(("f", "m", "")),
        cleared=st.booleans(),
        place=st.sampled_from(HOUSES).map(Place),
        free=st.one_of(st.just(ALL_DAY), st.lists(spans, max_size=3).map(tuple)),
        away=st.lists(spans, max_size=1).map(tuple),
        commitments=st.lists(spans, max_size=2).map(tuple),
        engaged=st.lists(st.builds(_engaged, spans, st.sampled_from((0, 0, 1))), max_size=2).map(tuple),
        hours14=st.floats(0, 14),
        hours_cap=st.sampled_from((None, None, 3.0, 20.0)),
        tally=tallies,
        categories=st.dictionaries(st.sampled_from(CODES), tallies),
        recent=st.floats(0, 7),
        last_asked=st.one_of(st.none(), moments),
        waiting=st.sampled_from((False, False, False, True)),
    )
    return draw(st.lists(person, max_size=most, unique_by=lambda one: one.id))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Anything that may be asked for."""
    skills = st.frozensets(st.sampled_from(SKILLS), min_size=1, max_size=2)
    return draw(
        st.builds(
            Request,
            id=st.just(1),
            category=st.sampled_from(CODES),
            unit_path=st.sampled_from(("/", "/1/", "/1/2/")),
            urgency=st.integers(0, 3),
            skills=st.lists(skills, max_size=2).map(tuple),
            licensed=st.sampled_from((frozenset(), frozenset({"义诊资质-医师"}))),
            place=st.sampled_from(HOUSES).map(Place),
            window=st.one_of(st.none(), spans),
            whole=st.booleans(),
            minutes=st.integers(10, 120),
            slots=st.integers(1, 4),
            deadline=st.sampled_from((None, NOW + HOUR, NOW + 5 * HOUR, NOW + 3 * DAY)),
            gender=st.sampled_from(("", "f")),
            dialect=st.sampled_from(("", "英语")),
            strict_gender=st.booleans(),
            for_child=st.booleans(),
            asked=st.frozensets(st.integers(1, 10**6), max_size=3),
            spacing=st.sampled_from((4, 15, 120, 360)).map(lambda minutes: minutes * MINUTE),
        )
    )
