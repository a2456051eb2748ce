"""The page on the lead's phone: the code that rotates and the names to tick, also where there is no network."""

import json
from datetime import datetime
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities import signing
from matching.activities.codes import STEP, Phone, code_at, code_key, phone_key
from matching.activities.model import SIGNED_HOW
from matching.activities.policy import may
from matching.activities.queries import Listed, Seen, people_of, visible_activity
from matching.activities.signing import OUTCOMES, Tick, What, key_of
from matching.api import forms, i18n
from matching.api.activity_words import when_words
from matching.api.assets import assets
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.fields import Code
from matching.api.pages.staff import staff_page
from matching.api.paging import Id
from matching.api.redirects import see
from matching.api.templates import language
from matching.errors import NotAllowed, Refused
from matching.people.actor import Actor
from matching.people.model import Person
from matching.units.model import Unit

router = APIRouter(include_in_schema=False)
WORKER = "sign-worker.js"
KEPT_FOR = 24 * 3600  # seconds after its end that a phone may show the page without network


class TickForm(BaseModel):
    """One name, ticked without JavaScript."""

    person: Code
    what: What


class SentTick(BaseModel):
    """One tick of a phone; see signing.Tick."""

    who: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]
    what: What
    millis: Annotated[int, Field(ge=0, le=253_000_000_000_000)]
    phone: Annotated[str, Field(max_length=40)]
    signature: Annotated[str, Field(max_length=64)]


SENT = TypeAdapter(list[SentTick])


@router.api_route("/" + WORKER, methods=["GET", "HEAD"])
async def worker() -> Response:
    """What keeps the sign-in page of one activity for when there is no network; it covers that address alone."""
    return Response(assets.by_name[WORKER].body, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/activities/{activity_id}/sign")
async def page(
    request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id,
    only: Annotated[str, Query(max_length=10)] = "",
) -> Response:  # fmt: skip
    """The code and the names. `only=code`: the code alone, which comes anew by itself without JavaScript too."""
    return await _page(request, parts, by, at, activity_id, only=only == "code")


@router.post("/activities/{activity_id}/tick")
async def tick(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """One name, where there is no JavaScript."""
    checked, form, errors = await forms.read(request, TickForm)
    status = 422
    if checked is not None:
        deed = parts.work(signing.tick, activity_id, checked.person, checked.what, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, by, at, activity_id, status, form=form, errors=errors)
    return see(f"/activities/{activity_id}/sign#names")


@router.post("/activities/{activity_id}/sync")
async def sync(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """What a phone ticked, maybe hours ago; the answer says what became of each, who is there, and what time it is."""
    form = await request.form()
    try:
        sent = SENT.validate_json(str(form.get("ticks", "[]")))
        phone_now = int(str(form.get("now", "0")))
    except (ValidationError, ValueError):
        raise Refused("invalid") from None
    ticks, told = [Tick(**one.model_dump()) for one in sent[: signing.MOST]], []
    if ticks:
        told = await parts.work(signing.sync, activity_id, ticks, phone_now, sealer=parts.sealer, by=by, at=at)
    async with parts.database.reading() as session:
        seen = await _led(session, activity_id, by)
        people = await people_of(session, activity_id)
    lang = language(request)
    answers = [
        {"signature": one.tick.signature, "outcome": one.outcome, "who": one.tick.who, "name": one.name,
         "doubtful": one.doubtful, "words": i18n.translate(lang, OUTCOMES[one.outcome])}
        for one in told
    ]  # fmt: skip
    is_open = seen.activity.can("sign")
    return JSONResponse(
        {"now": _millis(at), "open": is_open, "told": answers, "people": [_told(one) for one in people]}
    )


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, activity_id: int, status: int = 200, *,
    only: bool = False, form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        seen = await _led(session, activity_id, by)
        people = await people_of(session, activity_id)
        known = await _own_people(session, seen.unit)
    activity, key = seen.activity, key_of(seen.activity, parts.sealer)
    base, phone = (
        f"{parts.settings.base_url.rstrip('/')}/s/{activity.id}-",
        Phone(by.id or 0, at.replace(microsecond=0)),
    )
    data = {
        "activity": activity.id, "me": by.id, "base": base, "step": STEP, "codes": code_key(key).hex(),
        "phone": phone.name, "signs": phone_key(key, phone).hex(), "open": activity.can("sign"),
        "people": [_told(one) for one in people], "known": {one.member_no: one.name for one in known},
    }  # fmt: skip
    picture = segno.make_qr(base + code_at(key, at), error="l", boost_error=False).svg_data_uri(border=4, light="white")
    answer = staff_page(
        request, by, "activities/code.html" if only else "activities/sign.html", status, now=at, a=activity,
        unit=seen.unit, when=when_words(request, at)(activity), picture=picture, people=people, known=known,
        data=json.dumps(data, ensure_ascii=False), form=form or {}, errors=errors or {},
        how=SIGNED_HOW, follows=False, may_sign=activity.can("sign"),
    )  # fmt: skip
    if status == 200 and not only and activity.can("sign"):  # the worker keeps what says so, for whom and how long
        answer.headers["X-Sign-Page"] = str(by.id)
        answer.headers["X-Sign-Until"] = str((_millis(activity.ends_at) or 0) + KEPT_FOR * 1000)
    return answer


async def _led(session: AsyncSession, activity_id: int, by: Actor) -> Seen:
    """For who may tick, also when it is over, so that the page can say so. Raises NotSeen, NotAllowed."""
    seen = await visible_activity(session, activity_id, by)
    if not may("tick", by, seen.activity, seen.unit.path):
        raise NotAllowed()
    return seen


async def _own_people(session: AsyncSession, unit: Unit, most: int = 1000) -> list[Person]:
    """Whom the lead may tick though they are on no list: those of the unit."""
    statement = select(Person).join(Unit, col(Unit.id) == Person.unit_id)
    statement = statement.where(
        col(Unit.path).startswith(unit.path), Person.status != "left", col(Person.partner_id).is_(None)
    )
    return list(await session.exec(statement.order_by(col(Person.id)).limit(most)))


def _told(one: Listed) -> dict[str, Any]:
    place = one.attendance
    return {
        "who": one.person.member_no, "name": one.person.name, "came": _millis(place.signed_at),
        "left": _millis(place.left_at), "doubtful": place.doubtful,
    }  # fmt: skip


def _millis(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1000) if at else None
