"""Hours, asks, pleasant and hard requests: what is counted for whom, and how unequally."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import update

from matching.asks.model import Answer, Ask, AskCount, Availability, Leave
from matching.db import Database, Work
from matching.people.model import Person
from matching.reports.figures import EVERYTHING, Period, Scope, ScopeKind
from matching.reports.load.looking import fairness, load
from matching.reports.load.values import gini, of_busiest, together
from matching.requests.claims import Claim
from tests.cast import AT, Cast
from tests.requests.scene import DAY, HOUR, Story, refused

NOW = AT + HOUR


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([], None), ([3], None), ([0, 0, 0], None), ([2, 2, 2, 2], 0.0), ([0, 0, 0, 8], 0.75), ([1, 3], 0.25)],
)
def test_gini_is_none_without_anything_to_spread_0_when_all_have_alike_and_near_1_when_one_has_all(amounts, expected):
    assert gini(amounts) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([], None),
        ([3], None),
        ([0, 0], None),
        ([1, 3], 0.75),
        ([2] * 10, 0.1),
        ([5, *[1] * 15], 0.3),
        ([0] * 9 + [4], 1),
    ],
)
def test_of_all_hours_the_busiest_tenth_has_its_share(amounts, expected):
    assert of_busiest(amounts) == (None if expected is None else pytest.approx(expected))


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20).filter(sum), st.floats(0.01, 100), st.randoms())
def test_gini_depends_on_shares_alone_and_not_on_the_order_or_the_unit(amounts, factor, random):
    shuffled = random.sample(amounts, len(amounts))
    plain = gini(amounts)
    assert 0 <= plain < 1
    assert gini([one * factor for one in shuffled]) == pytest.approx(plain, abs=1e-9)
    assert gini([*amounts, 0.0]) >= plain - 1e-9  # one more with nothing makes it no fairer


async def _done(story: Story, service: str, who: str, minutes: int, ended) -> None:
    story.at = AT
    await story.begin(service)
    await story.go("accept", "dispatch")
    await story.do("assign", person=who)
    if service == "escort":
        await story.do("start")
    await story.do("contact", by=who)
    await story.do("complete", by=who, minutes=minutes)

    async def at_that_time(session):
        await session.exec(update(Claim).where(Claim.request_id == story.id).values(ended_at=ended))

    await story.work(at_that_time)


async def test_a_lead_sees_what_each_of_their_branch_carried_and_who_was_never_asked(cast: Cast):
    database = Database(cast.settings.database_url)
    story = Story(cast, database, Work(database))
    noon = AT + 2 * HOUR - 20 * DAY
    await _done(story, "books", "lin", 60, noon)  # planned, by day: pleasant
    await _done(story, "wheelchair", "lin", 30, AT)  # the most urgent tier: hard
    await _done(story, "escort", "lin", 30, noon)  # neither
    await _done(story, "books", "zhao", 90, noon + 11 * HOUR)  # 23:00 in Shanghai: hard
    await _done(story, "books", "zhao", 900, AT - 100 * DAY)  # before the period

    async def asked(session):
        for n, (who, answer) in enumerate([("lin", Answer.accepted), ("lin", Answer.withdrawn)]):
            session.add(
                Ask(root_id=cast.root_id, request_id=story.id - n, person_id=cast.people[who].id, asked_at=noon,
                    answer=answer)
            )  # fmt: skip
        session.add(AskCount(person_id=cast.people["lin"].id, root_id=cast.root_id, asked=1, last_asked=noon))
        session.add(
            Availability(person_id=cast.people["zhao"].id, root_id=cast.root_id, muted_until=NOW + DAY, changed_at=AT)
        )
        session.add(
            Leave(person_id=cast.people["lead"].id, root_id=cast.root_id, first_on=AT.date(), last_on=AT.date())
        )

    await story.work(asked)
    async with database.reading() as session:
        (branch,) = (await fairness(session, by=cast["lead"], at=NOW)).branches
        lately = (await fairness(session, "ZB1", 14, by=cast["wei"], at=NOW)).branches[0]
        whole = await fairness(session, by=cast["audit"], at=NOW)
        with refused("outside_your_units"):
            await fairness(session, "ZB2", by=cast["lead"], at=NOW)
        own, ours, february = cast.root_id, Scope(ScopeKind.unit, cast.units["ZB1"].id or 0), Period.parse("2026-02")
        (month,) = await load(session, own, ours, february, by=cast["lead"])
        everybody = together(await load(session, own, EVERYTHING, Period.parse("2026Q1"), by=cast["wei"]))
        for login in ("lin", "root"):
            with refused("not_allowed"):
                await fairness(session, by=cast[login], at=NOW)
            with refused("not_allowed"):
                await load(session, own, EVERYTHING, february, by=cast[login])
        with refused("not_allowed"):
            await load(session, own, ours, february, by=cast["lead2"])
        with refused("not_a_choice"):
            await load(session, own, Scope(ScopeKind.service, 1), february, by=cast["wei"])
    await database.close()

    lin, zhao, lead = (next(one for one in branch.people if one.id == cast.people[who].id)
                       for who in ("lin", "zhao", "lead"))  # fmt: skip
    assert (lin.hours, lin.hours14, lin.done, lin.pleasant, lin.hard) == (2.0, 0.5, 3, 1, 1)
    assert (zhao.hours, zhao.hours14, zhao.done, zhao.pleasant, zhao.hard) == (1.5, 0.0, 1, 0, 1)
    assert (lin.asks, lin.accepted, lin.last_asked, zhao.asks) == (2, 1, noon, 0)
    assert (zhao.muted_until, zhao.on_leave, lead.muted_until, lead.on_leave) == (NOW + DAY, False, None, True)
    assert [one.id for one in branch.not_asked] == [lead.id, zhao.id]
    assert branch.gini_hours == pytest.approx(gini([2, 1.5, 0]))
    assert branch.few
    assert [(one.hours, one.done) for one in lately.people if one.id == lin.id] == [(0.5, 1)]
    assert [one.unit.code for one in whole.branches] == ["DW", "ZB1", "ZB2", "ZB3"]
    assert whole.together.hours == 3.5
    assert [(one.id, one.hours, one.done) for one in month.people if one.done] == [(lin.id, 1.5, 2), (zhao.id, 1.5, 1)]
    assert (month.served, month.participation, month.of_busiest) == (2, pytest.approx(2 / 3), 0.5)
    assert (len(everybody.people), everybody.served, everybody.hours) == (9, 2, 3.5)
    assert everybody.of_busiest == pytest.approx(2 / 3.5)


async def test_who_left_is_not_counted_among_those_who_have_nothing(cast: Cast):
    database = Database(cast.settings.database_url)

    async def leave(session):
        await session.exec(update(Person).where(Person.id == cast.people["zhao"].id).values(status="left"))

    await Work(database)(leave)
    async with database.reading() as session:
        (branch,) = (await fairness(session, by=cast["lead"], at=AT + timedelta(1))).branches
    await database.close()
    assert {one.id for one in branch.people} == {cast.people[who].id for who in ("lin", "lead")}
