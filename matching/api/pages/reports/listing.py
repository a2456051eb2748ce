"""The requests behind a number."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.reports.asked import WhatIsAsked, scope_of
from matching.api.pages.reports.frame import reports_page
from matching.api.paging import LARGEST_ID
from matching.reports.figures import figures
from matching.reports.queries import Filters, Part, behind
from matching.words import _

router = APIRouter(include_in_schema=False)
PARTS = {Part.all: _("全部"), Part.counted: _("算在分子里的"), Part.rest: _("没有算进分子的")}
SIZE = 50


@router.get("/reports/behind")
async def show(
    request: Request, parts: TheParts, at: At, by: SignedIn, asked: WhatIsAsked,
    figure: Annotated[str, Query(max_length=40)], part: Part = Part.all,
    after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:  # fmt: skip
    """A page of them, the newest first; of a rate those it is worked out from, with a mark on what counts."""
    async with parts.database.reading() as session:
        of, scope, name = await scope_of(session, asked, by)
        filters = Filters(scope, asked.period, part)
        found = await behind(session, by.root_id, figure, filters, by=by, after=after, size=SIZE)
        shown = (await figures(session, by.root_id, scope, asked.period, by=by))[figure]
    return reports_page(
        request, by, "reports/behind.html", now=at, of=of, name=name, period=asked.code, figure=shown, found=found,
        part=part, parts=PARTS if shown.is_rate else {}, first=after is None,
    )  # fmt: skip
