"""Figures are the same from the daily sums, from plain SQL and by hand, whatever happened since and in which order."""

from collections import Counter
from random import Random

import pytest
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, Attendance
from matching.db import Database, Work
from matching.people.actor import Actor
from matching.reports import checking, refreshing, sums
from matching.reports.counted import FigureLine, FigureState
from matching.reports.figures import (
    EVERYTHING,
    Group,
    Period,
    Scope,
    ScopeKind,
    Step,
    by_group,
    figures,
    heat,
    league,
    series,
)
from matching.reports.queries import Filters, Part, behind
from matching.reports.reading import reading_of
from matching.requests import steps
from matching.requests.model import ServiceRequest
from matching.units.calendar import Recount
from tests.cast import AT, Cast
from tests.reports.made_up import HOUR, PARTNER, QUARTER, MadeUp, by_hand
from tests.requests.scene import COMPLETED, Story


@pytest.fixture
async def database(cast: Cast):
    opened = Database(cast.settings.database_url)
    yield opened
    await opened.close()


async def everything(session: AsyncSession, cast: Cast) -> list[object]:
    """One question of each kind that is answered in a way of its own."""
    own, by, branch = cast.root_id, Actor.system(cast.root_id), Scope(ScopeKind.unit, cast.units["ZZ1"].id or 0)
    found: list[object] = [await heat(session, own, Scope(), QUARTER, by=by)]
    found.append(await figures(session, own, branch, QUARTER, by=by))
    found.append(await by_group(session, own, Group.place, QUARTER, by=by))
    found.append(await by_group(session, own, Group.service, QUARTER, by=by, scope=branch))
    found.append(await series(session, own, Scope(), QUARTER, Step.week, by=by))
    for scope, code in ((Scope(), "returns"), (branch, "resolution_rate")):
        page = await behind(session, own, code, Filters(scope, QUARTER, Part.rest), by=by, size=50)
        found.append(([row.id for row in page.rows], page.counted, page.total))
    return [*found, await league(session, own, QUARTER, by=by)]


async def both(database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The same with the daily sums and by plain SQL, which must agree."""
    quick = await quickly(database, cast)
    with monkeypatch.context() as patch:
        patch.setattr(sums, "newer", nothing_counted)
        async with database.reading() as session:
            assert await everything(session, cast) == quick
    return quick


async def quickly(database: Database, cast: Cast) -> list[object]:
    async with database.reading() as session:
        return await everything(session, cast)


async def nothing_counted(_session: AsyncSession) -> None:
    return None


async def test_daily_sums_plain_sql_and_counting_by_hand_agree_to_the_last_digit(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
):
    work, made = Work(database), MadeUp(cast, Random(1))
    await work(made.file, 60)
    await work(made.hold, 25)
    monkeypatch.setattr(refreshing, "BATCH", 7)
    assert await refreshing.count_figures(database, work, AT) == 60
    await work(made.file, 10)
    await work(made.go_on, 50)
    before = await both(database, cast, monkeypatch)  # not counted yet, and there all the same
    assert await refreshing.count_figures(database, work, AT) > 5
    assert await refreshing.count_figures(database, work, AT) == 0
    assert await quickly(database, cast) == before
    async with database.reading() as session:
        assert [line async for line in checking.differences(session)] == []
        reading = reading_of(session, cast.root_id, Actor.system(cast.root_id))
        chosen = await reading.choose(Scope(), QUARTER)
        told = await reading.sums(chosen, "unit_id")
        counted = Counter({(unit, name): n for (unit,), counters in told.items() for name, n in counters.items() if n})
        assert counted == await by_hand(session, QUARTER)
        assert sum(counted.values()) > 500
    assert await refreshing.rebuild(work, AT) == 70
    assert await quickly(database, cast) == before


async def test_a_reading_answers_from_what_it_has_learnt_as_it_would_when_asked_anew(cast: Cast, database: Database):
    work, dice = Work(database), Random(11)
    made, own, by = MadeUp(cast, dice), cast.root_id, Actor.system(cast.root_id)
    await work(made.file, 30)
    await work(made.hold, 12)
    await refreshing.count_figures(database, work, AT)
    await work(made.go_on, 10)
    scopes = Scope(), Scope(ScopeKind.unit, cast.units["ZB1"].id or 0), Scope(ScopeKind.place, cast.spots["S1"].id or 0)
    questions = [
        ask
        for scope in (*scopes, Scope(ScopeKind.partner, PARTNER))
        for ask in (
            lambda session, scope=scope: figures(session, own, scope, QUARTER, by=by),
            lambda session, scope=scope: figures(session, own, scope, QUARTER.before, by=by),
            lambda session, scope=scope: series(session, own, scope, QUARTER, Step.week, by=by),
            *(
                lambda session, scope=scope, group=group: by_group(session, own, group, QUARTER, by=by, scope=scope)
                for group in Group
            ),
        )
    ]
    anew = []
    for question in questions:
        async with database.reading() as session:
            anew.append(await question(session))
    for _round in range(4):
        order = dice.sample(range(len(questions)), len(questions))
        async with database.reading() as session:
            learnt = {number: await questions[number](session) for number in order}
        assert [learnt[number] for number in range(len(questions))] == anew


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_step_that_is_committed_after_a_later_one_is_not_missed(cast: Cast, database: Database):
    work, made = Work(database), MadeUp(cast, Random(3))
    await work(made.file, 3)
    await refreshing.count_figures(database, work, AT)
    first, second = made.ids[:2]

    async def withdraw(session: AsyncSession, id_: int) -> None:
        row = await session.get_one(ServiceRequest, id_)
        made._step(session, row, "withdraw", AT)
        await session.flush()

    async def counted() -> int:
        async with database.reading() as session:
            lines = await session.exec(select(FigureLine.withdrawn).where(FigureLine.request_id.in_([first, second])))
            return sum(lines)

    before = await counted()
    async with AsyncSession(database.engine) as slow:
        await withdraw(slow, first)  # it has its id, and is not committed
        await work(withdraw, second)
        for _round in range(3):
            await refreshing.count_figures(database, work, AT)
        assert await counted() <= before + 1
        await slow.commit()
    await refreshing.count_figures(database, work, AT)
    assert await counted() == 2
    await refreshing.count_figures(database, work, AT)
    async with database.reading() as session:
        state = await session.get_one(FigureState, 1)
        assert state.upto == max(await session.exec(select(steps.Step.id)))
    async with database.reading() as session:
        assert [line async for line in checking.differences(session)] == []


async def test_what_a_new_calendar_made_of_the_limits_is_counted_once_the_clocks_are(cast: Cast, database: Database):
    work, made = Work(database), MadeUp(cast, Random(5))
    await work(made.file, 40)
    await refreshing.count_figures(database, work, AT)

    async def recounted(session: AsyncSession) -> int:
        session.add(Recount(root_id=cast.root_id, calendar="another", seen_at=AT, began_at=AT, after_id=None))
        done = await session.exec(select(ServiceRequest).where(ServiceRequest.completed_at.is_not(None)))
        rows = [row for row in done if row.state not in {"rejected", "withdrawn", "archived"}]
        for row in rows:
            row.handle_due_at = row.completed_at - HOUR
        return len(rows)

    assert await work(recounted) > 5
    async with database.reading() as session:
        assert [line async for line in checking.differences(session)] != []
    assert await refreshing.count_figures(database, work, AT) > 0
    async with database.reading() as session:
        assert [line async for line in checking.differences(session)] == []
    assert await refreshing.count_figures(database, work, AT) == 0


async def test_sums_that_no_request_makes_up_are_named(cast: Cast, database: Database):
    work, made = Work(database), MadeUp(cast, Random(7))
    await work(made.file, 8)
    await refreshing.count_figures(database, work, AT)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE figure_day SET minutes = minutes + 1 WHERE summed_by = 'unit_id'"))
        await connection.execute(
            text("UPDATE figure_line SET late = 1 - late WHERE line = 0 AND request_id = :id"), {"id": made.ids[0]}
        )
    async with database.reading() as session:
        named = [line async for line in checking.differences(session)]
    assert any(f"-{made.ids[0]:05d}:" in line for line in named)
    assert any("daily sums by unit_id" in line for line in named)
    await refreshing.rebuild(work, AT)
    async with database.reading() as session:
        assert [line async for line in checking.differences(session)] == []


async def test_an_hour_that_stands_on_the_list_of_an_activity_is_not_counted_with_the_claim_as_well(
    cast: Cast, database: Database
):
    story = await Story(cast, database, Work(database)).begin()
    await story.go(*COMPLETED)  # one claim, 40 minutes
    await refreshing.count_figures(database, story.work, AT)
    own, by, day = cast.root_id, Actor.system(cast.root_id), Period.month_of(AT.date())

    async def hold(session: AsyncSession, kind: str, request_id: int | None) -> None:
        held = Activity(
            root_id=own, kind=kind, title="一次活动", unit_id=cast.units["ZB2"].id, request_id=request_id, place="门诊",
            starts_at=AT, ends_at=AT + 2 * HOUR, lead_id=cast.people["lin"].id, state="confirmed", person_times=12,
            confirmed_at=AT, made_at=AT,
        )  # fmt: skip
        session.add(held)
        await session.flush()
        for login, minutes in (("lin", 50), ("zhao", 45), ("sun", 0)):
            session.add(Attendance(root_id=own, activity_id=held.id, person_id=cast.people[login].id, minutes=minutes))

    async def told(scope: Scope = EVERYTHING) -> tuple[int, ...]:
        async with database.reading() as session:
            found = await figures(session, own, scope, day, by=by)
        names = ("done", "minutes", "helpers", "activities", "person_times", "meetings")
        return tuple(int(found[name].exact or 0) for name in names)

    assert await told() == (1, 40, 1, 0, 0, 0)
    await story.work(hold, "theme_day", None)
    assert await told() == (1, 40, 1, 0, 0, 1)
    await story.work(hold, "service", story.id)
    assert await told() == (1, 95, 2, 1, 12, 1)
    assert await told(Scope(ScopeKind.unit, cast.units["ZB1"].id or 0)) == (1, 0, 0, 0, 0, 0)
    assert await told(Scope(ScopeKind.unit, cast.units["ZB2"].id or 0)) == (0, 95, 2, 1, 12, 1)
    async with database.reading() as session:
        weeks = await series(session, own, Scope(), day, Step.week, by=by)
        assert sum(int(week.figures["minutes"].exact or 0) for week in weeks) == 95
        places = await by_group(session, own, Group.place, day, by=by)
        assert [int(row.figures["done"].exact or 0) for row in places] == [1]
