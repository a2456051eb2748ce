"""Finding somebody for a request: who could come, looking somebody up, asking by hand, starting and stopping waves."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import flash, forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.fields import Code, Filled
from matching.api.finding import STANDS, WORDS, can_be_asked_anyway, finding
from matching.api.idempotency import once
from matching.api.pages.working import desk_page, once_of
from matching.api.redirects import see
from matching.asks import actions
from matching.asks.suggesting import MOST, refuse_unless_theirs, why_not
from matching.errors import Invalid, NotSeen, Refused
from matching.people.actor import Actor
from matching.requests.queries import visible_request
from matching.words import _

router = APIRouter(include_in_schema=False)
Number = Annotated[str, Path(max_length=40)]
ASKED = _("已经邀请 {n} 人。答应了就是接单，会马上显示在这里。")
STARTED = _("开始分批邀请。没有人答应就再问下一批，您随时可以停。")
STOPPED = _("不再问下一批。已收到邀请的人仍然可以答应。")


class AskForm(BaseModel):
    """Whom (member numbers); `anyway` although hours, load or other tasks speak against it."""

    people: Annotated[list[Code], Filled, Field(min_length=1, max_length=actions.MOST_BY_HAND)]
    anyway: bool = False


@router.get("/requests/{number}/who")
async def show(request: Request, number: Number, parts: TheParts, by: SignedIn, at: At, q: str = "") -> Response:
    """The best who could come, and whoever is looked up."""
    return await _page(request, parts, by, number, at, q=q[:40].replace("\0", ""))


@router.get("/requests/{number}/who/{deed}")
async def reloaded(number: Number, deed: str, by: SignedIn) -> Response:
    """Where a reload after a refused form leads."""
    return see(f"/requests/{number}/who")


@router.post("/requests/{number}/who/ask")
async def ask(request: Request, number: Number, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Ask these; what stands against it is said beside the list, with the ticks still there."""
    checked, form, errors = await forms.read(request, AskForm)
    if checked is None:
        return await _page(request, parts, by, number, at, 422, form, errors)

    async def once_asked(session: AsyncSession) -> dict[str, Any]:
        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            asked = await actions.ask(session, number, checked.people, anyway=checked.anyway, by=by, at=at)
            return 200, {"n": len(asked)}

        return (await once(session, once_of(request.url.path, form), by, at, work))[1]

    try:
        done = await parts.work(once_asked)
    except NotSeen:
        raise
    except Refused as refused:
        return await _refused(request, parts, by, number, at, form, refused)
    answer = see(f"/requests/{number}#who")
    flash.leave(answer, parts.settings, flash.Said(ASKED, {"n": done["n"]}))
    return answer


@router.post("/requests/{number}/who/start")
async def start(request: Request, number: Number, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Waves go out by themselves from now on."""
    return await _turned(request, parts, by, number, at, actions.start_asking, STARTED)


@router.post("/requests/{number}/who/stop")
async def stop(request: Request, number: Number, parts: TheParts, by: SignedIn, at: At) -> Response:
    """No further waves."""
    return await _turned(request, parts, by, number, at, actions.stop_asking, STOPPED)


async def _turned(
    request: Request, parts: Parts, by: Actor, number: str, at: datetime, action: Any, sentence: str
) -> Response:
    try:
        await parts.work(action, number, by=by, at=at)
    except NotSeen:
        raise
    except Refused as refused:
        return await _refused(request, parts, by, number, at, {}, refused)
    answer = see(f"/requests/{number}#who")
    flash.leave(answer, parts.settings, flash.Said(sentence, {}))
    return answer


async def _refused(
    request: Request, parts: Parts, by: Actor, number: str, at: datetime, form: forms.Form, refused: Refused
) -> Response:
    """Where nobody is sought any more, the request's own page says how it stands."""
    if isinstance(refused, Invalid):
        shown = forms.shown(request, refused)
        return await _page(request, parts, by, number, at, refused.status, form, shown)
    answer = see(f"/requests/{number}")
    flash.leave(answer, parts.settings, flash.Said(refused.sentence, refused.params, "warn"))
    return answer


async def _page(
    request: Request, parts: Parts, by: Actor, number: str, at: datetime, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None, *, q: str = "",
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        row = await visible_request(session, number, by)
        refuse_unless_theirs(by, row)
        view = await finding(session, by, row, MOST, at)
        if view is None:
            return see(f"/requests/{number}")
        sought = await why_not(session, number, q, by=by, at=at) if q.strip() else []
    return desk_page(
        request, parts, by, "requests/who.html", status, now=at, request=row, view=view, q=q, sought=sought,
        anyway=can_be_asked_anyway, stands=STANDS, words=WORDS, form=form or {}, errors=errors or {},
    )  # fmt: skip
