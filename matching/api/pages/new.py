"""Filing on behalf of somebody who stands at the desk or calls, and the slip with the query code to hand over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import forms, i18n, wish
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.working import desk_page
from matching.api.places import Place, service_name, where
from matching.api.redirects import see
from matching.api.templates import language
from matching.deadlines.promises import promises_at
from matching.errors import NotAllowed, NotSeen, Refused
from matching.people.actor import Actor
from matching.privacy import consent, guard
from matching.privacy.codes import new_token, query_code
from matching.requests import requester_actions
from matching.requests.filing import Filing, prepare
from matching.requests.model import ServiceRequest
from matching.requests.policy import may_file
from matching.requests.queries import id_of
from matching.requests.states import Channel
from matching.services.queries import catalogue
from matching.units.model import Spot, Unit
from matching.units.queries import calendar_of, open_spots

router = APIRouter(include_in_schema=False)
SLIP_FOR = timedelta(hours=24)  # after that the requester has it or must ask at the desk


@router.get("/new")
async def form(request: Request, parts: TheParts, by: SignedIn) -> Response:
    """An empty form, with a key of its own: sending it twice files once."""
    if not may_file(by):
        raise NotAllowed()
    return await _page(request, parts, by, {"filing_key": new_token(24)}, {})


@router.post("/new")
async def file(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """File it and lead to the slip, or show the form again with everything that was typed."""
    if not may_file(by):
        raise NotAllowed()
    typed = {name: text for name, text in (await request.form()).items() if isinstance(text, str)}
    if not wish.KEY.fullmatch(typed.get("filing_key", "")):
        typed["filing_key"] = new_token(24)
    async with parts.database.reading() as session:
        place = await _place(session, by, typed.get("spot", ""))
    checked, wrong = wish.check(typed, place, language(request), at)
    if typed.get("spot") and not place.spot.code:
        wrong["spot"] = Refused("not_a_choice")
    if checked is None or wrong:
        emergency = guard.inspect_filing(typed.get("need", ""), typed.get("reason", ""))[0].emergency
        return await _page(request, parts, by, typed, forms.said(request, wrong), 422, emergency=emergency)
    checked = replace(checked, channel=Channel.staff, spot=place.spot if place.spot.code else None)
    filing = prepare(checked, sealer=parts.sealer, pepper=parts.settings.pepper, by=by, at=at)
    if filing.request["emergency"] and not typed.get("emergency_seen"):
        return await _page(request, parts, by, typed, {}, 422, emergency=True)
    if banned := filing.request["suspect"]:
        why = i18n.translate(language(request), consent.refusal_reason(banned))
        return await _page(request, parts, by, typed, {"need": why}, 422)
    try:
        number = await parts.work(_file, filing)
    except Refused as refused:
        typed["filing_key"] = new_token(24)
        return await _page(request, parts, by, typed, forms.shown(request, refused), refused.status)
    return see(f"/new/{number}")


@router.get("/new/{number}")
async def slip(number: str, request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """The slip, for whoever filed it and for a day: the code cannot be asked for by anybody else."""
    async with parts.database.reading() as session:
        found = await session.get(ServiceRequest, id_of(number))
        mine = found is not None and found.root_id == by.root_id and found.filed_by == by.id
        if found is None or not mine or found.number != number or at > found.filed_at + SLIP_FOR:
            raise NotSeen()
    code = query_code(parts.settings.pepper, found.filing_key)
    link = f"{parts.settings.base_url}/r/{code}"
    picture = segno.make(link, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff")
    return desk_page(request, parts, by, "new/slip.html", number=number, code=code, link=link, picture=picture,
                     emergency=found.emergency, until=found.filed_at + SLIP_FOR)  # fmt: skip


async def _file(session: AsyncSession, filing: Filing) -> str:
    filed = await requester_actions.file(session, filing)
    if not filed.same:
        raise Refused("key_reused")
    return (await session.get_one(ServiceRequest, filed.id)).number


async def _place(session: AsyncSession, by: Actor, code: str) -> Place:
    """The chosen spot with the whole catalogue; without one, nowhere in particular of the person's own unit."""
    spots = {spot.code: spot for spot in await open_spots(session, by.root_id)}
    spot = spots.get(code) or Spot(root_id=by.root_id, code="", slug="", name="", unit_id=by.unit_id or 0)
    services = {service.code: service for service in await catalogue(session, by.root_id)}
    promises = await promises_at(session, by.root_id, spot.unit_id)
    calendar = await calendar_of(session, by.root_id)
    return Place(spot, await session.get_one(Unit, by.root_id), services, (), calendar, promises)


async def _page(
    request: Request, parts: Parts, by: Actor, typed: dict[str, Any], errors: forms.Errors, status: int = 200,
    *, emergency: bool = False,
) -> Response:  # fmt: skip
    lang = language(request)
    groups: dict[str, list[tuple[str, str]]] = {}
    places: dict[str, list[tuple[str, str]]] = {}
    async with parts.database.reading() as session:
        for service in await catalogue(session, by.root_id):
            groups.setdefault(service.group, []).append((service.code, service_name(service, lang)))
        for spot in await open_spots(session, by.root_id):
            places.setdefault(spot.building, []).append((spot.code, f"{spot.name} {where(spot, lang)}"))
    return desk_page(
        request, parts, by, "new/form.html", status, groups=list(groups.items()), places=list(places.items()),
        filing_key=typed["filing_key"], form=typed, errors=errors, most=wish.MOST, emergency=emergency,
        wanted_options=[(code, i18n.translate(lang, words)) for code, words in wish.WANTED.items()],
    )  # fmt: skip
