"""Filing: by anybody at a place, with the rules of its page, and by staff on behalf of somebody."""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Header, Path, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import i18n, wish
from matching.api.deps import At, OnceOnly, Parts, SignedIn, TheParts, address
from matching.api.fields import Code
from matching.api.places import Place, where
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private, public
from matching.api.v1.shapes import ServiceOut
from matching.clock import SHANGHAI
from matching.deadlines.promises import Usual, promises_at
from matching.errors import Invalid, NotAllowed, Refused
from matching.people.actor import Actor
from matching.privacy import consent, guard
from matching.privacy.codes import new_token
from matching.requests.filing import Wish, prepare
from matching.requests.model import ServiceRequest
from matching.requests.policy import may_file
from matching.requests.row import number_of
from matching.requests.states import Channel
from matching.services.queries import catalogue
from matching.units.model import Spot, Unit
from matching.units.queries import calendar_of

anybody = public("filing")
staff = private("filing", 403, 409, 413, 415)
FIRST_YEAR, LAST_YEAR = 2000, 2199  # what no calendar reaches is a slip of the pen, not a date
Kind = Literal["notice", "health", "public_display", "guardian"]
Slug = Annotated[str, Path(max_length=60)]


def _sensible(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("bad_time")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]


class FilingBody(Body):
    """What a requester asks for. Never an ID number, never a diagnosis; name and phone may be left out."""

    service: str = Field(max_length=40, description="Code of a service of the place")
    need: str = Field(description=f"{wish.LEAST} to {wish.MOST} characters", max_length=10_000)
    reason: str = Field(default="", max_length=10_000)
    name: str = Field(default="", max_length=1000)
    phone: str = Field(default="", max_length=100, description="Needed where the service calls back")
    wanted_from: Moment | None = None
    wanted_to: Moment | None = None
    for_minor: bool = Field(default=False, description="For a child under 14; the guardian must consent")
    consents: list[Kind] = Field(description="Ticked by the person concerned, none beforehand", max_length=4)
    notice_version: str = Field(max_length=20, description="The version of the notice they read")
    emergency_seen: bool = Field(default=False, description="They were told to go to the emergency department")


class OnBehalfBody(FilingBody):
    """The same, written down by staff; the consents are those of the person concerned."""

    spot: Code = Field(description="Code of the place")


class FiledOut(BaseModel):
    """The receipt. The query code is told here once; only its hash is stored."""

    number: str
    query_code: str
    emergency: bool
    advice: str = Field(description="What to do at once when it looks like an emergency; empty otherwise")


class ConsentOut(BaseModel):
    """A box to tick."""

    kind: Kind
    label: str
    hint: str
    required: bool


class PromiseOut(BaseModel):
    """What is promised for a service here, rounded up to plain lengths: four of five requests kept to it."""

    taken_seconds: int
    done_seconds: int

    @classmethod
    def of(cls, usual: Usual) -> "PromiseOut":
        """One promise."""
        return cls(taken_seconds=usual.taken, done_seconds=usual.done)


class PlaceOut(BaseModel):
    """What the filing form of a place shows."""

    name: str
    place: str
    hospital: str
    desk_phone: str
    services: list[ServiceOut]
    common: list[str] = Field(description="Codes of the services asked for most here")
    promises: dict[str, PromiseOut] = Field(description="By a service's code; the others have their limits only")
    notice_version: str
    notice: list[str]
    consents: list[ConsentOut]


@anybody.get("/places/{slug}", operation_id="get_place", responses=may_refuse(404, 410))
async def place(slug: Slug, parts: TheParts, at: At, lang: Lang) -> PlaceOut:
    """What may be asked for at a place, and what a requester is told and agrees to; `slug` is on its poster."""
    found = await parts.places.find(slug, at)
    days = {"days": consent.ERASE_AFTER_DAYS}
    boxes = dict.fromkeys((*consent.consents(), *consent.consents(on_behalf_of_minor=True)))
    return PlaceOut(
        name=found.spot.name,
        place=where(found.spot, lang),
        hospital=found.root.house,
        desk_phone=found.root.desk_phone,
        services=[ServiceOut.of(service, lang) for service in found.services.values()],
        common=list(found.common),
        promises={
            code: PromiseOut.of(usual)
            for code, service in found.services.items()
            if (usual := found.promised(service)) is not None
        },
        notice_version=consent.NOTICE_VERSION,
        notice=[i18n.translate(lang, paragraph.text, days) for paragraph in consent.NOTICE],
        consents=[
            ConsentOut(kind=box.kind, label=i18n.translate(lang, box.label), hint=i18n.translate(lang, box.hint),
                       required=box.required)
            for box in boxes
        ],
    )  # fmt: skip


@anybody.post(
    "/places/{slug}/filings", operation_id="file_request_at_place", status_code=201,
    responses=may_refuse(404, 409, 410, 413, 415, 429),
)  # fmt: skip
async def file_at_place(
    slug: Slug, body: FilingBody, request: Request, response: Response, parts: TheParts, at: At, lang: Lang,
    key: Annotated[
        str | None, Header(alias="Idempotency-Key", min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    ] = None,
) -> FiledOut:  # fmt: skip
    """File without an account, as the page behind the poster does. The same key gives the same receipt."""
    found = await parts.places.find(slug, at)
    parts.limiter.count_filing(address(request), at)
    checked = replace(_checked(body, found, lang, at), channel=Channel.api, filing_key=key or new_token(24))
    response.headers["Location"] = "/api/v1/followup"
    return await _file(parts, checked, Actor.requester(found.root.id or 0, 0), at, lang)


@staff.post("/requests", operation_id="file_request", status_code=201)
async def file_on_behalf(
    body: OnBehalfBody, response: Response, parts: TheParts, by: SignedIn, at: At, lang: Lang, once: OnceOnly
) -> FiledOut:
    """File for somebody who cannot or will not type. Give them the query code: it is told here only."""
    if not may_file(by):
        raise NotAllowed()
    async with parts.database.reading() as session:
        found = await _place(session, body.spot, by)
    key = hashlib.sha256(f"{by.id}\0{once.key}".encode()).hexdigest() if once else new_token(24)
    checked = replace(_checked(body, found, lang, at), channel=Channel.staff, filing_key=key)
    filed = await _file(parts, checked, by, at, lang)
    response.headers["Location"] = f"/api/v1/requests/{filed.number}"
    return filed


def _checked(body: FilingBody, place: Place, lang: str, at: datetime) -> Wish:
    """By the same checks as the page's form, which knows texts only."""
    texts = ("service", "need", "reason", "name", "phone", "notice_version")
    form: dict[str, str] = {name: getattr(body, name) for name in texts} | {"filing_key": ""}
    for name in ("wanted_from", "wanted_to"):
        if moment := getattr(body, name):
            form |= {"wanted": "exact", name: moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")}
    form |= {f"consent_{kind}": "1" for kind in body.consents}
    if body.for_minor:
        form["for_minor"] = "1"
    checked, found = wish.check(form, place, lang, at)
    wrong = {("consents" if name.startswith("consent_") else name): why for name, why in found.items()}
    if not body.emergency_seen and guard.inspect_filing(body.need, body.reason)[0].emergency:  # before all else
        wrong["emergency_seen"] = Refused("required")
        raise _saying(Invalid(wrong), consent.EMERGENCY_NOTICE)
    if checked is None:
        raise Invalid(wrong)
    return checked


async def _file(parts: Parts, checked: Wish, by: Actor, at: datetime, lang: str) -> FiledOut:
    filing = prepare(checked, sealer=parts.sealer, pepper=parts.settings.pepper, by=by, at=at)
    if banned := filing.request["suspect"]:
        raise _saying(Refused("refused_ask", field="need"), consent.refusal_reason(banned))
    emergency = bool(filing.request["emergency"])
    filed = await parts.file(filing)
    if not filed.same:
        raise Refused("key_reused")
    filed_at = at
    if not filed.new:
        async with parts.database.reading() as session:
            first = await session.exec(select(col(ServiceRequest.filed_at)).where(ServiceRequest.id == filed.id))
            filed_at = first.one()
    return FiledOut(
        number=number_of(filed.id, filed_at),
        query_code=filing.code,
        emergency=emergency,
        advice=i18n.translate(lang, consent.EMERGENCY_NOTICE) if emergency else "",
    )


def _saying(refused: Refused, sentence: str) -> Refused:
    """The refusal with a sentence that says more than its code's."""
    refused.sentence = sentence
    return refused


async def _place(session: AsyncSession, code: str, by: Actor) -> Place:
    """Any place, closed ones too, with the whole catalogue: staff file at the desk. Raises Invalid on `spot`."""
    statement = select(Spot, Unit).join(Unit, col(Unit.id) == Spot.root_id)
    found = (await session.exec(statement.where(Spot.root_id == by.root_id, Spot.code == code))).first()
    if found is None:
        raise Invalid.field_is("spot", "unknown_spot")
    services: dict[str, Any] = {service.code: service for service in await catalogue(session, by.root_id)}
    promises = await promises_at(session, by.root_id, found[0].unit_id)
    return Place(found[0], found[1], services, (), await calendar_of(session, by.root_id), promises)
