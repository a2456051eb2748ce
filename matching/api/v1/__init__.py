"""JSON for programs: every verb a sub-resource, problem+json errors, keyset pages, ETag and Idempotency-Key."""

from fastapi import APIRouter

from matching.api.v1 import (
    assessment,
    availability,
    calendar,
    channels,
    dials,
    everybody,
    fairness,
    filing,
    followup,
    house,
    late,
    licences,
    me,
    my_asks,
    notices,
    outbox,
    photos,
    posts,
    proposals,
    requests,
    verbs,
    who,
    wishes,
)

PARTS = (
    *(requests.router, filing.staff, photos.router, verbs.router),
    *(filing.anybody, followup.router),
    *(notices.router, posts.router, outbox.router, channels.router),
    *(calendar.router, late.router),
    *(who.router, proposals.router, fairness.router, dials.router, licences.router),
    assessment.router,
    *(house.router, everybody.router, me.router, availability.router, my_asks.router, wishes.router),
)
router = APIRouter(prefix="/api/v1")
for part in PARTS:
    router.include_router(part)
