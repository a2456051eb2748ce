"""What the caller was told, and who was told of a request's Steps and has read it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import i18n, paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.notice_subjects import subjects
from matching.api.notice_words import sentence
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, Number, private
from matching.api.v1.shapes import Named, Utc
from matching.errors import NotAllowed
from matching.notices import actions
from matching.notices.apart import Subject
from matching.notices.policy import may
from matching.notices.queries import Heard, Only, newest_unread, notices_of
from matching.notices.readers import Rate, Reader, Reading, readers_of_steps
from matching.requests.queries import timeline, visible_request
from matching.requests.states import VERBS

router = private("notices")


class NoticeOut(BaseModel):
    """Something the caller was told: of a Step of a request, of a post, or of something else of theirs."""

    id: int
    at: Utc
    sentence: str = Field(description="In the caller's language; nothing of a requester is in it. Of a post its title")
    request: str | None = Field(description="The request's number")
    seq: int | None = Field(description="Which of its Steps")
    post: int | None = Field(description="The post's id")
    activity: int | None = Field(description="The id of the activity they are on the list of")
    declared: int | None = Field(description="The id of what they declared")
    opens: bool = Field(description="Whether the caller may still see the request")
    read_at: Utc | None
    repeats: int = Field(description="How often the caller was reminded")

    @classmethod
    def of(cls, heard: Heard, lang: str, subject: Subject | None) -> "NoticeOut":
        """One notice with what it is about."""
        notice = heard.notice
        return cls(
            id=notice.id or 0, at=notice.at, sentence=sentence(heard, lang, subject), opens=heard.opens,
            request=heard.request.number if heard.request else None, seq=heard.step.seq if heard.step else None,
            post=notice.post_id, activity=notice.activity_id, declared=notice.declared_id, read_at=notice.read_at,
            repeats=notice.repeats,
        )  # fmt: skip


class Notices(BaseModel):
    """The newest first, by when it happened."""

    items: list[NoticeOut]
    next: str | None
    up_to: int = Field(description="What `POST /notices/read` takes to mark all that waits for the caller by now")


class UpToBody(Body):
    """As the list told it; what came since stays unread."""

    up_to: Annotated[int, Field(ge=0, le=paging.LARGEST_ID)]


class ReadOut(BaseModel):
    """How many were marked."""

    read: int


class RemindedOut(BaseModel):
    """How many were reminded."""

    reminded: int


class ReaderOut(BaseModel):
    """Somebody who was told. Without an account they can never read it here."""

    member_no: str
    name: str
    unit: Named
    reading: Reading
    read_at: Utc | None
    repeats: int
    repeated_at: Utc | None

    @classmethod
    def of(cls, reader: Reader) -> "ReaderOut":
        """One person."""
        same = {name: getattr(reader, name) for name in cls.model_fields if name != "unit"}
        return cls(**same, unit=Named(code=reader.unit.code, name=reader.unit.name))


class RateOut(BaseModel):
    """How many of those who can read it did; people without an account are in neither number."""

    told: int
    read: int
    percent: int | None = Field(description="Whole per cent, rounded down; null where nobody can read")
    no_account: int

    @classmethod
    def of(cls, rate: Rate) -> "RateOut":
        """One rate."""
        return cls(told=rate.told, read=rate.read, percent=rate.percent, no_account=rate.no_account)


class StepReaders(BaseModel):
    """Who was told of one Step."""

    seq: int
    at: Utc
    verb: str
    verb_word: str
    rate: RateOut
    readers: list[ReaderOut]


class ReadersOfSteps(BaseModel):
    """The Steps of which somebody was told, in their order."""

    items: list[StepReaders]


@router.get("/notices", operation_id="list_notices")
async def notices(
    request: Request, response: Response, parts: TheParts, by: SignedIn, lang: Lang, only: Only = Only.all,
    size: paging.Size = 30, after: paging.After = None,
) -> Notices:  # fmt: skip
    """What the caller was told; reading this list marks nothing as read."""
    before = paging.keys_of(after, datetime, int) if after else None
    async with parts.database.reading() as session:
        up_to = await newest_unread(session, by)  # before the list: what comes in between is not marked
        found, last = await notices_of(session, by, only, before=before, size=size)
        named = await subjects(session, found)
    rest = paging.cursor(*last) if last else None
    items = [NoticeOut.of(heard, lang, named.get(heard.notice.id)) for heard in found]
    return Notices(items=items, next=paging.link_next(request, response, rest), up_to=up_to)


@router.post("/notices/read", operation_id="read_all_notices", responses=may_refuse(409, 413, 415))
async def read_all(body: UpToBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ReadOut:
    """Mark what requests told the caller as read, up to when the list was read. Posts are read one by one."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        return 200, {"read": await actions.read_all(session, body.up_to, by=by, at=at)}

    return ReadOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/notices/{notice_id}/read", operation_id="read_notice", status_code=204, responses=may_refuse(404, 409))
async def read(notice_id: paging.Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> None:
    """Mark one notice as read; of a lesson it says that the caller finished it. The second time nothing happens."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await actions.read(session, notice_id, by=by, at=at)
        return 204, {}

    await parts.work(once, key, by, at, work)


@router.get("/requests/{number}/readers", operation_id="list_step_readers", responses=may_refuse(403, 404))
async def readers(number: Number, parts: TheParts, by: SignedIn, lang: Lang) -> ReadersOfSteps:
    """Who was told of each Step of a request, and when they read it, for its leads, dispatchers and committee."""
    async with parts.database.reading() as session:
        found = await visible_request(session, number, by)
        if not may("see_step_readers", by, found.unit.path):
            raise NotAllowed()
        steps = await timeline(session, found)
        told = await readers_of_steps(session, [step.id for step, _name in steps])
    items = [
        StepReaders(
            seq=step.seq, at=step.at, verb=step.verb, verb_word=i18n.translate(lang, VERBS[step.verb]),
            rate=RateOut.of(Rate.of(these)), readers=[ReaderOut.of(reader) for reader in these],
        )
        for step, _name in steps if (these := told.get(step.id or 0))
    ]  # fmt: skip
    return ReadersOfSteps(items=items)


@router.post(
    "/requests/{number}/steps/{seq}/repeat", operation_id="repeat_step", responses=may_refuse(403, 404, 409, 429)
)
async def repeat(number: Number, seq: paging.Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> RemindedOut:
    """Remind those who have not read of that Step, at most once in four hours."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        return 200, {"reminded": await actions.repeat_step(session, number, seq, by=by, at=at)}

    return RemindedOut(**(await parts.work(once, key, by, at, work))[1])
