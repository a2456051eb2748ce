"""Announcements and short lessons: published to everybody below a unit, with who has read them."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import i18n, paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.postings import PostForm
from matching.api.v1.bodies import Body
from matching.api.v1.notices import RateOut, ReaderOut, RemindedOut
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import Named, Utc
from matching.errors import NotAllowed
from matching.notices import actions
from matching.notices.model import POST_KINDS, Notice, Post, PostKind
from matching.notices.policy import held
from matching.notices.queries import posts_for, visible_post
from matching.notices.readers import Rate, Reading, by_branch, rates_of, readers_of_post
from matching.units.model import Unit
from matching.units.queries import units_under

router = private("posts", prefix="/posts")


class PostBody(PostForm, Body):
    """What is published, and to whom: everybody below a unit, named by its code."""


class PostOut(BaseModel):
    """A post as the caller sees it. Withdrawn, it has no text and no link any more."""

    id: int
    kind: PostKind
    kind_word: str
    unit: Named
    title: str
    text: str
    link: str
    minutes: int
    at: Utc
    withdrawn_at: Utc | None
    told: bool = Field(description="Whether the caller is among those it was told to")
    read_at: Utc | None = Field(description="When the caller read it")
    rate: RateOut | None = Field(description="Among the people whose reading the caller may see; null without any")

    @classmethod
    def of(cls, post: Post, unit: Unit, notice: Notice | None, rate: Rate | None, lang: str) -> "PostOut":
        """One post with its unit, the caller's own notice and the rate they may see."""
        gone = post.withdrawn_at is not None
        return cls(
            id=post.id or 0, kind=PostKind(post.kind), kind_word=i18n.translate(lang, POST_KINDS[PostKind(post.kind)]),
            unit=Named(code=unit.code, name=unit.name), title=post.title, text="" if gone else post.text,
            link="" if gone else post.link, minutes=post.minutes, at=post.at, withdrawn_at=post.withdrawn_at,
            told=notice is not None, read_at=notice.read_at if notice else None,
            rate=RateOut.of(rate) if rate else None,
        )  # fmt: skip


class Posts(BaseModel):
    """The newest first."""

    items: list[PostOut]
    next: str | None


class BranchOut(BaseModel):
    """The rate of one branch; its groups count with it."""

    unit: Named
    rate: RateOut


class Readers(BaseModel):
    """Who was told; the rates are of everybody whose reading the caller may see, on every page."""

    rate: RateOut
    branches: list[BranchOut]
    items: list[ReaderOut]
    next: str | None


@router.get("", operation_id="list_posts")
async def posts(
    request: Request, response: Response, parts: TheParts, by: SignedIn, lang: Lang, size: paging.Size = 20,
    after: paging.After = None,
) -> Posts:  # fmt: skip
    """Posts that were told to the caller or their unit, or that they could withdraw."""
    before = paging.keys_of(after, int)[0] if after else None
    async with parts.database.reading() as session:
        rows, last = await posts_for(session, by, before=before, size=size)
        rates = await rates_of(session, [post.id for post, _unit, _notice in rows], by)
    rest = paging.cursor(last) if last is not None else None
    items = [PostOut.of(post, unit, notice, rates.get(post.id or 0), lang) for post, unit, notice in rows]
    return Posts(items=items, next=paging.link_next(request, response, rest))


@router.post("", operation_id="publish_post", status_code=201, responses=may_refuse(403, 409, 413, 415))
async def publish(body: PostBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> PostOut:
    """Tell everybody below the unit, except the caller."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        post = await actions.publish(session, **dict(body), by=by, at=at)
        return 201, await _told(session, post.id or 0, by, lang)

    return PostOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/{post_id}", operation_id="get_post", responses=may_refuse(404))
async def post(post_id: paging.Id, parts: TheParts, by: SignedIn, lang: Lang) -> PostOut:
    """One post; asking for it does not read it."""
    async with parts.database.reading() as session:
        return PostOut(**await _told(session, post_id, by, lang))


@router.post("/{post_id}/read", operation_id="read_post", responses=may_refuse(404, 409))
async def read(post_id: paging.Id, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> PostOut:
    """The caller has read the announcement, or finished the lesson. The second time nothing happens."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await actions.read_post(session, post_id, by=by, at=at)
        return 200, await _told(session, post_id, by, lang)

    return PostOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/{post_id}/readers", operation_id="list_post_readers", responses=may_refuse(403, 404))
async def readers(
    request: Request, response: Response, post_id: paging.Id, parts: TheParts, by: SignedIn,
    reading: Annotated[Reading | None, Query()] = None, size: paging.Size = 50, after: paging.After = None,
) -> Readers:  # fmt: skip
    """By name who has read it, in the units that the caller leads; `reading` narrows the names, not the rates."""
    last = paging.keys_of(after, int)[0] if after else 0
    if not held("see_post_readers", by):
        raise NotAllowed()
    async with parts.database.reading() as session:
        found, _unit, _notice = await visible_post(session, post_id, by)
        everybody = await readers_of_post(session, found, by)
        branches = by_branch(everybody, await units_under(session, by.root_id, held("see_post_readers", by)))
    named = sorted((one for one in everybody if reading in {None, one.reading}), key=lambda one: one.key)
    page = [one for one in named if one.key > last][: size + 1]
    rest = paging.cursor(page[size - 1].key) if len(page) > size else None
    return Readers(
        rate=RateOut.of(Rate.of(everybody)),
        branches=[
            BranchOut(unit=Named(code=one.unit.code, name=one.unit.name), rate=RateOut.of(one.rate)) for one in branches
        ],
        items=[ReaderOut.of(one) for one in page[:size]],
        next=paging.link_next(request, response, rest),
    )


@router.post("/{post_id}/repeat", operation_id="repeat_post", responses=may_refuse(403, 404, 409, 429))
async def repeat(post_id: paging.Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> RemindedOut:
    """Remind those who have not read it, in the units that the caller leads, each at most once in four hours."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        return 200, {"reminded": await actions.repeat_post(session, post_id, by=by, at=at)}

    return RemindedOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{post_id}/withdraw", operation_id="withdraw_post", responses=may_refuse(403, 404, 409))
async def withdraw(post_id: paging.Id, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> PostOut:
    """Who opens it from now on sees that it was withdrawn. The second time nothing happens."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await actions.withdraw(session, post_id, by=by, at=at)
        return 200, await _told(session, post_id, by, lang)

    return PostOut(**(await parts.work(once, key, by, at, work))[1])


async def _told(session: AsyncSession, post_id: int, by: SignedIn, lang: str) -> dict[str, Any]:
    """The post as it is now; raises NotSeen."""
    await session.flush()
    post, unit, notice = await visible_post(session, post_id, by)
    rates = await rates_of(session, [post.id], by)
    return PostOut.of(post, unit, notice, rates.get(post_id), lang).model_dump(mode="json")
