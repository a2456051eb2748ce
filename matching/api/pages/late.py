"""What is long late, for who leads: the public list (通报), overdue replies to orders, and how promises were kept."""

from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.staff import staff_page
from matching.api.pages.working import DUE_FOR, holders
from matching.api.paging import LARGEST_ID, cursor, keys_of
from matching.api.scoring import SCORED_FOR, scored
from matching.api.timeliness import days_late
from matching.deadlines.behind import Scored, scored_behind
from matching.errors import NotAllowed
from matching.people.actor import Actor
from matching.requests.lateness import late_replies, public_list
from matching.requests.model import ServiceRequest
from matching.requests.queries import LEADING
from matching.units.queries import calendar_of, units_under
from matching.words import _

router = APIRouter(include_in_schema=False)
SIZE = 50
TABS = {"/late": _("通报"), "/late/replies": _("督办未答复"), "/promises": _("承诺兑现")}
NUMBERS = {Scored.taken: _("接单兑现"), Scored.done: _("办完兑现"), Scored.n: _("90 天办成")}
Cursor = Annotated[str, Query(max_length=200)]


class Late(NamedTuple):
    """A line of the list: `days` are whole working days past the limit."""

    request: ServiceRequest
    days: int
    people: list[str]


@router.get("/late")
async def late(request: Request, parts: TheParts, by: SignedIn, at: At, after: Cursor = "") -> Response:
    """The public list of one's own subtree; it prints on A4."""
    _refuse_others(by)
    async with parts.database.reading() as session:
        page = await public_list(session, by, after=_key(after), size=SIZE)
        calendar = await calendar_of(session, by.root_id)
        scope = await _scope(session, by)
    rows = [Late(row, days_late(row, calendar, at), holders(row)) for row in page.rows]
    return _tab(
        request, by, "late/show.html", now=at, rows=rows, scope=scope, first=not after,
        after=cursor(*page.next) if page.next else "", due_for=DUE_FOR,
    )  # fmt: skip


@router.get("/late/replies")
async def replies(request: Request, parts: TheParts, by: SignedIn, at: At, after: Cursor = "") -> Response:
    """Supervision orders that were not answered in 24 hours."""
    _refuse_others(by)
    async with parts.database.reading() as session:
        page = await late_replies(session, by, at, after=_key(after), size=SIZE)
        scope = await _scope(session, by)
    return _tab(
        request, by, "late/replies.html", now=at, rows=page.rows, scope=scope, first=not after,
        after=cursor(*page.next) if page.next else "",
    )  # fmt: skip


@router.get("/promises")
async def promises(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """How often what was promised at filing was kept, by service, over the last 90 days."""
    if not by.holds(*SCORED_FOR):
        raise NotAllowed
    async with parts.database.reading() as session:
        found = await scored(session, by.root_id)
    return _tab(request, by, "late/promises.html", now=at, rows=found)


@router.get("/promises/behind")
async def behind(
    request: Request, parts: TheParts, by: SignedIn, service: Annotated[str, Query(max_length=40)], of: Scored,
    after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:  # fmt: skip
    """The requests behind one score of a service."""
    if not by.holds(*SCORED_FOR):
        raise NotAllowed
    async with parts.database.reading() as session:
        found = await scored_behind(session, service, of, by=by, after=after, size=SIZE)
    return _tab(request, by, "late/promised.html", found=found, of=of, words=NUMBERS[of], first=after is None)


def _refuse_others(by: Actor) -> None:
    if not by.holds(*LEADING):
        raise NotAllowed


def _tab(request: Request, by: Actor, template: str, /, **context: Any) -> Response:
    theirs = {href: words for href, words in TABS.items() if href != "/promises" or by.holds(*SCORED_FOR)}
    tab = "/promises" if request.url.path == "/promises/behind" else request.url.path
    return staff_page(request, by, template, tabs=theirs, tab=tab, **context)


async def _scope(session: AsyncSession, by: Actor) -> str:
    """Whose list it is, as it is headed when it is printed."""
    tops = set(by.paths(*LEADING))
    units = await units_under(session, by.root_id, tuple(tops))
    return "、".join(unit.name for unit in units if unit.path in tops)


def _key(after: str) -> tuple[datetime, int] | None:
    key: tuple[datetime, int] | None = keys_of(after, datetime, int) if after else None
    return key
