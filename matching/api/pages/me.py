"""One's own page: roles, password, the tokens of one's programs, the browsers one is signed in with."""

import json
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints, ValidationInfo, field_validator

from matching.api import again, flash, forms
from matching.api.deps import COOKIE, At, Parts, SignedIn, TheParts
from matching.api.downloads import download
from matching.api.limits import PAPERS
from matching.api.member_copies import whole_copy
from matching.api.pages.staff import first_page, staff_page
from matching.api.paging import Id
from matching.api.redirects import see
from matching.errors import Refused
from matching.partners.pairings import paired_with
from matching.people import actions
from matching.people.actor import Actor
from matching.people.model import ROLES, Person, Role
from matching.people.passwords import LONGEST
from matching.people.queries import grants_of
from matching.privacy.codes import token_hash
from matching.units.model import Unit
from matching.words import _

router = APIRouter(prefix="/me", include_in_schema=False)
Secret = Annotated[str, Field(max_length=LONGEST)]


class PasswordForm(BaseModel):
    """The password now, and twice the new one."""

    current: Secret
    new: Secret
    again: Secret

    @field_validator("again")
    @classmethod
    def _twice_the_same(cls, again: str, info: ValidationInfo) -> str:
        if again != info.data.get("new"):
            raise ValueError("passwords_differ")
        return again


class TokenForm(BaseModel):
    """What the program that gets the token is called."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


@router.get("")
async def mine(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """Everything about one's own account."""
    return await _page(request, parts, at, by)


@router.get("/copy.json")
async def copy(parts: TheParts, by: SignedIn) -> Response:
    """Everything that is held about oneself, to take along."""
    await parts.limiter.hit(PAPERS, "too_many_papers", f"papers {by.id}")
    async with parts.database.reading() as session:
        held = await whole_copy(session, parts.sealer, by=by)
    return download(json.dumps(held, ensure_ascii=False, indent=2).encode(), "application/json", "me.json", "me.json")


@router.get("/password")
async def password(request: Request, parts: TheParts, by: SignedIn) -> Response:
    """The form; somebody with a one-time password can see nothing else."""
    return await password_page(request, parts, by)


@router.post("/password")
async def change_password(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """Set the new password; every other browser is signed out."""
    checked, form, errors = await forms.read(request, PasswordForm)
    status = 422
    if checked is not None:
        change = actions.change_password(
            parts.database, parts.work, checked.current, checked.new, keep=request.cookies[COOKIE], by=by, at=at
        )
        errors, status = await forms.attempt(request, change)
    if errors:
        return await password_page(request, parts, by, status, form, errors)
    if (kept := again.unpack(form.get("kept", ""))) is not None:
        return again.offer_signed_in(request, kept)
    answer = see("/me" if by.scopes == () else first_page(by))
    flash.leave(answer, parts.settings, flash.Said(_("密码已修改，别处的登录都已退出。")))
    return answer


@router.post("/tokens")
async def make_token(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """A new token, shown on this answer and never again."""
    checked, form, errors = await forms.read(request, TokenForm)
    status, token = 422, ""
    if checked is not None:
        try:
            token, form, status = await parts.work(actions.make_token, checked.name, by=by, at=at), {}, 201
        except Refused as refused:
            errors, status = forms.shown(request, refused), refused.status
    return await _page(request, parts, at, by, status, form=form, errors=errors, made=token)


@router.post("/tokens/{token_id}/revoke")
async def revoke_token(parts: TheParts, at: At, by: SignedIn, token_id: Id) -> Response:
    """The program that holds it gets no answer any more."""
    await parts.work(actions.revoke_token, token_id, by=by, at=at)
    answer = see("/me")
    flash.leave(answer, parts.settings, flash.Said(_("令牌已吊销。")))
    return answer


@router.post("/browsers/end")
async def end_browsers(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """Sign out one other browser, named by its token's hash, or all but this one."""
    named = (await request.form()).get("browser")
    if named:
        await parts.work(actions.end_browser, str(named), by=by, at=at)
    else:
        await parts.work(actions.end_other_browsers, request.cookies[COOKIE], by=by, at=at)
    answer = see("/me")
    flash.leave(answer, parts.settings, flash.Said(_("已退出登录。")))
    return answer


async def _page(
    request: Request, parts: Parts, at: At, by: Actor, status: int = 200,
    *, form: forms.Form | None = None, errors: forms.Errors | None = None, made: str = "",
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        person = await session.get_one(Person, by.id)
        unit = await session.get_one(Unit, person.unit_id)
        held = (await grants_of(session, [person.id or 0]))[person.id or 0]
        tokens = await actions.tokens_of(session, by)
        idle = timedelta(minutes=parts.settings.idle_minutes)
        browsers = await actions.browsers_of(session, by, idle, at)
        pairs = [(one.since, them) for one, them in await paired_with(session, parts.sealer, by=by)]
    here = token_hash(request.cookies[COOKIE])
    return staff_page(
        request, by, "me/show.html", status, now=at, me=person, unit=unit, roles=ROLES, held=held, tokens=tokens,
        browsers=browsers, this_browser=here, pairs=pairs,
        asked=by.holds(Role.member, Role.unit_lead), made=made, form=form or {}, errors=errors or {},
    )  # fmt: skip


async def password_page(
    request: Request, parts: Parts, by: Actor, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    """The form to change it. `form` may hold `kept`: what somebody typed before they had to sign in with a password
    that opens nothing else; it is offered again afterwards."""
    async with parts.database.reading() as session:
        me = await session.get_one(Person, by.id)
    return staff_page(request, by, "me/password.html", status, me=me, form=form or {}, errors=errors or {})
