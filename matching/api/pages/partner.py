"""A partner's own pages, for its liaisons: what they asked and may ask, what they offer, their agreement. Nothing else.

Plain words as on a requester's page: whoever sits here is no colleague and has had no training.
"""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.following import ENDED, can_now, followed, lit, told
from matching.api.pages import photos
from matching.api.pages.admin.office import done
from matching.api.pages.notices import opened, read_here
from matching.api.pages.partner_page import parts_of
from matching.api.pages.working import desk_page, done_once
from matching.api.paging import Id, cursor, keys_of
from matching.api.partner_words import span, waits_for
from matching.api.partnering import ORDERS_DONE, ConfirmForm, CorrectionForm, OfferForm, OrderForm
from matching.api.places import service_name
from matching.api.redirects import see
from matching.api.signed_files import file_answer
from matching.api.templates import language
from matching.api.verbs import VERBS
from matching.clock import SHANGHAI
from matching.errors import NotSeen, Refused
from matching.notices.actions import read_agreements
from matching.partners import agreements, lists, orders
from matching.partners.balance import balance
from matching.partners.liaisons import phone_of
from matching.partners.model import ITEM_STATES, LIST_KINDS, ItemState, ListKind
from matching.partners.queries import agreements_of, extra_of, extras_of, lists_of, own_partner, requests_of
from matching.partners.standing import STANDINGS, newest, standing
from matching.people.actor import Actor
from matching.people.model import Person
from matching.privacy.codes import new_token
from matching.requests.model import ServiceRequest
from matching.requests.queries import timeline, visible_request
from matching.requests.secrets import open_secret
from matching.words import _

router = APIRouter(prefix="/partner", include_in_schema=False)
FORMS: dict[str, type[BaseModel]] = {"correct": CorrectionForm, "confirm": ConfirmForm}
ACTS = {verb: VERBS[verb] for verb in ORDERS_DONE if verb not in FORMS}  # as for every requester
OFFERED = {ListKind.need: _("我们需要的"), ListKind.resource: _("我们能提供的")}
SENT = _("已经交给医院，编号 {number}。审核好了会在“消息”里告诉您。")


@router.get("")
async def home(
    request: Request, parts: TheParts, by: SignedIn, at: At, after: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """How everything stands. What they were told about their agreement is read here."""
    await read_here(request, parts, by, at, read_agreements)
    return await _home(request, parts, by, at, after)


@router.get("/requests/new")
async def blank(
    request: Request, parts: TheParts, by: SignedIn, at: At, like: Annotated[str, Query(max_length=40)] = "",
    need: Annotated[str, Query(max_length=20)] = "",
) -> Response:  # fmt: skip
    """An empty form, or what was asked before to be asked again."""
    async with parts.database.reading() as session:
        form = await _like(session, parts, like, by) if like else {}
        me = await session.get_one(Person, by.id)
    form = {"name": me.name, "phone": phone_of(me, parts.sealer), "need_id": need} | form
    return await _form(request, parts, by, at, form | {"filing_key": new_token(24)})


@router.post("/requests/new")
async def ask(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """File it and lead to its page, or show the form again with everything that was typed."""
    checked, form, errors = await forms.read(request, OrderForm)
    key = str(form.get("filing_key", ""))
    if len(key) < 16 or len(key) > 64:
        form["filing_key"] = key = new_token(24)
    status = 422
    if checked is not None:
        try:
            number = await parts.work(_order, checked, key, language(request), parts=parts, by=by, at=at)
            return done(parts, f"/partner/requests/{number}", SENT, number=number)
        except NotSeen:
            raise
        except Refused as refused:
            errors, status = forms.shown(request, refused), refused.status
            if refused.code == "key_reused":
                form["filing_key"] = new_token(24)
    return await _form(request, parts, by, at, form, errors, status)


@router.get("/requests/{number}")
async def show(request: Request, number: str, parts: TheParts, by: SignedIn, at: At) -> Response:
    """One request: where it stands, what came of it, what can be done. What they were told about it is read now."""
    await opened(request, parts, by, number, at)
    return await _page(request, parts, by, number, at)


@router.get("/requests/{number}/photo")
async def photo(number: str, parts: TheParts, by: SignedIn) -> Response:
    """What was done, as the last report shows it."""
    async with parts.database.reading() as session:
        mine = await _mine(session, number, by)
        steps = await timeline(session, mine)
    return photos.picture(await parts.photos.open(mine.number, photos.last(parts.photos, mine, steps)))


@router.get("/requests/{number}/correct")
async def correcting(request: Request, number: str, parts: TheParts, by: SignedIn, at: At) -> Response:
    """What was typed, to be put right."""
    return await _correct_page(request, parts, by, number, at)


@router.get("/requests/{number}/{verb}")
async def show_form(number: str, verb: str, by: SignedIn) -> Response:
    """Where a reload after a refused form leads."""
    return see(f"/partner/requests/{number}")


@router.post("/requests/{number}/{verb}")
async def act(request: Request, number: str, verb: str, parts: TheParts, by: SignedIn, at: At) -> Response:
    """One verb, done once however often the form arrives."""
    if verb not in ORDERS_DONE:
        raise NotSeen()
    checked, form, errors = await forms.read(request, FORMS[verb] if verb in FORMS else ACTS[verb].model)
    status = 422
    if checked is not None:
        try:
            deed = partial(_act, number=number, verb=verb, checked=checked, parts=parts, by=by, at=at)
            await done_once(parts, request.url.path, form, by, at, deed)
            return done(parts, f"/partner/requests/{number}", ORDERS_DONE[verb])
        except NotSeen:
            raise
        except Refused as refused:
            errors, status = forms.shown(request, refused), refused.status
    if verb == "correct":
        return await _correct_page(request, parts, by, number, at, form, errors, status)
    return await _page(request, parts, by, number, at, verb, form, errors, status)


@router.post("/items")
async def add_offer(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Write down what they need or can give, once, however often the button was pressed."""
    checked, form, errors = await forms.read(request, OfferForm)
    status = 422
    if checked is not None:
        offer = partial(lists.offer, entry=checked.entry(), by=by, at=at)
        errors, status = await forms.attempt(request, done_once(parts, request.url.path, form, by, at, offer))
    if errors:
        return await _home(request, parts, by, at, "", form, errors, status)
    return done(parts, "/partner#lists", _("已经写进清单，医院看得到。"))


@router.post("/items/{item_id}/drop")
async def drop(parts: TheParts, by: SignedIn, at: At, item_id: Id) -> Response:
    """It is not needed, or not on offer, any more."""
    async with parts.database.reading() as session:
        partner, _unit = await own_partner(session, by)
    await parts.work(lists.set_state, partner.code, item_id, ItemState.dropped, by=by, at=at)
    return done(parts, "/partner#lists", _("已经从清单里撤下。"))


@router.get("/agreements/{agreement_id}/file")
async def signed(parts: TheParts, by: SignedIn, agreement_id: Id) -> Response:
    """The signed file of their own agreement."""
    async with parts.database.reading() as session:
        partner, _unit = await own_partner(session, by)
        agreement = await agreements.signed_file(session, partner.code, agreement_id, by=by)
    return await file_answer(parts, agreement)


async def _order(
    session: AsyncSession, checked: OrderForm, key: str, lang: str, *, parts: Parts, by: Actor, at: datetime
) -> str:
    asked = checked.order(key, lang)
    return (await orders.order(session, asked, sealer=parts.sealer, pepper=parts.settings.pepper, by=by, at=at)).number


async def _act(
    session: AsyncSession, *, number: str, verb: str, checked: Any, parts: Parts, by: Actor, at: datetime
) -> None:
    if verb == "confirm":
        await orders.confirm(session, number, checked.came, checked.remark, by=by, at=at)
    elif verb == "correct":
        said = checked.need, checked.note, checked.details()
        await orders.correct(session, number, *said, sealer=parts.sealer, by=by, at=at, if_version=checked.version)
    else:
        await ACTS[verb].action(session, number, **checked.model_dump(), **ACTS[verb].tools(parts), by=by, at=at)


async def _mine(session: AsyncSession, number: str, by: Actor) -> ServiceRequest:
    """A request of their organisation. Raises NotSeen, for whoever is no liaison as well."""
    await own_partner(session, by)
    return await visible_request(session, number, by)


async def _home(
    request: Request, parts: Parts, by: Actor, at: datetime, after: str, form: forms.Form | None = None,
    errors: forms.Errors | None = None, status: int = 200,
) -> Response:  # fmt: skip
    lang, today = language(request), at.astimezone(SHANGHAI).date()
    key = keys_of(after, datetime, int) if after else None
    async with parts.database.reading() as session:
        partner, unit = await own_partner(session, by)
        page = await requests_of(session, partner, by, after=key)
        extras = await extras_of(session, page.rows)
        held = (await agreements_of(session, [partner.id or 0])).get(partner.id or 0, [])
        written = await lists_of(session, partner, by)
        year = await balance(session, partner, date(today.year, 1, 1), today)
    rows = [
        {"request": one, "service": service_name(one.service, lang), "extra": extras.get(one.id or 0),
         "lit": lit(one), "ended": one.state in ENDED, "span": span(one),
         "waits": waits_for(one, extras.get(one.id or 0), by, at)}
        for one in page.rows
    ]  # fmt: skip
    return desk_page(
        request, parts, by, "partner/home.html", status, now=at, partner=partner, unit=unit, rows=rows, today=today,
        older=cursor(*page.next) if page.next else "", first=not after, held=held, agreement=newest(held, today),
        standing=standing(held, today), standings=STANDINGS, written=written, offered=OFFERED,
        listed=parts_of(request, written, ItemState.dropped), kinds=LIST_KINDS,
        item_states=ITEM_STATES, year=year, form=form or {}, errors=errors or {},
    )  # fmt: skip


async def _form(
    request: Request, parts: Parts, by: Actor, at: datetime, form: forms.Form, errors: forms.Errors | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    lang, today = language(request), at.astimezone(SHANGHAI).date()
    async with parts.database.reading() as session:
        partner, _unit = await own_partner(session, by)
        services = await orders.services_for_partners(session, by.root_id)
        held = (await agreements_of(session, [partner.id or 0])).get(partner.id or 0, [])
        needs = [item for item in (await lists_of(session, partner, by)).of(ListKind.need)
                 if item.state in {ItemState.open, ItemState.matched} and not item.ours]  # fmt: skip
    return desk_page(
        request, parts, by, "partner/ask.html", status, now=at, partner=partner, earliest=orders.earliest(at),
        services=[(one.code, service_name(one, lang)) for one in services], standing=standing(held, today),
        agreement=newest(held, today), needs=[(one.id, one.title) for one in needs], form=form, errors=errors or {},
    )  # fmt: skip


async def _like(session: AsyncSession, parts: Parts, number: str, by: Actor) -> forms.Form:
    """What was asked before; the day is to be chosen anew."""
    found = await _mine(session, number, by)
    extra = await extra_of(session, found)
    if extra is None or found.wanted_from is None or found.wanted_to is None:
        return {}
    begins, ends = found.wanted_from.astimezone(SHANGHAI), found.wanted_to.astimezone(SHANGHAI)
    return {
        "service": found.service.code, "need": found.need, "note": found.reason, "venue": extra.venue,
        "headcount": extra.headcount, "equipment": extra.equipment, "risks": extra.risks, "slots": found.slots,
        "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}", "need_id": extra.need_id or "",
    }  # fmt: skip


async def _page(
    request: Request, parts: Parts, by: Actor, number: str, at: datetime, verb: str = "",
    form: forms.Form | None = None, errors: forms.Errors | None = None, status: int = 200,
) -> Response:  # fmt: skip
    lang = language(request)
    async with parts.database.reading() as session:
        mine = await _mine(session, number, by)
        extra = await extra_of(session, mine)
        steps = await timeline(session, mine)
        ours = await session.exec(select(Person.id).where(col(Person.partner_id) == by.partner_id))
        speaking = frozenset(ours)
    over = [sentence for name, sentence in (errors or {}).items() if name == forms.WHOLE_PAGE]
    return desk_page(
        request, parts, by, "partner/show.html", status, now=at, request=followed(mine, steps, lang, at), asked=mine,
        extra=extra, lit=lit(mine), ended=mine.state in ENDED, steps=told(steps, lang, speaking),
        photo=bool(photos.last(parts.photos, mine, steps)), span=span(mine), can=can_now(mine, by, at),
        url=f"/partner/requests/{number}",
        may_confirm=extra is not None and extra.confirmed_at is None and mine.state in orders.TOOK_PLACE
        and bool(mine.result),
        open_form=verb, form=form or {}, errors={k: v for k, v in (errors or {}).items() if k != forms.WHOLE_PAGE},
        over=over,
    )  # fmt: skip


async def _correct_page(
    request: Request, parts: Parts, by: Actor, number: str, at: datetime, form: forms.Form | None = None,
    errors: forms.Errors | None = None, status: int = 200,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        mine = await _mine(session, number, by)
        extra = await extra_of(session, mine)
        if extra is None or "correct" not in can_now(mine, by, at):
            return await _page(request, parts, by, number, at, errors=errors, status=status)
        said = await open_secret(session, mine, parts.sealer)
    was = {"need": said.need, "note": said.reason, "venue": extra.venue, "headcount": extra.headcount,
           "equipment": extra.equipment, "risks": extra.risks}  # fmt: skip
    return desk_page(
        request, parts, by, "partner/correct.html", status, now=at, url=f"/partner/requests/{number}", asked=mine,
        span=span(mine), service=service_name(mine.service, language(request)), form=form or was, errors=errors or {},
    )  # fmt: skip
