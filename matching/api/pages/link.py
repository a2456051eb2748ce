"""`/a/{token}`: an ask answered from the link in a message, without signing in. Nothing here names anybody in full.

Opening it does nothing, since WeChat opens every link to make a preview of it; only a press answers.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from matching.api import forms
from matching.api.answering import Press, PressForm, pressed
from matching.api.deps import At, Parts, TheParts, address
from matching.api.errors import in_words
from matching.api.invited import after_yes, invitation
from matching.api.limits import CODE_TRIES_OF_ALL
from matching.api.muting import MUTES
from matching.api.redirects import see
from matching.api.templates import language, render
from matching.asks import availability
from matching.asks.links import Linked, is_ours, linked
from matching.asks.mine import is_open, waits_of
from matching.asks.model import DECLINE_REASONS, Answer
from matching.asks.waiting import LIVING
from matching.errors import NotSeen, Refused
from matching.privacy.masking import masked_name

router = APIRouter(prefix="/a", include_in_schema=False)
Token = Annotated[str, Path(max_length=200)]


@router.api_route("/{token}", methods=["GET", "HEAD"])
async def show(request: Request, token: Token, parts: TheParts, at: At) -> Response:
    """What one is asked, or what became of it."""
    return await _page(request, parts, token, at)


@router.get("/{token}/{press}")
async def reloaded(token: Token, press: Press) -> Response:
    """Where a reload after a refusal leads."""
    return see(f"/a/{token}")


@router.post("/{token}/{press}")
async def answer(request: Request, token: Token, press: Press, parts: TheParts, at: At) -> Response:
    """One tap."""
    found = await _linked(request, parts, token, at)
    checked, form, errors = await forms.read(request, PressForm)
    if checked is None:
        return await _page(request, parts, token, at, 422, mute=form, mute_errors=errors)
    try:
        await pressed(parts, press, found.ask, found.request, checked, by=found.by, at=at)
    except NotSeen:
        raise
    except Refused as refused:
        if press is Press.mute:
            shown = forms.shown(request, refused)
            return await _page(request, parts, token, at, refused.status, mute=form, mute_errors=shown)
        return await _page(request, parts, token, at, refused.status, refused=refused)
    return see(f"/a/{token}")


async def _linked(request: Request, parts: Parts, token: str, at: datetime) -> Linked:
    """Raises NotSeen unknown_link, which is counted by address unless the link was once a good one, and TooMany once
    there were too many of them."""
    everybody = f"links from {address(request)}"
    await parts.limiter.refuse_spent(CODE_TRIES_OF_ALL, "too_many_tries", everybody)
    try:
        async with parts.database.reading() as session:
            return await linked(session, token, parts.settings.pepper, at)
    except NotSeen:
        if not is_ours(token, parts.settings.pepper):
            await parts.limiter.hit(CODE_TRIES_OF_ALL, "too_many_tries", everybody)
        raise


async def _page(
    request: Request, parts: Parts, token: str, at: datetime, status: int = 200, *, refused: Refused | None = None,
    mute: forms.Form | None = None, mute_errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    found = await _linked(request, parts, token, at)
    async with parts.database.reading() as session:
        own = await availability.own(session, by=found.by, at=at)
        places = {one.request.id: one.place for one in await waits_of(session, by=found.by)}
        still_open = await is_open(session, found.ask, found.request, by=found.by)
    lang, held = language(request), found.request.is_claimed_by(found.by.id)
    said = after_yes(found.ask, found.request, signed_in=False) if held else None
    return render(
        request, "asks/link.html", status, now=at, token=token, name=masked_name(found.by.name), held=held,
        one=invitation(request, found.ask, found.request), answers=Answer, reasons=DECLINE_REASONS, mutes=MUTES,
        next_step=said, place=places.get(found.request.id, 0), own=own,
        is_open=still_open, refused=in_words(lang, refused) if refused else "", may_wait=found.request.state in LIVING,
        mute=mute or {}, mute_errors=mute_errors or {},
    )  # fmt: skip
