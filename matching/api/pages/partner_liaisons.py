"""A partner's liaisons for staff: added, given another one-time password, removed."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.pages.admin.office import done
from matching.api.pages.partner_page import Typed, partner_page, refusal
from matching.api.pages.working import once_of
from matching.api.partnering import LiaisonForm, LoginForm
from matching.errors import Refused
from matching.partners import liaisons
from matching.people.actor import Actor
from matching.people.passwords import hashed, one_time_password
from matching.privacy.codes import new_token
from matching.words import _

router = APIRouter(prefix="/partners/{code}/liaisons", include_in_schema=False)


@router.post("")
async def add_liaison(request: Request, parts: TheParts, by: SignedIn, at: At, code: str) -> Response:
    """Somebody new; the one-time password is shown on this answer and never again."""
    checked, form, errors = await forms.read(request, LiaisonForm)
    typed = Typed("liaison", form, errors, 422)
    if checked is not None:
        try:
            typed = Typed("made", status=201, made=await _added(request, parts, code, form, checked, by=by, at=at))
        except Refused as refused:
            typed = refusal(request, "liaison", form, refused)
    return await partner_page(request, parts, by, at, code, typed)


@router.post("/{member_no}/password")
async def renew(request: Request, parts: TheParts, by: SignedIn, at: At, code: str, member_no: str) -> Response:
    """Another one-time password, shown on this answer and never again."""
    checked, form, errors = await forms.read(request, LoginForm)
    typed = Typed(member_no, form, errors, 422)
    if checked is not None:
        try:
            made = await liaisons.renew_password(parts.work, code, member_no, checked.login, by=by, at=at)
            typed = Typed("made", status=201, made=made)
        except Refused as refused:
            typed = refusal(request, member_no, form, refused)
    return await partner_page(request, parts, by, at, code, typed)


@router.post("/{member_no}/remove")
async def remove_liaison(parts: TheParts, by: SignedIn, at: At, code: str, member_no: str) -> Response:
    """They speak for it no more."""
    await parts.work(liaisons.remove_liaison, code, member_no, by=by, at=at)
    return done(parts, f"/partners/{code}#liaisons", _("已移除，马上不能登录了；办过的事都还在。"))


async def _added(
    request: Request, parts: Parts, code: str, form: forms.Form, checked: LiaisonForm, *, by: Actor, at: datetime
) -> tuple[str, str]:
    """Account and one-time password. Pressed twice it is one liaison: the second answer, which is the one that the
    browser shows, has another password for the same account."""
    said, call, password = (checked.name, checked.phone, checked.login, checked.post), new_token(), one_time_password()
    secret = await hashed(password)

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        person = await liaisons.write_liaison(session, code, *said, secret, sealer=parts.sealer, by=by, at=at)
        return 201, {"call": call, "no": person.member_no, "login": person.login or ""}

    kept = (await parts.work(once, once_of(request.url.path, form), by, at, work))[1]
    if kept["call"] == call:
        return kept["login"], password
    return await liaisons.renew_password(parts.work, code, kept["no"], kept["login"], by=by, at=at)
