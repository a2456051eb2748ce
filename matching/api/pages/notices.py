"""What somebody was told: their list by days, read by opening it; and, on a request, who was told of each Step."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import flash, i18n, times
from matching.api.attended import attended
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.notice_subjects import subjects
from matching.api.notice_words import about, sentence
from matching.api.pages.staff import staff_page
from matching.api.paging import Id, cursor, keys_of
from matching.api.redirects import local_path, see
from matching.api.templates import language
from matching.clock import SHANGHAI
from matching.errors import Refused
from matching.notices import actions
from matching.notices.model import POST_KINDS
from matching.notices.policy import may
from matching.notices.queries import Heard, Key, Only, newest_unread, notices_of, unread_count, unread_of_request
from matching.notices.readers import Rate, Reader, Reading, readers_of_steps
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.queries import id_of
from matching.requests.states import VERBS
from matching.requests.steps import Step
from matching.words import _

router = APIRouter(include_in_schema=False)
TABS = {Only.all: _("全部"), Only.unread: _("未读"), Only.posts: _("通知和微党课")}
REMINDED = _("已提醒 {n} 人。")
READ = _("{n} 条工单消息已标为已读。")


class Line(NamedTuple):
    """One notice as the list shows it; `link` is '' where its page does not open for this person any more."""

    heard: Heard
    words: str
    link: str


class Told(NamedTuple):
    """Who was told of one Step."""

    step: Step
    words: str
    readers: list[Reader]
    rate: Rate
    waiting: int  # who can be reminded


@router.get("/notices")
async def show(
    request: Request, parts: TheParts, by: SignedIn, at: At, only: Only = Only.all,
    before: Annotated[str, Query(max_length=200)] = "",
) -> Response:  # fmt: skip
    """One's own notices, the newest first."""
    lang = language(request)
    key: Key | None = keys_of(before, datetime, int) if before else None
    async with parts.database.reading() as session:
        up_to = await newest_unread(session, by)  # before the list: what comes in between is not marked
        found, rest = await notices_of(session, by, only, before=key)
        named = await subjects(session, found)
    lines = [Line(heard, sentence(heard, lang, named.get(heard.notice.id)), about(heard)) for heard in found]
    days = [(times.spoken_day(day, at, i18n.translator(lang)), list(of)) for day, of in groupby(lines, _day)]
    return staff_page(
        request, by, "notices/show.html", now=at, days=days, only=only, tabs=TABS, first=not before,
        older=cursor(*rest) if rest else "", up_to=up_to, may_mark=_may_mark(found, only, rest), kinds=POST_KINDS,
    )  # fmt: skip


@router.post("/notices/read")
async def read_all(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """What had come when the page was made; what came since stays unread."""
    form = await request.form()
    up_to = str(form.get("up_to", ""))
    number = await parts.work(
        actions.read_all, int(up_to) if up_to.isdecimal() and len(up_to) < 19 else 0, by=by, at=at
    )
    answer = see(local_path(str(form.get("back", "")), "/notices"))
    flash.leave(answer, parts.settings, flash.Said(READ, {"n": number}))
    return answer


@router.post("/notices/{notice_id}/read")
async def read(request: Request, parts: TheParts, by: SignedIn, at: At, notice_id: Id) -> Response:
    """One whose page does not open any more."""
    await parts.work(actions.read, notice_id, by=by, at=at)
    return see(local_path(str((await request.form()).get("back", "")), "/notices"))


@router.post("/requests/{number}/steps/{seq}/repeat")
async def repeat(number: str, parts: TheParts, by: SignedIn, at: At, seq: Id) -> Response:
    """Remind those who have not read of that Step."""
    answer = see(f"/requests/{number}#told")
    try:
        reminded = await parts.work(actions.repeat_step, number, seq, by=by, at=at)
    except Refused as refused:
        if refused.code not in {"everybody_has_read", "repeated_lately"}:
            raise
        flash.leave(answer, parts.settings, flash.Said(refused.sentence, refused.params, "warn"))
    else:
        flash.leave(answer, parts.settings, flash.Said(REMINDED, {"n": reminded}))
    return answer


async def opened(request: Request, parts: Parts, by: Actor, number: str, at: datetime) -> None:
    """What they were told about this request is read now that they open it, and not when the page follows by itself.

    Not being able to note it stops nobody from seeing the page.
    """
    if not request.state.unread or not attended(request):
        return
    request_id = id_of(number)
    async with parts.database.reading() as session:
        waiting = await unread_of_request(session, request_id, by)
    if waiting:
        with suppress(Refused):
            await parts.work(actions.read_request, request_id, by=by, at=at)
            await count_again(request, parts, by)


async def read_here(
    request: Request, parts: Parts, by: Actor, at: datetime, read: Callable[..., Awaitable[None]]
) -> None:
    """What this page is about is read now that they open it, and not when the page follows by itself."""
    if request.state.unread and attended(request):
        await parts.work(read, by=by, at=at)
        await count_again(request, parts, by)


async def count_again(request: Request, parts: Parts, by: Actor) -> None:
    """For the menu, after something was read by opening this page."""
    async with parts.database.reading() as session:
        request.state.unread = await unread_count(session, by)


async def who_was_told(
    session: AsyncSession, by: Actor, found: ServiceRequest, steps: Sequence[tuple[Step, str]], lang: str
) -> list[Told]:
    """By Step, the newest first; nothing for whoever may not see it."""
    if not may("see_step_readers", by, found.unit.path):
        return []
    readers = await readers_of_steps(session, [step.id for step, _name in steps])
    return [
        Told(step, i18n.translate(lang, VERBS[step.verb]), told, Rate.of(told), waiting_of(told))
        for step, _name in reversed(steps)
        if (told := readers.get(step.id or 0))
    ]


def waiting_of(readers: Sequence[Reader]) -> int:
    """How many of them have not read and could."""
    return sum(reader.reading is Reading.unread for reader in readers)


def _may_mark(found: Sequence[Heard], only: Only, rest: Key | None) -> bool:
    """Whether a Step on the page is unread, or may be on the pages that follow."""
    return only is not Only.posts and (
        rest is not None or any(heard.step and not heard.notice.read_at for heard in found)
    )


def _day(line: Line) -> Any:
    return line.heard.notice.at.astimezone(SHANGHAI).date()
