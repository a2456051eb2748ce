"""How one wants to be told beyond the application: one's own mail address, quiet hours, a digest."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, StringConstraints

from matching.api import flash, forms, told
from matching.api.clocks import OfDay, clock
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.admin.office import done
from matching.api.pages.staff import staff_page
from matching.api.redirects import see
from matching.api.templates import language
from matching.errors import Refused
from matching.notices import confirming, preferences
from matching.notices.model import Way
from matching.notices.ways.answer import Outcome
from matching.people.actor import Actor
from matching.people.model import Person
from matching.words import _

HERE = "/me/notices"
BACK = _("回到消息设置")
router = APIRouter(prefix=HERE, include_in_schema=False)


class WishForm(BaseModel):
    """Which channels, when not, when all at once; a blank time means never, or at once."""

    by_mail: bool = False
    by_wecom: bool = False
    quiet_from: OfDay = None
    quiet_to: OfDay = None
    digest_at: OfDay = None


class MailForm(BaseModel):
    """An address to send six digits to."""

    mail: Annotated[str, StringConstraints(strip_whitespace=True, max_length=confirming.LONGEST)]


class CodeForm(MailForm):
    """The digits that came there."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]


@router.get("")
async def mine(request: Request, parts: TheParts, by: SignedIn) -> Response:
    """How it is set now."""
    return await _page(request, parts, by)


@router.post("")
async def save(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """Set it."""
    checked, form, errors = await forms.read(request, WishForm)
    status = 422
    if checked is not None:
        errors, status = await forms.attempt(
            request, parts.work(preferences.set_wish, **checked.model_dump(), by=by, at=at)
        )
    if errors:
        return await _page(request, parts, by, status, form=form, errors=errors)
    return done(parts, HERE, _("已保存。"))


@router.post("/mail")
async def ask_code(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """Send six digits to the address, and ask for them."""
    checked, form, errors = await forms.read(request, MailForm)
    status = 422
    if checked is not None:
        deed = told.send_code(parts, preferences.who(by), checked.mail, language(request), HERE, BACK, at)
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, by, status, mail=form, mail_errors=errors)
    return await _page(request, parts, by, mail=form, code_sent=True)


@router.post("/mail/confirm")
async def confirm(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """With the right digits the address is used from now on."""
    checked, form, errors = await forms.read(request, CodeForm)
    status = 422
    if checked is not None:
        errors, status = await forms.attempt(request, _confirmed(parts, checked, by, at))
    if errors:
        return await _page(request, parts, by, status, mail=form, mail_errors=errors, code_sent=True)
    return done(parts, HERE, _("邮箱已确认，以后的消息会发到这里。"))


@router.post("/mail/forget")
async def forget(parts: TheParts, by: SignedIn) -> Response:
    """Drop the address."""
    await parts.work(preferences.forget_mail, by=by)
    return done(parts, HERE, _("邮箱已删除，不再发邮件。"))


@router.post("/test")
async def test(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """A message to oneself by every channel that is on, and what became of each."""
    async with parts.database.reading() as session:
        wish = await preferences.wish_of(session, sealer=parts.sealer, by=by)
        wecom_id = (await session.get_one(Person, by.id)).wecom_id
    receivers = {Way.mail: wish.mail if wish.by_mail else "", Way.wecom_app: wecom_id if wish.by_wecom else ""}
    page, said = see(HERE), []
    try:
        for way, receiver in receivers.items():
            if receiver:
                answer = await told.try_person(parts, way, receiver, by, at)
                kind = "done" if answer.outcome is Outcome.sent else "warn"
                said.append(flash.Said(told.said(answer, language(request)), kind=kind))
    except Refused as refused:
        return await _page(request, parts, by, refused.status, errors=forms.shown(request, refused))
    flash.leave(page, parts.settings, *(said or [flash.Said(_("还没有打开任何渠道。"), kind="warn")]))
    return page


async def _confirmed(parts: Parts, checked: CodeForm, by: Actor, at: At) -> None:
    await told.guess(parts, preferences.who(by))
    mail = confirming.checked_address(checked.mail)
    pepper = parts.settings.pepper
    await parts.work(preferences.confirm_mail, mail, checked.code, sealer=parts.sealer, pepper=pepper, by=by, at=at)


async def _page(
    request: Request, parts: Parts, by: Actor, status: int = 200, *, form: forms.Form | None = None,
    errors: forms.Errors | None = None, mail: forms.Form | None = None, mail_errors: forms.Errors | None = None,
    code_sent: bool = False,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        wish = await preferences.wish_of(session, sealer=parts.sealer, by=by)
    held = {
        "by_mail": wish.by_mail, "by_wecom": wish.by_wecom, "quiet_from": clock(wish.quiet_from),
        "quiet_to": clock(wish.quiet_to), "digest_at": clock(wish.digest_at),
    }  # fmt: skip
    ways = parts.courier.ways
    return staff_page(
        request, by, "me/notices.html", status, wish=wish, form=held if form is None else form, errors=errors or {},
        mail=mail or {}, mail_errors=mail_errors or {}, code_sent=code_sent, mail_there=ways.mail is not None,
        wecom_there=ways.wecom is not None,
    )  # fmt: skip
