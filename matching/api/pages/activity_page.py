"""The page of one activity, for every form that stands on it."""

from datetime import datetime
from typing import Any

from fastapi import Request, Response

from matching.activities.closing import licensed, skills_needed
from matching.activities.engaging import promised_elsewhere
from matching.activities.model import ACTIVITY_KINDS, ACTIVITY_STATES, SIGNED_HOW
from matching.activities.policy import ACTS_OF_UNITS, MAY
from matching.activities.queries import people_of, photos_of, steps_of, visible_activity
from matching.api.activity_words import when_words
from matching.api.deps import Parts
from matching.api.pages.staff import staff_page
from matching.api.paging import part_of, start_of
from matching.partners.model import ListItem, Partner
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests.model import ServiceRequest

SHOWN = 100  # of its people on the page


async def activity_page(
    request: Request, parts: Parts, by: Actor, at: datetime, activity_id: int, status: int = 200, **back: Any
) -> Response:  # fmt: skip
    """The page of one activity; `back` are forms that come back, with their errors."""
    async with parts.database.reading() as session:
        seen = await visible_activity(session, activity_id, by)
        activity = seen.activity
        named = seen.may("see_people", by)
        people = await people_of(session, activity_id) if named else []
        lead = await session.get_one(Person, activity.lead_id)
        partner = await session.get(Partner, activity.partner_id) if activity.partner_id else None
        project = await session.get(ListItem, activity.project_id) if activity.project_id else None
        asked = await session.get(ServiceRequest, activity.request_id) if activity.request_id else None
        needed, held = await skills_needed(session, activity), await licensed(session, activity, people)
        elsewhere = await promised_elsewhere(session, activity, people, at) if named else {}
        photos, steps = await photos_of(session, activity_id), await steps_of(session, activity_id)
    blank = "people_form", "people_errors", "cancel_form", "cancel_errors", "photo_form", "photo_errors"
    empty: dict[str, Any] = {name: {} for name in blank}
    return staff_page(
        request, by, "activities/show.html", status, now=at, a=activity, unit=seen.unit, lead=lead.name, seen=seen,
        mine=seen.mine, may={act: seen.may(act, by) for act in MAY.keys() - ACTS_OF_UNITS},
        people=people, shown=part_of(people, lambda one: one.attendance.id or 0, start_of(request, "person"), SHOWN),
        partner=partner, project=project, asked=asked, needed=sorted(needed), held=held,
        elsewhere=elsewhere, photos=photos, steps=steps, kinds=ACTIVITY_KINDS,
        stands=ACTIVITY_STATES, how=SIGNED_HOW, when=when_words(request, at),
        **(empty | back),
    )  # fmt: skip
