"""Answers to asks from one's tasks, the waiting list, and asking for somebody in one's place."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from matching.api import flash, forms
from matching.api.answering import Press, PressForm, pressed
from matching.api.deps import At, SignedIn, TheParts
from matching.api.invited import after_yes
from matching.api.pages.admin.office import done
from matching.api.pages.tasks import Typed, tasks_page
from matching.api.paging import Id
from matching.api.redirects import see
from matching.api.verbs import MayNoteForm
from matching.asks import actions
from matching.asks.mine import own_ask
from matching.errors import NotSeen, Refused
from matching.words import _

router = APIRouter(include_in_schema=False)
Number = Annotated[str, Path(max_length=40)]
MINE = "/tasks?tab=mine"
THANKS = _("知道了，谢谢您告诉我们。不影响以后。")
NOT_NOW = _("知道了。这段时间不邀请您，想提前恢复，在“空闲时间”里点一下。")
IN_LINE = _("排上候补了。有名额空出来就轮到您，会马上通知您。")
LEFT = _("已退出候补。")
SEEKING = _("已经去问别人了。有人答应，这一单就转给对方，会通知您；在那之前仍由您负责。")


@router.get("/asks/{ask_id}/{press}")
async def reloaded(ask_id: Id, press: Press, by: SignedIn) -> Response:
    """Where a reload after a refusal leads."""
    return see("/tasks")


@router.post("/asks/{ask_id}/{press}")
async def press(request: Request, ask_id: Id, press: Press, parts: TheParts, by: SignedIn, at: At) -> Response:
    """One tap. When others were quicker, the waiting list is offered in one more."""
    async with parts.database.reading() as session:
        ask, row = await own_ask(session, ask_id, by=by)
    checked, form, errors = await forms.read(request, PressForm)
    if checked is None:
        return await tasks_page(request, parts, by, at, status=422, mute=form, mute_errors=errors)
    try:
        answered = await pressed(parts, press, ask, row, checked, by=by, at=at)
    except NotSeen:
        raise
    except Refused as refused:
        if press is Press.mute:
            shown = forms.shown(request, refused)
            return await tasks_page(request, parts, by, at, status=refused.status, mute=form, mute_errors=shown)
        warning = flash.Said(refused.sentence, refused.params, "warn")
        late_for = ask_id if refused.code == "filled" else 0
        return await tasks_page(request, parts, by, at, status=refused.status, said=[warning], late_for=late_for)
    if press is Press.yes:
        sentence, params = after_yes(*answered, signed_in=True)
        return done(parts, MINE, sentence, **params)
    if press is Press.wait:
        return done(parts, MINE, IN_LINE)
    return done(parts, "/tasks", NOT_NOW if press is Press.mute else THANKS)


@router.post("/requests/{number}/join_waiting")
async def join_waiting(request: Request, number: Number, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Wait for a slot that comes free."""
    try:
        await parts.work(actions.join_waiting, number, by=by, at=at)
    except NotSeen:
        raise
    except Refused as refused:
        warning = flash.Said(refused.sentence, refused.params, "warn")
        return await tasks_page(request, parts, by, at, status=refused.status, said=[warning])
    return done(parts, MINE, IN_LINE)


@router.post("/requests/{number}/leave_waiting")
async def leave_waiting(number: Number, parts: TheParts, by: SignedIn) -> Response:
    """No longer wait for a slot."""
    await parts.work(actions.leave_waiting, number, by=by)
    return done(parts, MINE, LEFT)


@router.post("/requests/{number}/seek_cover")
async def seek_cover(request: Request, number: Number, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Somebody else in one's place."""
    checked, form, errors = await forms.read(request, MayNoteForm)
    status = 422
    if checked is not None:
        deed = parts.work(actions.seek_cover, number, checked.note, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await tasks_page(request, parts, by, at, "mine", status=status, cover=Typed(number, form, errors))
    return done(parts, MINE, SEEKING)
