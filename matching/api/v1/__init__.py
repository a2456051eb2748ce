"""JSON for programs: every verb a sub-resource, problem+json errors, keyset pages, ETag and Idempotency-Key."""

from fastapi import APIRouter

from matching.api.v1 import (
    activities,
    assessment,
    attendance,
    availability,
    calendar,
    certificates,
    channels,
    dials,
    everybody,
    exports,
    fairness,
    figures,
    figures_behind,
    figures_carried,
    figures_load,
    filing,
    followup,
    house,
    late,
    licences,
    me,
    my_asks,
    notices,
    outbox,
    partner,
    partner_agreements,
    partner_items,
    partner_people,
    partners,
    photos,
    points,
    points_lists,
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
    *(figures.router, figures_behind.router, figures_load.router, figures_carried.router),
    *(assessment.router, exports.router),
    *(points.router, points_lists.router, certificates.router, certificates.anybody),
    *(activities.router, attendance.router),
    *(partner.router, partners.router),
    *(partner_agreements.router, partner_people.router, partner_items.router),
    *(house.router, everybody.router, me.router, availability.router, my_asks.router, wishes.router),
)
router = APIRouter()  # whoever takes it in says where: FastAPI would go through every route once more to ask
for part in PARTS:
    router.include_router(part)
