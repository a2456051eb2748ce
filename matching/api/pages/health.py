"""For machines that watch: is the process alive, and can it do its work?"""

from fastapi import APIRouter, Response
from sqlalchemy.exc import DBAPIError

from matching import migrations
from matching.api.deps import TheParts

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers. Says nothing of the database, so that nobody restarts us for its sake."""
    return Response("ok", media_type="text/plain")


@router.get("/readyz")
async def readyz(parts: TheParts) -> Response:
    """The database answers and has the tables of this release; 503 with the reason otherwise."""
    try:
        async with parts.database.reading() as session:
            current = await migrations.is_current(session)
    except (DBAPIError, OSError):
        return Response("database away", 503, media_type="text/plain")
    if not current:
        return Response("not migrated", 503, media_type="text/plain")
    return Response("ready", media_type="text/plain")
