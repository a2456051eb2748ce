"""Matches for a field while one types into it: the options of its list, by name or number."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matching.api.choosing import MATCHES, Among, partners_like
from matching.api.deps import SignedIn, TheParts
from matching.api.templates import render
from matching.errors import NotSeen

router = APIRouter(prefix="/choose", include_in_schema=False)


@router.get("/partners/{among}")
async def partners(
    request: Request, parts: TheParts, by: SignedIn, among: Among, partner: Annotated[str, Query(max_length=120)] = ""
) -> Response:
    """Partners. Their names stand in the filters and forms of all of the hospital's own."""
    if by.partner_id is not None:
        raise NotSeen
    async with parts.database.reading() as session:
        found = await partners_like(session, by, among, partner)
    return render(request, "_parts/_options.html", options=found[:MATCHES])
