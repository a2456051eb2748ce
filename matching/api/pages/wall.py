"""The public wall: /wall. Reviewed wording only, of those who agreed, never of children (docs/domain.md §5)."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from matching.api import paging
from matching.api.deps import At, TheParts
from matching.api.templates import language, render
from matching.api.wall import shown
from matching.requests.queries import on_the_wall
from matching.units.queries import hospital

router = APIRouter(include_in_schema=False)


@router.api_route("/wall", methods=["GET", "HEAD"])
async def wall(request: Request, parts: TheParts, now: At, at: str = "") -> Response:
    """A page of wishes, the newest wording first; `?at=` is where the page before ended."""
    after = paging.keys_of(at, datetime, int) if at else None
    async with parts.database.reading() as session:
        root = await hospital(session)
        page = await on_the_wall(session, root.id or 0, after=after) if root else None
    lang = language(request)
    older = paging.cursor(*page.next) if page and page.next else None
    wishes = [shown(row, lang, now) for row in page.rows] if page else []
    return render(request, "wall/index.html", wishes=wishes, pager={"newer": None, "older": older}, first=after is None)
