"""What did not get out, for administrators of the whole hospital: read it, have it tried again."""

from typing import Any

from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import i18n
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.paging import Id
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import Utc
from matching.notices import outbox
from matching.notices.model import Fate
from matching.notices.troubles import words_of

router = private("outbox", 403, prefix="/outbox")


class StuckOut(BaseModel):
    """A Step that could not be announced, or a message that was not sent. No receiver's address is in it."""

    id: int
    request: str | None = Field(description="The request's number; null for a post")
    verb: str | None = Field(description="Of the Step; null for a post")
    way: str | None = Field(description="Of a message; null for a Step")
    to: str | None = Field(description="A person's or a group's name; null for a requester or a Step")
    fate: Fate = Field(description="waiting: tried again by itself; dead: not; unsure: perhaps it arrived")
    trouble: str
    trouble_word: str
    tries: int
    at: Utc
    again: Utc | None

    @classmethod
    def of(cls, one: outbox.Stuck, lang: str) -> "StuckOut":
        """One of either kind."""
        return cls(
            id=one.id, request=one.number or None, verb=one.verb or None, way=one.way or None, to=one.to or None,
            fate=one.fate, trouble=one.trouble, trouble_word=i18n.translate(lang, words_of(one.trouble)),
            tries=one.tries, at=one.at, again=one.again,
        )  # fmt: skip


class OutboxOut(BaseModel):
    """The newest of each kind."""

    steps: list[StuckOut]
    deliveries: list[StuckOut]
    more: bool = Field(description="Whether there are others")


class RetriedOut(BaseModel):
    """How many are tried at once; 0 where somebody was quicker."""

    retried: int


@router.get("", operation_id="get_outbox")
async def show(parts: TheParts, by: SignedIn, lang: Lang) -> OutboxOut:
    """What is stuck."""
    async with parts.database.reading() as session:
        found = await outbox.outbox(session, by=by)
    return OutboxOut(
        steps=[StuckOut.of(one, lang) for one in found.steps],
        deliveries=[StuckOut.of(one, lang) for one in found.deliveries],
        more=found.more,
    )


@router.post("/retry", operation_id="retry_outbox", responses=may_refuse(409))
async def retry_all(parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> RetriedOut:
    """Try everything again. A message whose fate is unsure may then arrive twice."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        return 200, {"retried": await outbox.retry_all(session, by=by, at=at)}

    return RetriedOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{kind}/{row_id}/retry", operation_id="retry_outbox_row", responses=may_refuse(404, 409))
async def retry(kind: outbox.Kind, row_id: Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> RetriedOut:
    """Try one again, with all its tries."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        return 200, {"retried": await outbox.retry(session, kind, row_id, by=by, at=at)}

    return RetriedOut(**(await parts.work(once, key, by, at, work))[1])
