"""Announcements and short lessons: published to a subtree, read by opening them, with a rate for each branch."""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import flash, forms
from matching.api.attended import attended
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.pages.admin.office import with_depth
from matching.api.pages.notices import REMINDED, TABS, count_again, waiting_of
from matching.api.pages.staff import staff_page
from matching.api.pages.working import once_of
from matching.api.paging import Id
from matching.api.postings import PostForm
from matching.api.redirects import see
from matching.errors import Invalid, NotAllowed, Refused
from matching.notices import actions
from matching.notices.model import LONGEST_READING, POST_KINDS, Notice, Post, PostKind
from matching.notices.policy import held, may
from matching.notices.queries import posts_for, visible_post
from matching.notices.readers import READINGS, Rate, by_branch, rates_of, readers_of_post
from matching.people.actor import Actor
from matching.people.model import Person
from matching.privacy.codes import new_token
from matching.units.model import Unit
from matching.units.queries import units_under
from matching.words import _

router = APIRouter(prefix="/notices/posts", include_in_schema=False)


@router.get("")
async def posts(
    request: Request, parts: TheParts, by: SignedIn, at: At,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:  # fmt: skip
    """The newest first, with what one has read oneself, and the rate for whoever may see it."""
    async with parts.database.reading() as session:
        rows, rest = await posts_for(session, by, before=before)
        rates = await rates_of(session, [post.id for post, _unit, _notice in rows], by)
    return staff_page(
        request, by, "posts/list.html", now=at, rows=rows, rates=rates, kinds=POST_KINDS, older=rest,
        first=before is None, tabs=TABS, may_publish=bool(held("publish_post", by)),
    )  # fmt: skip


@router.get("/new")
async def new(request: Request, parts: TheParts, by: SignedIn) -> Response:
    """The form, for who leads a unit or is the committee."""
    return await _form(request, parts, by)


@router.post("/new")
async def publish(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Publish it once, however often the button was pressed."""
    checked, form, errors = await forms.read(request, PostForm)
    if checked is None:
        return await _form(request, parts, by, 422, form, errors)

    async def once_published(session: AsyncSession) -> dict[str, Any]:
        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            return 303, {"id": (await actions.publish(session, **dict(checked), by=by, at=at)).id}

        return (await once(session, once_of(request.url.path, form), by, at, work))[1]

    try:
        published = await parts.work(once_published)
    except (Invalid, NotAllowed) as refused:
        return await _form(request, parts, by, refused.status, form, forms.shown(request, refused))
    answer = see(f"/notices/posts/{published['id']}")
    flash.leave(answer, parts.settings, flash.Said(_("已发布。打开看过的人会记在下面。")))
    return answer


@router.get("/{post_id}")
async def show(request: Request, parts: TheParts, by: SignedIn, at: At, post_id: Id) -> Response:
    """One post. Opening an announcement, or what was withdrawn, is reading it; a lesson is finished by its button."""
    async with parts.database.reading() as session:
        post, unit, notice = await visible_post(session, post_id, by)
    opens_it = notice is not None and notice.read_at is None and attended(request)
    if notice is not None and opens_it and (post.kind != PostKind.lesson or post.withdrawn_at):
        with suppress(Refused):  # what cannot be noted now is read the next time; nobody is kept from the words
            await parts.work(actions.read_post, post_id, by=by, at=at)
            notice.read_at = at
            await count_again(request, parts, by)
    return await _page(request, parts, by, at, post, unit, notice)


@router.post("/{post_id}/finished")
async def finished(parts: TheParts, by: SignedIn, at: At, post_id: Id) -> Response:
    """They say that they finished a lesson."""
    await parts.work(actions.read_post, post_id, by=by, at=at)
    return see(f"/notices/posts/{post_id}")


@router.post("/{post_id}/repeat")
async def repeat(parts: TheParts, by: SignedIn, at: At, post_id: Id) -> Response:
    """Remind those who have not read it."""
    answer = see(f"/notices/posts/{post_id}#readers")
    try:
        reminded = await parts.work(actions.repeat_post, post_id, by=by, at=at)
    except Refused as refused:
        if refused.status not in {409, 429}:
            raise
        flash.leave(answer, parts.settings, flash.Said(refused.sentence, refused.params, "warn"))
    else:
        flash.leave(answer, parts.settings, flash.Said(REMINDED, {"n": reminded}))
    return answer


@router.post("/{post_id}/withdraw")
async def withdraw(parts: TheParts, by: SignedIn, at: At, post_id: Id) -> Response:
    """Who opens it from now on sees that it was withdrawn."""
    await parts.work(actions.withdraw, post_id, by=by, at=at)
    answer = see(f"/notices/posts/{post_id}")
    flash.leave(answer, parts.settings, flash.Said(_("已撤回。收到的人会看到它已经撤回。")))
    return answer


async def _page(
    request: Request, parts: Parts, by: Actor, at: At, post: Post, unit: Unit, notice: Notice | None
) -> Response:
    async with parts.database.reading() as session:
        author = await session.get_one(Person, post.by_id)
        readers = await readers_of_post(session, post, by)
        branches = by_branch(readers, await units_under(session, by.root_id, held("see_post_readers", by)))
    return staff_page(
        request, by, "posts/show.html", now=at, post=post, unit=unit, author=author.name, mine=notice,
        kinds=POST_KINDS, readings=READINGS, branches=branches, rate=Rate.of(readers), waiting=waiting_of(readers),
        reminded_at=max((one.repeated_at for one in readers if one.repeated_at), default=None),
        may_withdraw=may("withdraw_post", by, unit.path), may_see=bool(held("see_post_readers", by)),
    )  # fmt: skip


async def _form(
    request: Request, parts: Parts, by: Actor, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    if not held("publish_post", by):
        raise NotAllowed()
    async with parts.database.reading() as session:
        units = with_depth(await units_under(session, by.root_id, held("publish_post", by)))
    return staff_page(
        request, by, "posts/new.html", status, kinds=POST_KINDS, longest=LONGEST_READING, form=form or {},
        errors=errors or {}, units=[(unit.code, f"{'　' * depth}{unit.name}") for unit, depth in units],
        once=new_token(16),
    )  # fmt: skip
