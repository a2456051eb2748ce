"""What staff do on a partner's page with what is known of it, its agreements and its pairings."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import UploadFile

from matching.api import forms
from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.admin.office import done
from matching.api.pages.partner_page import Typed, did, partner_page
from matching.api.pages.working import done_once
from matching.api.paging import Id
from matching.api.partnering import (
    AgreementForm,
    PairForm,
    PartnerForm,
)
from matching.api.signed_files import file_answer
from matching.errors import Refused
from matching.partners import agreements, keeping, pairings
from matching.words import _

router = APIRouter(prefix="/partners", include_in_schema=False)


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
            await agreements.agreement_to_sign(session, code, agreement_id, by=by)
        file, name = await agreements.checked_file(parts.photos, await sent[0].read()), sent[0].filename or ""
        _signed, before = await parts.work(
            agreements.keep_signed, code, agreement_id, file, name, photos=parts.photos, by=by, at=at
        )
        await parts.work(agreements.erase_replaced, agreement_id, before, photos=parts.photos)

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
