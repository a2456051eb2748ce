"""The co-building report of a partner, for its own liaisons to take away; made at once: it takes a second or two."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from matching.api.deps import At, SignedIn, TheParts
from matching.api.downloads import TYPES, download
from matching.api.limits import PAPERS
from matching.clock import SHANGHAI
from matching.partners.queries import own_partner
from matching.reports.periods import Period
from matching.reports.written.making import make_report
from matching.reports.written.material import About

router = APIRouter(prefix="/partner", include_in_schema=False)


@router.get("/report")
async def fetch(
    parts: TheParts, by: SignedIn, at: At, period: Annotated[str, Query(max_length=24)] = "",
    form: Literal["docx", "pdf"] = "docx",
) -> Response:  # fmt: skip
    """Of a period; without one of the last quarter that is over."""
    await parts.limiter.hit(PAPERS, "too_many_papers", f"papers {by.id}")
    today = at.astimezone(SHANGHAI).date()
    chosen = Period.parse(period) if period else Period.quarter_of(today).before
    async with parts.database.reading() as session:
        partner, _unit = await own_partner(session, by)
        made = await make_report(session, About.partner, partner.code, chosen, form, by=by, at=at)
    return download(made.content, TYPES[form], made.name, f"report-{partner.code}-{chosen.code}.{form}")
