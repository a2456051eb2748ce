"""Activities in words: when it is, and what a form is filled with that comes from a request or a project."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, ActivityKind
from matching.activities.origins import check_answered_for
from matching.api import i18n
from matching.api.templates import language
from matching.api.times import WEEKDAYS, spoken_day
from matching.clock import SHANGHAI
from matching.errors import Invalid
from matching.partners.model import ListItem, ListKind, Partner, PartnerRequest
from matching.people.actor import Actor
from matching.requests.queries import visible_request
from matching.services.model import Service
from matching.units.model import Unit


def when_words(request: Request, at: datetime) -> Callable[[Activity], str]:
    """Says when an activity is: '3月2日 周一 14:30–16:30'."""
    say = i18n.translator(language(request))

    def words(activity: Activity) -> str:
        start, end = (one.astimezone(SHANGHAI) for one in (activity.starts_at, activity.ends_at))
        day = f"{spoken_day(start.date(), at, say)} {say.gettext(WEEKDAYS[start.weekday()])}"
        return f"{day} {start:%H:%M}–{end:%H:%M}"

    return words


def wall_clock(at: datetime | None) -> str:
    """As datetime-local wants it; '' for none."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M") if at else ""


async def wish_of_request(session: AsyncSession, number: str, by: Actor) -> dict[str, Any]:
    """The form for a request: what is asked, by whom, where and when. Raises NotSeen, WrongState."""
    found = await visible_request(session, number, by)
    check_answered_for(found)
    partner = await session.get(Partner, found.partner_id) if found.partner_id is not None else None
    more = await session.get(PartnerRequest, found.id)
    place = more.venue if more else found.spot.name if found.spot else ""
    return {
        "kind": ActivityKind.service, "request": found.number, "unit": found.unit.code,
        "title": f"{partner.name if partner else place} {found.service.name}".strip()[:80], "place": place,
        "service": found.service.code, "partner": partner.code if partner else "",
        "starts_at": wall_clock(found.wanted_from), "ends_at": wall_clock(found.wanted_to),
    }  # fmt: skip


async def wish_of_project(session: AsyncSession, project: int, by: Actor) -> dict[str, Any]:
    """The form for a project of the three lists. Raises Invalid when it is none of this hospital."""
    item = await session.get(ListItem, project)
    if item is None or item.root_id != by.root_id or item.kind != ListKind.project:
        raise Invalid.field_is("project", "not_a_choice")
    partner = await session.get_one(Partner, item.partner_id)
    unit = await session.get_one(Unit, item.unit_id or partner.unit_id)
    service = (await session.exec(select(Service.code).where(Service.id == item.service_id))).first()
    return {
        "kind": ActivityKind.service, "project": str(item.id), "title": item.title, "partner": partner.code,
        "unit": unit.code, "service": service or "", "place": partner.name,
    }  # fmt: skip
