"""The audit log, for auditors and administrators of the whole hospital."""

from fastapi import APIRouter, Request, Response

from matching.api.deps import SignedIn, TheParts
from matching.api.pages.admin.office import office_page
from matching.people.auditing import ACTS, audit_page

PAGE = 50
router = APIRouter(prefix="/admin", include_in_schema=False)


@router.get("/audit")
async def audit(request: Request, parts: TheParts, by: SignedIn, act: str = "", at: str = "") -> Response:
    """The newest entries, or those before the cursor; `act` keeps one kind."""
    chosen = act if act in ACTS else ""
    before = int(at) if at.isascii() and at.isdigit() and len(at) < 19 else None
    async with parts.database.reading() as session:
        rows = list(await audit_page(session, by=by, act=chosen, before=before, size=PAGE + 1))
    older = str(rows[PAGE - 1][0].id) if len(rows) > PAGE else None
    return office_page(
        request, by, "admin/audit.html", rows=rows[:PAGE], acts=ACTS, form={"act": chosen},
        pager={"newer": None, "older": older}, first=before is None,
    )  # fmt: skip
