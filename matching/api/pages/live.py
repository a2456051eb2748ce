"""How staff pages follow changes: /live tells a page that something changed, and the page fetches itself again."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from matching.api.deps import SignedIn, TheParts
from matching.api.hearing import keys_for
from matching.api.streams import stream

router = APIRouter(include_in_schema=False)
Mark = Annotated[int, Query(ge=0, le=10**15)]


@router.get("/live")
async def live(request: Request, parts: TheParts, by: SignedIn, since: Mark = 0) -> Response:
    """Events as long as the page is open, for a few minutes at most; `since` is when the page was made."""
    async with parts.database.reading() as session:
        keys = await keys_for(session, by)
    return stream(request, parts.news, keys, since)


@router.get("/live/mark")
async def mark(parts: TheParts, by: SignedIn) -> Response:
    """When something last changed for this person, for pages whose network lets no stream through."""
    async with parts.database.reading() as session:
        keys = await keys_for(session, by)
    return JSONResponse({"mark": parts.news.mark(keys)}, headers={"Cache-Control": "no-store"})
