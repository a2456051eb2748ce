"""For machines that watch: is the process alive, can it do its work, and what did it count?"""

import hmac

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from matching.api.deps import At, TheParts
from matching.api.readiness import readiness
from matching.errors import NotSeen

router = APIRouter(include_in_schema=False)
LOCAL = {"127.0.0.1", "::1"}


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers. Says nothing of the database, so that nobody restarts us for its sake."""
    return Response("ok", media_type="text/plain")


@router.get("/readyz")
async def readyz(parts: TheParts, at: At) -> Response:
    """200 when visitors can be served, perhaps with warnings; 503 with what is wrong otherwise."""
    found = await readiness(parts.database, parts.settings.redis_url, at)
    return JSONResponse(found.told(), 503 if found.wrong else 200, {"Retry-After": "5"} if found.wrong else None)


@router.get("/metrics")
async def metrics(request: Request, parts: TheParts, at: At) -> Response:
    """What this process counted. Nobody else learns that it is here: NotSeen without the right to ask."""
    if not may_watch(request, parts.settings.watch_token.get_secret_value()):
        raise NotSeen()
    return Response(await parts.metrics.page(parts.database, at), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def may_watch(request: Request, token: str) -> bool:
    """With the token; where none is set, straight from this machine and through no proxy."""
    if token:
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode())
    host = request.client.host if request.client else ""
    return host in LOCAL and not {"x-forwarded-for", "forwarded", "via"} & set(request.headers)
