"""One page a partner for staff: its agreements, people, pairings, three lists, requests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import UploadFile

from matching.api import forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.following import ENDED, lit
from matching.api.pages.admin.office import done, with_depth
from matching.api.pages.working import desk_page, done_once
from matching.api.paging import Id, cursor, keys_of
from matching.api.partnering import (
    AgreementForm,
    PairForm,
    PartnerForm,
)
from matching.api.places import service_name
from matching.api.signed_files import file_answer
from matching.api.templates import language
from matching.clock import SHANGHAI
from matching.errors import NotAllowed, NotSeen, Refused
from matching.partners import agreements, keeping, liaisons, lists, pairings
from matching.partners.balance import balance
from matching.partners.model import (
    ITEM_MOVES,
    ITEM_STATES,
    LIST_KINDS,
    PARTNER_KINDS,
    ItemState,
    ListKind,
)
from matching.partners.policy import MAY, may
from matching.partners.queries import (
    agreements_of,
    extras_of,
    liaisons_of,
    lists_of,
    pairings_of,
    requests_of,
    visible_partner,
)
from matching.partners.standing import STANDINGS, newest, standing
from matching.people.actor import Actor
from matching.people.queries import people_below
from matching.units.model import Unit
from matching.units.queries import units_under
from matching.words import _

router = APIRouter(prefix="/partners", include_in_schema=False)


@dataclass(frozen=True)
class Typed:
    """A form that comes back: which one, what stood in it, what is wrong, and what is shown this once only."""

    which: str = ""
    form: forms.Form = field(default_factory=dict)
    errors: forms.Errors = field(default_factory=dict)
    status: int = 200
    made: tuple[str, str] | None = None  # login and one-time password
    seen: dict[str, str] | None = None  # whom a member is paired with


@router.get("/{code}")
async def show(
    request: Request, parts: TheParts, by: SignedIn, at: At, code: str,
    after: Annotated[str, Query(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Everything about one."""
    return await partner_page(request, parts, by, at, code, Typed(), after)


@router.post("/{code}/change")
async def change(request: Request, parts: TheParts, by: SignedIn, at: At, code: str) -> Response:
    """What is known of it."""
    checked, form, errors = await forms.read(request, PartnerForm)
    deed = parts.work(keeping.change_partner, code, checked.known(), by=by, at=at) if checked else None
    return await did(request, parts, by, at, code, "change", form, errors, deed, _("已保存。"))


@router.post("/{code}/open")
async def set_open(request: Request, parts: TheParts, by: SignedIn, at: At, code: str) -> Response:
    """Build together again, or no longer."""
    is_open = (await request.form()).get("open") == "1"
    await parts.work(keeping.set_open, code, is_open, by=by, at=at)
    said = _("已恢复共建，可以提新需求了。") if is_open else _("已结束共建，不能再提新需求；以前的都还在。")
    return done(parts, f"/partners/{code}", said)


@router.post("/{code}/agreements")
async def add_agreement(request: Request, parts: TheParts, by: SignedIn, at: At, code: str) -> Response:
    """A new one, however often the button was pressed."""
    checked, form, errors = await forms.read(request, AgreementForm)
    deed = None
    if checked is not None:
        add = partial(agreements.add_agreement, code=code, **dict(checked), by=by, at=at)
        deed = done_once(parts, request.url.path, form, by, at, add)
    said = _("协议已登记。签好字的文件可以在下面上传。")
    return await did(request, parts, by, at, code, "agreement", form, errors, deed, said, "#agreements")


@router.post("/{code}/agreements/{agreement_id}/end")
async def end_agreement(
    request: Request, parts: TheParts, by: SignedIn, at: At, code: str, agreement_id: Id
) -> Response:
    """Called off early."""
    deed = parts.work(agreements.end_agreement, code, agreement_id, by=by, at=at)
    return await did(request, parts, by, at, code, "", {}, {}, deed, _("协议已提前终止。"), "#agreements")


@router.post("/{code}/agreements/{agreement_id}/file")
async def hand_in(request: Request, parts: TheParts, by: SignedIn, at: At, code: str, agreement_id: Id) -> Response:
    """The signed file: checked, sealed, kept outside the database."""
    which, errors = f"file-{agreement_id}", forms.Errors()
    sent = [one for one in (await request.form()).getlist("file") if isinstance(one, UploadFile) and one.filename]
    if request.scope["refused"] is not None:
        errors = forms.said(request, {"file": Refused("file_too_large", mib=8)})
    elif not sent:
        errors = forms.said(request, {"file": Refused("no_file")})
    if errors:
        return await partner_page(request, parts, by, at, code, Typed(which, {}, errors, 422))

    async def keep() -> None:
        async with parts.database.reading() as session:
            place = await agreements.agreement_to_sign(session, code, agreement_id, by=by)
        file = await agreements.checked_file(parts.photos, await sent[0].read())
        await parts.photos.keep(place, file)
        _signed, before = await parts.work(
            agreements.hand_in, code, agreement_id, file.digest, sent[0].filename or "", by=by, at=at
        )
        await parts.photos.erase_one(place, before)

    said = _("签字件已加密保存。")
    return await did(request, parts, by, at, code, which, {}, {}, keep(), said, "#agreements")


@router.get("/{code}/agreements/{agreement_id}/file")
async def signed(parts: TheParts, by: SignedIn, code: str, agreement_id: Id) -> Response:
    """The signed file, to be saved."""
    async with parts.database.reading() as session:
        agreement = await agreements.signed_file(session, code, agreement_id, by=by)
    return await file_answer(parts, agreement)


@router.post("/{code}/pairings")
async def pair(request: Request, parts: TheParts, by: SignedIn, at: At, code: str) -> Response:
    """A member and somebody there."""
    checked, form, errors = await forms.read(request, PairForm)
    deed = (
        parts.work(pairings.pair_person, code, **dict(checked), sealer=parts.sealer, by=by, at=at) if checked else None
    )
    return await did(request, parts, by, at, code, "pair", form, errors, deed, _("结对已登记。"), "#pairings")


@router.post("/{code}/pairings/{pairing_id}/end")
async def end_pairing(request: Request, parts: TheParts, by: SignedIn, at: At, code: str, pairing_id: Id) -> Response:
    """It lasts no longer."""
    deed = parts.work(pairings.end_pairing, code, pairing_id, by=by, at=at)
    said = _("结对已结束，对方的姓名和电话已经删除。")
    return await did(request, parts, by, at, code, "", {}, {}, deed, said, "#pairings")


@router.post("/{code}/pairings/{pairing_id}/look")
async def look(request: Request, parts: TheParts, by: SignedIn, at: At, code: str, pairing_id: Id) -> Response:
    """Who it is, once, on the answer itself; that somebody looked is logged."""
    seen = await parts.work(pairings.look_up, code, pairing_id, sealer=parts.sealer, by=by, at=at)
    return await partner_page(request, parts, by, at, code, Typed(f"seen-{pairing_id}", seen=seen))


def refusal(request: Request, which: str, form: forms.Form, refused: Refused) -> Typed:
    """Raises what has no form: NotSeen, NotAllowed."""
    if isinstance(refused, (NotSeen, NotAllowed)):
        raise refused
    return Typed(which, form, forms.shown(request, refused), refused.status)


async def did(
    request: Request, parts: Parts, by: Actor, at: datetime, code: str, which: str, form: forms.Form,
    errors: forms.Errors, deed: Any, said: str, place: str = "",
) -> Response:  # fmt: skip
    """Do it and go back to the page, or show the page with what was typed. `deed`: None where the form was wrong."""
    status = 422
    if deed is not None:
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await partner_page(request, parts, by, at, code, Typed(which, form, errors, status))
    return done(parts, f"/partners/{code}{place}", said)


def units_to_pair(units: Sequence[Unit]) -> list[tuple[str, str]]:
    """Codes and names, each below those above it."""
    return [(unit.code, f"{'　' * depth}{unit.name}") for unit, depth in with_depth(units)]


async def partner_page(
    request: Request, parts: Parts, by: Actor, at: datetime, code: str, typed: Typed, after: str = ""
) -> Response:
    today, key = at.astimezone(SHANGHAI).date(), keys_of(after, datetime, int) if after else None
    whole = [f"/{by.root_id}/"]
    async with parts.database.reading() as session:
        partner, unit = await visible_partner(session, code, by)
        can = {act for act in MAY if may(act, by, partner, unit.path)}
        held = (await agreements_of(session, [partner.id or 0])).get(partner.id or 0, [])
        people = await liaisons_of(session, partner)
        paired = await pairings_of(session, partner, by)
        written = await lists_of(session, partner, by)
        page = await requests_of(session, partner, by, after=key)
        extras = await extras_of(session, page.rows)
        year = await balance(session, partner, date(today.year, 1, 1), today)
        units = await units_under(session, by.root_id, whole) if {"change_partner", "set_items"} & can else []
        members = await people_below(session, unit, size=200) if "set_pairings" in can else []
    rows = [(one, service_name(one.service, language(request)), extras.get(one.id or 0), lit(one), one.state in ENDED)
            for one in page.rows]  # fmt: skip
    phones = {one.member_no: liaisons.phone_of(one, parts.sealer) for one in people if "see_liaison_phones" in can}
    return desk_page(
        request, parts, by, "partners/show.html", typed.status, now=at, today=today, partner=partner, unit=unit,
        can=can, held=held, agreement=newest(held, today), standing=standing(held, today), standings=STANDINGS,
        people=people, phones=phones, paired=paired, written=written, rows=rows, year=year, units=units_to_pair(units),
        members=[(one.member_no, f"{one.name} {one.department}") for one in members], kinds=PARTNER_KINDS,
        list_kinds=LIST_KINDS, item_states=ITEM_STATES, item_moves=_moves(),
        older=cursor(*page.next) if page.next else "",
        first=not after, which=typed.which, form=typed.form, errors=typed.errors,
        made=typed.made, seen=typed.seen, leads_to=_leads_to(written),
    )  # fmt: skip


def _moves() -> dict[str, list[tuple[str, str]]]:
    """State → the states it may take, in words."""
    return {state: [(to.value, ITEM_STATES[to]) for to in ItemState if to in ITEM_MOVES[state]] for state in ItemState}


def _leads_to(written: Any) -> dict[str, list[tuple[int, str]]]:
    """List → the open entries that an entry of it can be linked with."""
    going = {kind: [(item.id, item.title) for item in written.of(kind) if item.state in {"open", "matched"}]
             for kind in ListKind}  # fmt: skip
    return {kind: [one for to in lists.LEADS_TO.get(kind, ()) for one in going[to]] for kind in ListKind}
