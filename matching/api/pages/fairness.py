"""Who carries how much, branch by branch, and person by person within one branch."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.staff import staff_page
from matching.reports.load.looking import PERIODS, USUAL, fairness

router = APIRouter(include_in_schema=False)


@router.get("/fairness")
async def show(
    request: Request, parts: TheParts, by: SignedIn, at: At, unit: Annotated[str, Query(max_length=40)] = "",
    days: int = USUAL,
) -> Response:  # fmt: skip
    """All branches of one's units, or one with its people. What is not offered is read as the usual."""
    async with parts.database.reading() as session:
        found = await fairness(session, unit, days if days in PERIODS else USUAL, by=by, at=at)
    branches = found.branches
    return staff_page(
        request, by, "fairness/show.html", now=at, found=found, periods=PERIODS, chosen=unit,
        together=found.together, one=branches[0] if len(branches) == 1 else None,
    )  # fmt: skip
