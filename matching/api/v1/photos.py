"""Uploading the photo of what was done; `complete` then names it by its digest."""

from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.uploads import drawn, uploaded
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Number, private
from matching.errors import WrongState
from matching.requests.acting import request_for
from matching.requests.states import STATES, VERBS, State

router = private("requests", prefix="/requests/{number}")
IMAGE = {"schema": {"type": "string", "format": "binary"}}
BODY = {"required": True, "content": {f"image/{kind}": IMAGE for kind in ("jpeg", "png", "webp")}}


class PhotoOut(BaseModel):
    """What `complete` is told."""

    photo: str = Field(description="The sha256 of the photo as it is kept, in hexadecimal")


@router.post(
    "/photo", operation_id="upload_photo", responses=may_refuse(403, 404, 409, 413, 415, 429),
    openapi_extra={"requestBody": BODY},
)  # fmt: skip
async def upload(number: Number, request: Request, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> PhotoOut:
    """Keep a photo (JPEG, PNG or WebP, at most 8 MiB) for a request that the caller may complete now.

    It is drawn anew at 1600 pixels or less, without the place, time and device that the file may tell.
    """
    body = await uploaded(request, parts)
    photo = await drawn(parts, by, body)

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        found = await request_for(session, "complete", number, by, None)
        if not found.can("complete"):
            raise WrongState("wrong_state", state=STATES[State(found.state)], verb=VERBS["complete"])
        await parts.photos.keep(found.number, photo)  # a file that nothing names yet does no harm, should this fail
        return 200, {"photo": photo.digest}

    return PhotoOut(**(await parts.work(once, key, by, at, work))[1])
