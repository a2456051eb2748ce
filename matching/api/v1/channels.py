"""The group robots and webhooks that the caller administers."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import told
from matching.api.deps import At, OnceOnly, Parts, SignedIn, TheParts
from matching.api.fields import Code, Readable
from matching.api.idempotency import Once, first, once
from matching.api.pages.admin.channels import Secret, Url, Verb
from matching.api.paging import Id
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import Named, Utc
from matching.errors import NotAllowed, Refused
from matching.notices import endpoints
from matching.notices.endpoints import Kept
from matching.notices.model import Way
from matching.notices.ways.answer import Answer, Outcome
from matching.people.actor import Actor
from matching.people.model import Role
from matching.privacy.sealed import Unreadable

router = private("channels")
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), Readable]


class ChannelOut(BaseModel):
    """A group robot or webhook. Its address is a secret: shown masked only."""

    id: int
    way: Way
    name: str
    unit: Named
    address: str = Field(description="Masked; empty when it must be given anew")
    signed: bool
    plain: bool
    verbs: list[str] = Field(description="Empty: those that groups usually hear of")
    added_at: Utc
    stopped_at: Utc | None

    @classmethod
    def of(cls, kept: Kept) -> "ChannelOut":
        """One of them."""
        one = kept.endpoint
        return cls(
            id=one.id or 0, way=Way(one.way), name=one.name, unit=Named(code=kept.unit.code, name=kept.unit.name),
            address=kept.address, signed=kept.signed, plain=kept.plain, verbs=one.verbs, added_at=one.added_at,
            stopped_at=one.stopped_at,
        )  # fmt: skip


class ChannelsOut(BaseModel):
    """Those at work first."""

    items: list[ChannelOut]


class ChannelBody(Body):
    """What is known about it; a blank address or secret stays as it was."""

    name: Name
    unit: Code
    url: Url = ""
    secret: Secret = ""
    plain: bool = Field(default=False, description="WeCom only: text instead of markdown")
    verbs: list[Verb] = Field(default_factory=list)


class NewChannelBody(ChannelBody):
    """One that is not there yet."""

    way: Way
    url: Url


class TestOut(BaseModel):
    """What became of a test message."""

    outcome: Outcome
    why: str = Field(description="A code; empty when it was sent")
    sentence: str


@router.get("/channels", operation_id="list_channels", responses=may_refuse(403))
async def channels(parts: TheParts, by: SignedIn) -> ChannelsOut:
    """Every robot and webhook that the caller administers."""
    _administrator(by)
    async with parts.database.reading() as session:
        found = await endpoints.managed_endpoints(session, sealer=parts.sealer, by=by)
    return ChannelsOut(items=[ChannelOut.of(kept) for kept in found])


@router.post("/channels", operation_id="add_channel", status_code=201, responses=may_refuse(403, 409, 413, 415))
async def add(body: NewChannelBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ChannelOut:
    """A new one."""
    _administrator(by)

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        made = await endpoints.add_endpoint(session, **dict(body), sealer=parts.sealer, by=by, at=at)
        return 201, {"id": made.id}

    _status, answer = await parts.work(once, key, by, at, work)
    return await _one(parts, answer["id"], by)


@router.put("/channels/{channel_id}", operation_id="change_channel", responses=may_refuse(403, 404, 409, 413, 415))
async def change(channel_id: Id, body: ChannelBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ChannelOut:
    """Correct what is known about it."""
    return await _done(parts, endpoints.change_endpoint, channel_id, key, by, at, **dict(body))


@router.post("/channels/{channel_id}/stop", operation_id="stop_channel", responses=may_refuse(403, 404, 409))
async def stop(channel_id: Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ChannelOut:
    """It hears nothing more."""
    return await _done(parts, endpoints.stop_endpoint, channel_id, key, by, at)


@router.post("/channels/{channel_id}/start", operation_id="start_channel", responses=may_refuse(403, 404, 409))
async def start(channel_id: Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ChannelOut:
    """It hears again."""
    return await _done(parts, endpoints.start_endpoint, channel_id, key, by, at)


@router.post("/channels/{channel_id}/test", operation_id="test_channel", responses=may_refuse(403, 404, 409, 429))
async def test(channel_id: Id, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> TestOut:
    """Send a test message now. Takes up to ten seconds. The call is kept before it is sent, so that a repeat with the
    same key sends none and says `unsure`."""
    _administrator(by)
    if not await first(parts.work, key, by, at):
        answer = Answer(Outcome.unsure, "TimeoutError")
        return TestOut(outcome=answer.outcome, why=answer.why, sentence=told.said(answer, lang))
    async with parts.database.reading() as session:
        kept = await endpoints.managed_endpoint(session, channel_id, sealer=parts.sealer, by=by)
    try:
        answer = await told.try_endpoint(parts, kept, by, at)
    except Unreadable as error:
        raise Refused("channel_off") from error
    return TestOut(outcome=answer.outcome, why=answer.why, sentence=told.said(answer, lang))


async def _done(
    parts: Parts, action: Callable[..., Awaitable[Any]], channel_id: int, key: Once | None, by: Actor, at: datetime,
    **words: Any,
) -> ChannelOut:  # fmt: skip
    """One channel after the action, which happens once a key."""
    _administrator(by)

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await action(session, channel_id, **words, sealer=parts.sealer, by=by, at=at)
        return 200, {}

    await parts.work(once, key, by, at, work)
    return await _one(parts, channel_id, by)


def _administrator(by: Actor) -> None:
    if not by.holds(Role.administrator):
        raise NotAllowed


async def _one(parts: Parts, channel_id: int, by: Actor) -> ChannelOut:
    async with parts.database.reading() as session:
        return ChannelOut.of(await endpoints.managed_endpoint(session, channel_id, sealer=parts.sealer, by=by))
