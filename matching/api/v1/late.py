"""What is long late, and how promises were kept: for who leads."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field

from matching.api import paging
from matching.api.deps import At, SignedIn, TheParts
from matching.api.places import service_name
from matching.api.scoring import SCORED_FOR, Kept, Score, scored
from matching.api.timeliness import days_late
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import Named, RequestOut, Utc
from matching.deadlines.behind import Scored, scored_behind
from matching.errors import NotAllowed
from matching.people.actor import Actor
from matching.requests.lateness import late_replies, public_list
from matching.requests.model import ServiceRequest
from matching.requests.queries import LEADING
from matching.units.queries import calendar_of

router = private("late", 403)


class LateOut(BaseModel):
    """A request on the public list."""

    request: RequestOut
    listed_at: Utc
    working_days_late: int


class PublicList(BaseModel):
    """Some of it, the latest first."""

    items: list[LateOut]
    next: str | None


class ReplyOut(BaseModel):
    """A supervision order that waits for its reply longer than 24 hours."""

    order: str
    reply_due_at: Utc
    request: RequestOut


class Replies(BaseModel):
    """Some of them, the longest overdue first."""

    items: list[ReplyOut]
    next: str | None


class KeptOut(BaseModel):
    """Of the promises that are decided, how many were kept."""

    told: int
    kept: int
    share: float | None = Field(description="null where none is decided")
    few: bool = Field(description="Too few to say much: fewer than 5")

    @classmethod
    def of(cls, one: Kept) -> "KeptOut":
        """One count."""
        return cls(told=one.told, kept=one.kept, share=one.kept / one.told if one.told else None, few=one.few)


class ScoreOut(BaseModel):
    """A service over the last 90 days."""

    service: Named
    n: int = Field(description="How many were done; below 5 nothing is promised")
    taken_seconds: int | None = Field(description="What is promised now in the whole hospital, in plain lengths")
    done_seconds: int | None
    taken: KeptOut
    done: KeptOut
    counted_at: Utc | None

    @classmethod
    def of(cls, one: Score, lang: str) -> "ScoreOut":
        """One service."""
        taken, done = one.usual or (None, None)
        return cls(
            service=Named(code=one.service.code, name=service_name(one.service, lang)), n=one.n, taken_seconds=taken,
            done_seconds=done, taken=KeptOut.of(one.taken), done=KeptOut.of(one.done), counted_at=one.counted_at,
        )  # fmt: skip


class ScoredOut(BaseModel):
    """A request behind a score."""

    number: str
    filed_at: Utc
    unit: Named
    promised_at: Utc | None = Field(description="Of `n` when it was promised to be done, if it was")
    happened_at: Utc | None

    @classmethod
    def of(cls, row: ServiceRequest, which: Scored) -> "ScoredOut":
        """One request."""
        taking = (row.promised_taken_at, row.taken_at)
        promised, happened = taking if which is Scored.taken else (row.promised_done_at, row.completed_at)
        unit = Named(code=row.unit.code, name=row.unit.name)
        return cls(number=row.number, filed_at=row.filed_at, unit=unit, promised_at=promised, happened_at=happened)


class ScoredPage(BaseModel):
    """The newest first. `total` and `kept` count all, also those the caller may not open."""

    total: int
    kept: int
    items: list[ScoredOut]
    next: str | None


class Scores(BaseModel):
    """By service, in the order of the catalogue."""

    items: list[ScoreOut]


@router.get("/late", operation_id="list_late")
async def late(
    request: Request, response: Response, parts: TheParts, by: SignedIn, at: At, lang: Lang, size: paging.Size = 20,
    after: paging.After = None,
) -> PublicList:  # fmt: skip
    """The public list (通报): five working days past the limit, in the units that the caller leads."""
    _refuse_others(by)
    key = paging.keys_of(after, datetime, int) if after else None
    async with parts.database.reading() as session:
        page = await public_list(session, by, after=key, size=size)
        calendar = await calendar_of(session, by.root_id)
    items = [
        LateOut(
            request=RequestOut.of(row, by, lang),
            listed_at=row.listed_at,
            working_days_late=days_late(row, calendar, at),
        )
        for row in page.rows
        if row.listed_at
    ]
    rest = paging.cursor(*page.next) if page.next else None
    return PublicList(items=items, next=paging.link_next(request, response, rest))


@router.get("/late/replies", operation_id="list_late_replies")
async def replies(
    request: Request, response: Response, parts: TheParts, by: SignedIn, at: At, lang: Lang, size: paging.Size = 20,
    after: paging.After = None,
) -> Replies:  # fmt: skip
    """Supervision orders without a reply in time, in the units that the caller leads."""
    _refuse_others(by)
    key = paging.keys_of(after, datetime, int) if after else None
    async with parts.database.reading() as session:
        page = await late_replies(session, by, at, after=key, size=size)
    items = [
        ReplyOut(order=row.order, reply_due_at=row.reply_due_at, request=RequestOut.of(row, by, lang))
        for row in page.rows
        if row.reply_due_at
    ]
    rest = paging.cursor(*page.next) if page.next else None
    return Replies(items=items, next=paging.link_next(request, response, rest))


@router.get("/promises", operation_id="list_promises")
async def promises(parts: TheParts, by: SignedIn, lang: Lang) -> Scores:
    """How often what was promised at filing was kept."""
    if not by.holds(*SCORED_FOR):
        raise NotAllowed()
    async with parts.database.reading() as session:
        return Scores(items=[ScoreOut.of(one, lang) for one in await scored(session, by.root_id)])


@router.get("/promises/{service}/requests", operation_id="list_requests_behind_promises", responses=may_refuse(404))
async def behind(
    service: Annotated[str, Path(max_length=40)], of: Scored, request: Request, response: Response, parts: TheParts,
    by: SignedIn, size: paging.Size = 20, after: paging.After = None,
) -> ScoredPage:  # fmt: skip
    """The requests behind a score of a service, as of when it was counted."""
    if not by.holds(*SCORED_FOR):
        raise NotAllowed()
    last = paging.keys_of(after, int)[0] if after else None
    async with parts.database.reading() as session:
        found = await scored_behind(session, service, of, by=by, after=last, size=size)
    rest = paging.link_next(request, response, paging.cursor(found.next) if found.next else None)
    items = [ScoredOut.of(row, of) for row in found.rows]
    return ScoredPage(total=found.total, kept=found.kept, items=items, next=rest)


def _refuse_others(by: Actor) -> None:
    if not by.holds(*LEADING):
        raise NotAllowed()
