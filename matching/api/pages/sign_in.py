"""Signing in and out, and the elder mode's switch."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from matching.api import again, forms
from matching.api.deps import COOKIE, At, SignedIn, TheParts, address, browser_of
from matching.api.errors import headers_of
from matching.api.limits import SIGN_INS
from matching.api.pages.me import password_page
from matching.api.pages.staff import first_page
from matching.api.redirects import local_path, see
from matching.api.templates import ELDER_COOKIE, render
from matching.errors import NotSignedIn, Refused
from matching.people import sign_in
from matching.people.passwords import LONGEST

A_YEAR = 31536000  # seconds
router = APIRouter(include_in_schema=False)


class SignInForm(BaseModel):
    """What is typed to sign in."""

    account: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
    password: Annotated[str, Field(max_length=LONGEST)]


@router.get("/login")
async def ask(request: Request, parts: TheParts, at: At, next: str = "") -> Response:
    """The form; whoever is signed in already goes on at once."""
    if (browser := await browser_of(parts, request.cookies.get(COOKIE, ""), at)) is not None:
        return see(local_path(next, first_page(browser.actor)))
    return render(request, "login.html", next=local_path(next, ""))


@router.post("/login")
async def enter(request: Request, parts: TheParts, at: At) -> Response:
    """Sign in with a new session, never one that was there before. Only failures count against the address."""
    checked, form, errors = await forms.read(request, SignInForm)
    wanted, kept = local_path(str(form.get("next", "")), ""), again.unpack(form.get("kept", ""))
    along = {"next": wanted, "kept": kept.packed() if kept else ""}
    if checked is None:
        return render(request, "login.html", 422, form=form, errors=errors, **along)
    here = address(request)
    try:
        await parts.limiter.refuse_spent(SIGN_INS, "too_many_sign_ins", here)
        token = await sign_in.sign_in(parts.database, parts.work, checked.account, checked.password, at)
    except Refused as refused:
        if isinstance(refused, NotSignedIn):
            await parts.limiter.hit(SIGN_INS, "too_many_sign_ins", here)
        shown = forms.shown(request, refused)
        page = render(request, "login.html", refused.status, form=form, errors=shown, **along)
        page.headers.update(headers_of(refused))
        return page
    if (before := request.cookies.get(COOKIE)) is not None:
        await parts.work(sign_in.sign_out, before, at=at)
    browser = await browser_of(parts, token, at)
    if kept is not None and browser is not None:
        request.state.csrf_token, request.state.actor = browser.form_key, browser.actor
        if browser.must_change:
            answer = await password_page(request, parts, browser.actor, form={"kept": kept.packed()})
        else:
            answer = again.offer_signed_in(request, kept)
    else:
        answer = see(wanted if wanted.strip("/") or browser is None else first_page(browser.actor))
    answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=parts.settings.secure_cookies)
    return answer


@router.post("/logout")
async def leave(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """End this browser's sign-in, in the database and not only in the cookie."""
    await parts.work(sign_in.sign_out, request.cookies[COOKIE], at=at)
    answer = see("/login")
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/elder")
async def elder(parts: TheParts, on: bool = True, next: str = "/") -> Response:
    """Larger letters and targets from the next page on, or back again (docs/domain.md §10)."""
    answer = see(local_path(next))
    answer.set_cookie(
        ELDER_COOKIE, "1" if on else "0", max_age=A_YEAR, httponly=True, samesite="lax",
        secure=parts.settings.secure_cookies,
    )  # fmt: skip
    return answer
