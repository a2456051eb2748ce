"""Photos that people send: each is drawn anew, one after the other in a process, so nobody sends without end."""

from matching.api.deps import Parts
from matching.api.limits import UPLOADS
from matching.people.actor import Actor
from matching.requests.drawing import Photo


async def drawn(parts: Parts, by: Actor, raw: bytes) -> Photo:
    """What `by` uploaded, as it may be kept. Raises Invalid at `photo`, TooMany("too_many_uploads")."""
    await parts.limiter.hit(UPLOADS, "too_many_uploads", f"uploads {by.id}")
    return await parts.photos.drawn(raw)
