"""What is behind a row or a cell of a table: exactly as many requests as the number there says."""

from itertools import cycle
from random import Random
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.people.actor import Actor
from matching.reports import refreshing
from matching.reports.figures import EVERYTHING, Group, Scope, ScopeKind, by_group, heat
from matching.reports.queries import Filters, behind
from tests.cast import AT, Cast
from tests.reports.made_up import QUARTER, MadeUp
from tests.requests.scene import refused


@pytest.fixture
async def database(cast: Cast):
    """Sixty requests that are in the daily sums, and what came since."""
    opened = Database(cast.settings.database_url)
    work, made = Work(opened), MadeUp(cast, Random(11))
    await work(made.file, 60)
    await refreshing.count_figures(opened, work, AT)
    await work(made.go_on, 30)
    yield opened
    await opened.close()


async def total(session: AsyncSession, cast: Cast, code: str, scope: Scope, **cell: Any) -> int:
    by = Actor.system(cast.root_id)
    return (await behind(session, cast.root_id, code, Filters(scope, QUARTER, **cell), by=by, size=1)).total


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_row_of_a_table_has_as_many_requests_behind_it_as_it_says(cast: Cast, database: Database):
    by, dice, alone_too = Actor.system(cast.root_id), Random(5), 0
    codes = cycle(["filed", "satisfaction_rate", "late", "completed", "done"])
    branch, books = Scope(ScopeKind.unit, cast.units["ZZ1"].id or 0), cast.services["books"].id or 0
    async with database.reading() as session:
        for scope, group in (
            (EVERYTHING, Group.branch), (EVERYTHING, Group.general_branch), (EVERYTHING, Group.partner),
            (branch, Group.branch), (branch, Group.service), (Scope(ScopeKind.service, books), Group.place),
        ):  # fmt: skip
            rows = await by_group(session, cast.root_id, group, QUARTER, by=by, scope=scope)
            for row in dice.sample(rows, min(2, len(rows))):
                its = {"within": row.scope, "alone": bool(row.kind) and row.kind != group}
                alone_too += its["alone"]
                code = next(codes)
                figure = row.figures[code]
                said = figure.n if figure.is_rate else figure.exact
                assert await total(session, cast, code, scope, **its) == said, (group, row.name, code)
    assert alone_too


async def test_a_cell_of_the_hours_has_as_many_requests_behind_it_as_it_says(cast: Cast, database: Database):
    by, branch, dice = Actor.system(cast.root_id), Scope(ScopeKind.unit, cast.units["ZZ1"].id or 0), Random(6)
    async with database.reading() as session:
        found = await heat(session, cast.root_id, branch, QUARTER, by=by)
        cells = [(day, hour) for day in range(7) for hour in range(24) if found.week[day][hour]]
        for day, hour in [*dice.sample(cells, 3), (6, max(range(24), key=found.week[6].__getitem__))]:
            said = await total(session, cast, "filed", branch, weekday=day + 1, hour=hour)
            assert said == found.week[day][hour], (day, hour)
        assert await total(session, cast, "filed", branch, weekday=7) == sum(found.week[6]) > 0
        place, _name, hours = dice.choice(found.places)
        busy = max(range(24), key=hours.__getitem__)
        assert await total(session, cast, "filed", branch, within=place) == sum(hours)
        assert await total(session, cast, "filed", branch, within=place, hour=busy) == hours[busy] > 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_of_what_is_no_row_of_this_hospital_nothing_is_told(cast: Cast, database: Database):
    async with database.reading() as session:
        for nobody in (Scope(ScopeKind.unit, 10**6), Scope(ScopeKind.partner, 7)):
            with refused("not_seen"):
                await total(session, cast, "filed", EVERYTHING, within=nobody)
