"""The requests behind a number, or behind one row or cell of a table."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.costly import FIGURES_COUNTED
from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.reports.asked import HOSPITAL, WhatIsAsked, scope_of, written_scope
from matching.api.pages.reports.frame import reports_page
from matching.api.paging import LARGEST_ID
from matching.people.actor import Actor
from matching.reports.figures import EVERYTHING, Figure, Group, ScopeKind, by_group, figures
from matching.reports.queries import Filters, Part, behind, name_of
from matching.units.model import Unit, UnitKind
from matching.words import _

router = APIRouter(include_in_schema=False, dependencies=[FIGURES_COUNTED])
PARTS = {Part.all: _("全部"), Part.counted: _("算在分子里的"), Part.rest: _("没有算进分子的")}
WEEKDAYS = (_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"))
WITH_ACTIVITIES = ("minutes", "helpers")
SEVERAL = (*WITH_ACTIVITIES, "returns", "urges")  # times that one request may be counted
SIZE = 50


@router.get("/reports/behind")
async def show(
    request: Request, parts: TheParts, at: At, by: SignedIn, asked: WhatIsAsked,
    figure: Annotated[str, Query(max_length=40)], part: Part = Part.all,
    within: Annotated[str, Query(max_length=60)] = HOSPITAL, alone: bool = False,
    weekday: Annotated[int | None, Query(ge=1, le=7)] = None, hour: Annotated[int | None, Query(ge=0, le=23)] = None,
    after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:  # fmt: skip
    """A page of them, the newest first; of a rate those it is worked out from, with a mark on what counts."""
    async with parts.database.reading() as session:
        of, scope, name = await scope_of(session, asked, by)
        inner = await written_scope(session, within, by)
        filters = Filters(scope, asked.period, part, inner, alone, weekday, hour)
        found = await behind(session, by.root_id, figure, filters, by=by, after=after, size=SIZE)
        whole = (await figures(session, by.root_id, scope, asked.period, by=by))[figure]
        shown = await _of_row(session, figure, filters, by) if inner != EVERYTHING else whole
        row = await name_of(session, inner) if inner != EVERYTHING else ""
    return reports_page(
        request, by, "reports/behind.html", now=at, of=of, name=name, period=asked.code, figure=shown or whole,
        told=bool(shown) and weekday is None and hour is None, found=found, row=row, alone=alone, hour=hour,
        within=within if row else "",
        weekday=WEEKDAYS[weekday - 1] if weekday else "", part=part, parts=PARTS if whole.is_rate else {},
        first=after is None, with_activities=figure in WITH_ACTIVITIES, several=SEVERAL,
    )  # fmt: skip


async def _of_row(session: AsyncSession, figure: str, filters: Filters, by: Actor) -> Figure | None:
    """The figure as the row says it; None where no table has such a row."""
    group = Group(filters.within.kind) if filters.within.kind is not ScopeKind.unit else Group.branch
    if filters.within.kind is ScopeKind.unit:
        kind = (await session.get_one(Unit, filters.within.id)).kind
        if kind == (UnitKind.branch if filters.alone else UnitKind.general_branch):
            group = Group.general_branch
    rows = await by_group(session, by.root_id, group, filters.period, by=by, scope=filters.scope)
    of_row = (
        one for one in rows if one.scope == filters.within and bool(one.kind and one.kind != group) == filters.alone
    )
    return next((one.figures[figure] for one in of_row), None)
