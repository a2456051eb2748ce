"""A requester asks to hear news of their request, by mail or in this browser: without an account, until they stop."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, StringConstraints

from matching.api import flash, forms, told
from matching.api.assets import assets
from matching.api.deps import At, Parts, TheParts, address
from matching.api.following_by import telling
from matching.api.pages.tracking import not_found
from matching.api.paging import Id
from matching.api.redirects import see
from matching.api.requester import found_by_code
from matching.api.templates import language, render
from matching.errors import Refused
from matching.notices import confirming, followers
from matching.notices.composing import FIND
from matching.requests.model import ServiceRequest

router = APIRouter(include_in_schema=False)


class MailForm(BaseModel):
    """An address to send six digits to."""

    mail: Annotated[str, StringConstraints(strip_whitespace=True, max_length=confirming.LONGEST)]


class CodeForm(MailForm):
    """The digits that came there."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]


class PushForm(BaseModel):
    """What the browser's push service gave, as JSON."""

    subscription: Annotated[str, StringConstraints(max_length=4000)]


class StopForm(BaseModel):
    """Which one to stop."""

    follower: Id


@router.api_route("/push-worker.js", methods=["GET", "HEAD"])
async def worker() -> Response:
    """What shows a push message; a browser takes it from the top of the site only, and asks for it anew each time."""
    headers = {"Cache-Control": "no-cache"}
    return Response(assets.by_name["push-worker.js"].body, media_type="text/javascript", headers=headers)


@router.api_route("/r/{code}/tell", methods=["GET", "HEAD"])
async def show(code: str, request: Request, parts: TheParts) -> Response:
    """The ways there are."""
    return await _page(request, parts, code)


@router.post("/r/{code}/tell")
async def ask_digits(code: str, request: Request, parts: TheParts, at: At) -> Response:
    """Send six digits to the address, and ask for them."""
    checked, form, errors = await forms.read(request, MailForm)
    found = await _mine(request, parts, code)
    if isinstance(found, Response):
        return found
    code, mine = found
    status = 422
    if checked is not None:
        deed = told.send_code(parts, followers.who(mine), checked.mail, language(request), "/r", FIND, at)
        errors, status = await forms.attempt(request, deed)
    return await _page(request, parts, code, status, form, errors, code_sent=not errors)


@router.post("/r/{code}/tell/confirm")
async def confirm(code: str, request: Request, parts: TheParts, at: At) -> Response:
    """With the right digits the address is told from now on."""
    checked, form, errors = await forms.read(request, CodeForm)
    found = await _mine(request, parts, code)
    if isinstance(found, Response):
        return found
    code, mine = found
    status = 422
    if checked is not None:
        errors, status = await forms.attempt(request, _confirmed(request, parts, mine, checked, at))
    if errors:
        return await _page(request, parts, code, status, form, errors, code_sent=True)
    return see(f"/r/{code}?done=told_mail")


@router.post("/r/{code}/tell/push")
async def subscribe(code: str, request: Request, parts: TheParts, at: At) -> Response:
    """This browser is told from now on; push.js sends what its push service gave."""
    checked, form, errors = await forms.read(request, PushForm)
    found = await _mine(request, parts, code)
    if isinstance(found, Response):
        return found
    code, mine = found
    status = 422
    if checked is not None:
        if parts.courier.ways.push is None:
            errors, status = forms.shown(request, Refused("channel_off")), 409
        else:
            deed = parts.work(
                followers.follow_by_push, mine, checked.subscription, language(request), sealer=parts.sealer,
                pepper=parts.settings.pepper, at=at,
            )  # fmt: skip
            errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, code, status, form, errors)
    return see(f"/r/{code}?done=told_push")


@router.post("/r/{code}/tell/stop")
async def stop(code: str, request: Request, parts: TheParts) -> Response:
    """Tell them nothing more there; as easy as it was to begin."""
    checked, _form, _errors = await forms.read(request, StopForm)
    found = await _mine(request, parts, code)
    if isinstance(found, Response):
        return found
    code, mine = found
    if checked is not None:
        await parts.work(followers.stop_following, mine, checked.follower)
    return see(f"/r/{code}?done=told_stop")


async def _confirmed(request: Request, parts: Parts, mine: ServiceRequest, checked: CodeForm, at: At) -> None:
    await told.guess(parts, followers.who(mine))
    await parts.work(
        followers.follow_by_mail, mine, confirming.checked_address(checked.mail), checked.code, language(request),
        sealer=parts.sealer, pepper=parts.settings.pepper, at=at,
    )  # fmt: skip


async def _mine(request: Request, parts: Parts, typed: str) -> tuple[str, ServiceRequest] | Response:
    try:
        async with parts.database.reading() as session:
            return await found_by_code(session, parts, address(request), typed)
    except Refused as refused:
        return not_found(request, typed, refused)


async def _page(
    request: Request, parts: Parts, typed: str, status: int = 200, form: forms.Form | None = None,
    errors: forms.Errors | None = None, *, code_sent: bool = False,
) -> Response:  # fmt: skip
    found = await _mine(request, parts, typed)
    if isinstance(found, Response):
        return found
    code, mine = found
    async with parts.database.reading() as session:
        tell = await telling(session, parts, mine)
    over = [sentence for name, sentence in (errors or {}).items() if name in {forms.WHOLE_PAGE, "subscription"}]
    beside = {name: sentence for name, sentence in (errors or {}).items() if name in {"mail", "code"}}
    said = [flash.spoken(request, flash.Said(sentence, kind="warn")) for sentence in over]
    return render(
        request, "tracking/tell.html", status, tell=tell, url=f"/r/{code}", form=form or {}, errors=beside,
        code_sent=code_sent, flash=said,
    )  # fmt: skip
