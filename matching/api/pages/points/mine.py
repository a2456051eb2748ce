"""One's own points: minutes, star, ledger, declarations, certificates, and the record to take away."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.downloads import PDF, XLSX, download
from matching.api.limits import PAPERS
from matching.api.pages.notices import read_here
from matching.api.pages.points.frame import points_page
from matching.notices.actions import read_declared
from matching.people.actor import Actor
from matching.recognition.certifying import own_certificates
from matching.recognition.declaring import own_declared
from matching.recognition.ledger import Standing, lines_of_year, of_person, own, this_year
from matching.recognition.model import DECLARED_STATES, PointsEntry
from matching.recognition.papers.record import record_pdf, record_xlsx
from matching.units.model import Unit

router = APIRouter(prefix="/points", include_in_schema=False)
Year = Annotated[int | None, Query(ge=2000, le=2100)]
Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


@router.get("")
async def show(
    request: Request, parts: TheParts, by: SignedIn, at: At, year: Year = None, before: Before = None
) -> Response:
    """This year's, unless asked for another. What they were told about what they declared is read here."""
    await read_here(request, parts, by, at, read_declared)
    chosen = year or this_year(at)
    async with parts.database.reading() as session:
        found = await own(session, chosen, before=before, by=by, at=at)
        declared = await own_declared(session, by=by)
        papers = await own_certificates(session, by=by)
    return points_page(
        request, by, "points/mine.html", tab="/points", now=at, year=chosen, found=found, declared=declared,
        papers=papers, states=DECLARED_STATES, first=before is None,
    )  # fmt: skip


@router.get("/people/{member_no}")
async def person(
    request: Request, member_no: str, parts: TheParts, by: SignedIn, at: At, year: Year = None, before: Before = None
) -> Response:
    """The ledger of somebody of one's units."""
    chosen = year or this_year(at)
    async with parts.database.reading() as session:
        found = await of_person(session, member_no, chosen, before=before, by=by, at=at)
    return points_page(
        request, by, "points/person.html", tab="/points/unit", now=at, year=chosen, found=found, first=before is None
    )


@router.get("/record.pdf")
async def as_pdf(parts: TheParts, by: SignedIn, at: At, year: Year = None) -> Response:
    """One's own record of a year on paper."""
    chosen, standing, lines, house = await _record(parts, by, at, year)
    made = await asyncio.to_thread(record_pdf, chosen, standing, house, lines, at)
    return download(made, PDF, f"志愿服务记录-{chosen}.pdf", f"record-{chosen}.pdf")


@router.get("/record.xlsx")
async def as_xlsx(parts: TheParts, by: SignedIn, at: At, year: Year = None) -> Response:
    """The same as a sheet."""
    chosen, standing, lines, _house = await _record(parts, by, at, year)
    made = await asyncio.to_thread(record_xlsx, chosen, standing, lines)
    return download(made, XLSX, f"志愿服务记录-{chosen}.xlsx", f"record-{chosen}.xlsx")


async def _record(parts: Parts, by: Actor, at: At, year: int | None) -> tuple[int, Standing, list[PointsEntry], str]:
    await parts.limiter.hit(PAPERS, "too_many_papers", f"papers {by.id}")
    chosen = year or this_year(at)
    async with parts.database.reading() as session:
        found = await own(session, chosen, by=by, at=at)
        lines = await lines_of_year(session, found.standing.person.id or 0, chosen)
        root = await session.get_one(Unit, by.root_id)
    return chosen, found.standing, lines, root.house
