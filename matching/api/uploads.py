"""Photos that people send: each is drawn anew, one after the other in a process, so nobody sends without end."""

from fastapi import Request

from matching import clock
from matching.api.deps import Parts, signed_in
from matching.api.guarding import refuse
from matching.api.limits import UPLOADS
from matching.people.actor import Actor
from matching.requests.drawing import Photo


async def drawn(parts: Parts, by: Actor, raw: bytes) -> Photo:
    """What `by` uploaded, as it may be kept. Raises Invalid at `photo`, TooMany("too_many_uploads")."""
    await parts.limiter.hit(UPLOADS, "too_many_uploads", f"uploads {by.id}")
    return await parts.photos.drawn(raw)


async def uploaded(request: Request, parts: Parts) -> bytes:
    """The file that a program sends, whole. It may take minutes to come, so who sends it is looked at once more."""
    body = await request.body()
    await refuse(request)
    await signed_in(request, parts, clock.now())
    return body
