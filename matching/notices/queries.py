"""Reads of notices and posts through the eyes of the one who was told. Who has read: readers.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from matching.errors import NotSeen
from matching.notices.model import Notice, Post
from matching.notices.policy import held
from matching.notices.step_rows import unit_told
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded, visible
from matching.requests.steps import Step
from matching.units.model import Unit

SelectOfPosts = Select[Post, Unit, Notice]
Key = tuple[datetime, int]
MOST = 99  # a count says '99+' above


class Only(StrEnum):
    """What a list of notices is narrowed to."""

    all = "all"
    unread = "unread"
    posts = "posts"


@dataclass(frozen=True)
class Heard:
    """One notice with what it is about: a Step of a request, or a post. `opens`: whether that page opens for them."""

    notice: Notice
    step: Step | None = None
    request: ServiceRequest | None = None
    post: Post | None = None
    unit: Unit | None = None  # that the sentence names, or the post's
    opens: bool = True


async def unread_count(session: AsyncSession, by: Actor) -> int:
    """How many notices wait for `by`, counted to one above MOST: a partial index answers it."""
    some = select(col(Notice.id)).where(_unread(by)).limit(MOST + 1)
    return (await session.exec(select(func.count()).select_from(some.subquery()))).one()


async def newest_unread(session: AsyncSession, by: Actor) -> int:
    """The highest id among what waits for `by`, 0 for none: where marking all of it as read stops.

    It need not be the first of their list, which is ordered by when things happened: a Step that was announced late,
    after a fault or by a second worker, stands further down under a higher id.
    """
    return (await session.exec(select(func.max(Notice.id)).where(_unread(by)))).one() or 0


async def unread_of_request(session: AsyncSession, request_id: int, by: Actor) -> bool:
    """Whether `by` was told of something about it that they have not read."""
    theirs = select(col(Notice.id)).where(_unread(by), Notice.request_id == request_id)
    return (await session.exec(theirs.limit(1))).first() is not None


async def notices_of(
    session: AsyncSession, by: Actor, only: Only = Only.all, *, before: Key | None = None, size: int = 30
) -> tuple[list[Heard], Key | None]:
    """The newest first, or those before a key; then the key of the rest, None at the end.

    The key is when and the notice's id; of posts the post's id, which their index is ordered by.
    """
    when_told, post = tuple_(col(Notice.at), col(Notice.id)), col(Notice.post_id)
    statement = select(Notice).where(Notice.person_id == by.id)
    if only is Only.unread:
        statement = select(Notice).where(_unread(by))
    if only is Only.posts:
        statement = statement.where(post.is_not(None))
    if before is not None:
        statement = statement.where(post < before[1] if only is Only.posts else when_told < before)
    order = [post.desc()] if only is Only.posts else [col(Notice.at).desc(), col(Notice.id).desc()]
    found = list(await session.exec(statement.order_by(*order).limit(size + 1)))
    rows = found[:size]
    last = (rows[-1].at, (rows[-1].post_id if only is Only.posts else rows[-1].id) or 0) if rows else None
    return await _told(session, rows, by), last if len(found) > size else None


async def visible_post(session: AsyncSession, post_id: int, by: Actor) -> tuple[Post, Unit, Notice | None]:
    """A post that was told to `by`, or to their unit, or that they could withdraw. Raises NotSeen.

    With its unit and, where they were told, their own notice of it.
    """
    found = (await session.exec(_posts(by).where(Post.id == post_id))).first()
    if found is None:
        raise NotSeen()
    post, unit, notice = found
    return post, unit, notice


async def posts_for(
    session: AsyncSession, by: Actor, *, before: int | None = None, size: int = 20
) -> tuple[list[tuple[Post, Unit, Notice | None]], int | None]:
    """Posts that `by` may see, the newest first, each with their own notice of it; then the key of the rest."""
    statement = _posts(by)
    if before is not None:
        statement = statement.where(col(Post.id) < before)
    ordered = statement.order_by(col(Post.id).desc()).limit(size + 1)
    found: list[tuple[Post, Unit, Notice | None]] = [(*row,) for row in await session.exec(ordered)]
    return found[:size], (found[size - 1][0].id if len(found) > size else None)


def below(paths: Sequence[str]) -> ColumnElement[bool]:
    """That the statement's Unit lies in one of these subtrees."""
    return or_(false(), *(col(Unit.path).startswith(path) for path in paths))


def _unread(by: Actor) -> ColumnElement[bool]:
    return and_(col(Notice.person_id) == by.id, col(Notice.read_at).is_(None))


def _posts(by: Actor) -> SelectOfPosts:
    told = exists().where(col(Notice.post_id) == Post.id, col(Notice.person_id) == by.id).correlate(Post)
    above = [int(part) for part in by.unit_path.split("/") if part]
    mine = or_(told, col(Post.unit_id).in_(above), below(held("withdraw_post", by)))
    return (
        select(Post, Unit, Notice)
        .join(Unit, col(Unit.id) == Post.unit_id)
        .outerjoin(Notice, and_(col(Notice.post_id) == Post.id, col(Notice.person_id) == by.id))
        .where(Post.root_id == by.root_id, mine)
    )


async def _told(session: AsyncSession, rows: Sequence[Notice], by: Actor) -> list[Heard]:
    """With what they are about: a few statements, however many rows."""
    about = {row.request_id for row in rows}
    these = col(ServiceRequest.id).in_(about)
    wanted = select(ServiceRequest).where(these)
    requests = {one.id: one for one in (await session.exec(loaded(wanted))).unique()}
    opening = set(await session.exec(select(col(ServiceRequest.id)).where(these, visible(by))))
    steps = {one.id: one for one in await session.exec(
        select(Step).where(col(Step.id).in_({row.step_id for row in rows})))}  # fmt: skip
    posts = {one.id: one for one in await session.exec(
        select(Post).where(col(Post.id).in_({row.post_id for row in rows})))}  # fmt: skip
    told_unit = {
        row.id: _unit_of(steps.get(row.step_id), requests.get(row.request_id), posts.get(row.post_id)) for row in rows
    }
    units = {one.id: one for one in await session.exec(select(Unit).where(col(Unit.id).in_(told_unit.values())))}
    return [
        Heard(
            row,
            steps.get(row.step_id),
            requests.get(row.request_id),
            posts.get(row.post_id),
            units.get(told_unit[row.id]),
            row.request_id is None or row.request_id in opening,
        )
        for row in rows
    ]


def _unit_of(step: Step | None, request: ServiceRequest | None, post: Post | None) -> int | None:
    """The unit that the sentence names."""
    if step is not None and request is not None:
        return unit_told(step.verb, step.unit_id, step.detail, request.unit_id)
    return post.unit_id if post is not None else None
