"""Beside each other: branches in their order, general branches, services, places and partners as tables."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matching.api.costly import FIGURES_COUNTED
from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.reports.asked import HOSPITAL, WhatIsAsked, choices, periods
from matching.api.pages.reports.dashboard import GROUP_WORDS
from matching.api.pages.reports.frame import reports_page
from matching.reports.definitions import COMPOSITE, FEW
from matching.reports.figures import Group, Scope, Standing, by_group, figures, league

router = APIRouter(include_in_schema=False, dependencies=[FIGURES_COUNTED])
COLUMNS = (
    COMPOSITE, "response_rate", "resolution_rate", "satisfaction_rate", "participation_rate", "on_time_rate", "filed",
    "completed", "late", "returns", "minutes", "activities",
)  # fmt: skip


@router.get("/reports/league")
async def show(
    request: Request, parts: TheParts, at: At, by: SignedIn, asked: WhatIsAsked,
    group: Annotated[Group, Query()] = Group.branch,
) -> Response:  # fmt: skip
    """Branches by their composite; those with few ratings come last, without a rank."""
    async with parts.database.reading() as session:
        root, period = by.root_id, asked.period
        if group is Group.branch:
            rows = await league(session, root, period, by=by)
        else:
            rows = [Standing(None, row) for row in await by_group(session, root, group, period, by=by)]
        together = await figures(session, root, Scope(), period, by=by)
        offered = await choices(session, by, HOSPITAL)
    return reports_page(
        request, by, "reports/league.html", now=at, rows=rows, together=together, group=group, groups=GROUP_WORDS,
        columns=COLUMNS, few=FEW, period=asked.code, periods=periods(at, asked.code), ranked=group is Group.branch,
        of=HOSPITAL, open_to=offered.open_to,
    )  # fmt: skip
