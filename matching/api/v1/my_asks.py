"""What one is asked and answers, the waiting list, and asking for somebody in one's place."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Body as InBody
from fastapi import Request
from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.fields import MayNote
from matching.api.idempotency import once
from matching.api.invited import Invitation, invitation
from matching.api.paging import Id
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, Number, private
from matching.api.v1.shapes import Named, RequestOut, Utc
from matching.api.v1.verbs import settled, told
from matching.asks import actions
from matching.asks.actions import Answered
from matching.asks.mine import waits_of
from matching.asks.model import Answer, DeclineReason, Purpose
from matching.asks.queries import late_asks_of, open_ask_of
from matching.errors import Invalid
from matching.people.actor import Actor

router = private("asks")
REFUSES = (403, 404, 409, 413, 415)


class Says(StrEnum):
    """Yes, no, or no and nothing before a moment."""

    yes = "yes"
    no = "no"
    mute = "mute"


class AskOut(BaseModel):
    """What one is asked. `waiting` is for an answer; `unanswered` ones may still be said yes to."""

    id: int
    number: str
    service: Named
    purpose: Purpose = Field(description="A free slot, the place of somebody who cannot come, or to help")
    wording: str = Field(description="What is to be done; names and numbers are masked")
    spot: str
    place: str
    wanted_from: Utc | None
    wanted_to: Utc | None
    minutes: int = Field(description="Of service, without the way")
    why: list[str] = Field(description="Why this person, in the language of Accept-Language")
    asked_at: Utc
    answer: Answer
    answered_at: Utc | None
    reason: str

    @classmethod
    def of(cls, one: Invitation) -> "AskOut":
        """One ask."""
        ask, row = one.ask, one.request
        return cls(
            id=ask.id or 0, number=row.number, service=Named(code=row.service.code, name=one.service),
            purpose=Purpose(ask.purpose), wording=row.need, spot=row.spot.name if row.spot else "", place=one.place,
            wanted_from=row.wanted_from, wanted_to=row.wanted_to, minutes=one.minutes, why=one.why,
            asked_at=ask.asked_at, answer=Answer(ask.answer), answered_at=ask.answered_at, reason=ask.reason,
        )  # fmt: skip


class InLineOut(BaseModel):
    """A place in a waiting list, from 1."""

    number: str
    place: int


class AsksOut(BaseModel):
    """What waits for an answer first, then what was not answered in time and may still be; and where one waits."""

    items: list[AskOut]
    waiting: list[InLineOut]


class AnswerBody(Body):
    """`reason` goes with no, `until` with mute."""

    answer: Says
    reason: DeclineReason | None = None
    until: AwareDatetime | None = Field(default=None, description="Asked nothing before; needed with mute")


class CoverBody(Body):
    """A word to whoever comes instead; it may be left out."""

    note: MayNote = ""


NO_WORDS = CoverBody()


@router.get("/me/asks", operation_id="list_my_asks")
async def mine(request: Request, parts: TheParts, by: SignedIn) -> AsksOut:
    """What one is asked now."""
    async with parts.database.reading() as session:
        now = await open_ask_of(session, by.id or 0)
        found = [*([now] if now else []), *await late_asks_of(session, by.id or 0)]
        items = [AskOut.of(invitation(request, *one)) for one in found]
        lines = [InLineOut(number=one.request.number, place=one.place) for one in await waits_of(session, by=by)]
    return AsksOut(items=items, waiting=lines)


@router.post("/asks/{ask_id}/answers", operation_id="answer_ask", responses=may_refuse(*REFUSES))
async def answer(
    request: Request, ask_id: Id, body: AnswerBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> AskOut:
    """Answer an ask. A yes claims what one was asked for in the same act; 409 `filled`: others were quicker."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        answered = await _answered(session, ask_id, body, by=by, at=at)
        await settled(session, answered.request)
        return 200, AskOut.of(invitation(request, *answered)).model_dump(mode="json")

    return AskOut(**(await parts.work(once, key, by, at, work))[1])


async def _answered(session: AsyncSession, ask_id: int, body: AnswerBody, *, by: Actor, at: datetime) -> Answered:
    if body.answer is Says.yes:
        return await actions.answer_yes(session, ask_id, by=by, at=at)
    if body.answer is Says.mute and body.until is None:
        raise Invalid.field_is("until", "required")
    until = body.until if body.answer is Says.mute else None
    return await actions.answer_no(session, ask_id, body.reason, mute_until=until, by=by, at=at)


@router.post("/requests/{number}/waiting", operation_id="join_waiting", status_code=201, responses=may_refuse(*REFUSES))
async def join(number: Number, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> InLineOut:
    """Take a slot of a full request as soon as one comes free."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await actions.join_waiting(session, number, by=by, at=at)
        places = {one.request.number: one.place for one in await waits_of(session, by=by)}
        return 201, InLineOut(number=number, place=places[number]).model_dump(mode="json")

    return InLineOut(**(await parts.work(once, key, by, at, work))[1])


@router.delete("/requests/{number}/waiting", operation_id="leave_waiting", status_code=204, responses=may_refuse(404))
async def leave(number: Number, parts: TheParts, by: SignedIn) -> None:
    """No longer wait."""
    await parts.work(actions.leave_waiting, number, by=by)


@router.post(
    "/requests/{number}/cover", operation_id="seek_cover", response_model=RequestOut, responses=may_refuse(*REFUSES)
)
async def cover(
    number: Number, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly,
    body: Annotated[CoverBody, InBody()] = NO_WORDS,
) -> Any:  # fmt: skip
    """A claimer who cannot come has others asked; it stays theirs until one of them says yes."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        moved = await actions.seek_cover(session, number, body.note, by=by, at=at)
        return 200, await told(session, moved, by, lang)

    return (await parts.work(once, key, by, at, work))[1]
