"""Reading, publishing, withdrawing, reminding. What is done twice is done once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Insert, Update, and_, exists, func, insert, literal, or_, update
from sqlalchemy import select as sql_select
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import UtcDateTime
from matching.errors import Invalid, NotAllowed, NotSeen, Refused, TooMany
from matching.notices.model import Delivery, Fate, Notice, Post, PostKind
from matching.notices.policy import held, may
from matching.notices.queries import below, visible_post
from matching.notices.readers import has_account
from matching.notices.sending import said_of, send
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Person
from matching.privacy import guard
from matching.requests.model import ServiceRequest
from matching.requests.queries import visible, visible_request
from matching.requests.steps import Step
from matching.units.model import Unit
from matching.units.queries import unit_by_code

REPEAT_AFTER = timedelta(hours=4)
PATIENTS = frozenset({"id_number", "bank_card", "bed_no"})  # never in a post
CONTACTS = PATIENTS | {"phone", "wechat_id", "account", "address"}  # never in a title, which leaves the building


async def read(session: AsyncSession, notice_id: int, *, by: Actor, at: datetime) -> None:
    """One of one's own; of a lesson it says that they finished. Raises NotSeen."""
    if (await session.exec(select(Notice.id).where(Notice.id == notice_id, Notice.person_id == by.id))).first() is None:
        raise NotSeen()
    await session.exec(_unread(by).where(col(Notice.id) == notice_id).values(read_at=at))


async def read_request(session: AsyncSession, request_id: int, *, by: Actor, at: datetime) -> None:
    """All that was told about a request which they opened; nothing when they may not see it any more."""
    opened = exists().where(col(ServiceRequest.id) == request_id, visible(by))
    await session.exec(_unread(by).where(col(Notice.request_id) == request_id, opened).values(read_at=at))


async def read_post(session: AsyncSession, post_id: int, *, by: Actor, at: datetime) -> None:
    """An announcement that was opened, or a lesson they say they finished. Raises NotSeen."""
    await visible_post(session, post_id, by)
    await session.exec(_unread(by).where(col(Notice.post_id) == post_id).values(read_at=at))


async def read_all(session: AsyncSession, up_to: int, *, by: Actor, at: datetime) -> int:
    """What requests had told when they were shown their list (`newest_unread`); returns how many.

    A post is read by opening it, and not by this: its rate is to say who read it.
    """
    theirs = _unread(by).where(col(Notice.id) <= up_to, col(Notice.step_id).is_not(None))
    return (await session.exec(theirs.values(read_at=at))).rowcount


async def publish(
    session: AsyncSession, kind: PostKind, unit: str, title: str, text: str = "", link: str = "", minutes: int = 0, *,
    by: Actor, at: datetime,
) -> Post:  # fmt: skip
    """Tell everybody below the unit (its code), except who publishes it.

    Raises Invalid, NotAllowed("outside_your_units").
    """
    to = await unit_by_code(session, by.root_id, unit)
    if not may("publish_post", by, to.path):
        raise NotAllowed("outside_your_units", field="unit")
    _refuse_personal(title, text)
    if not (text or link):
        raise Invalid.field_is("text", "required")
    post = Post(
        root_id=by.root_id, unit_id=to.id or 0, by_id=by.id or 0, kind=kind, title=title, text=text, link=link,
        minutes=minutes, at=at,
    )  # fmt: skip
    session.add(post)
    await session.flush()
    await session.exec(_tell_everybody(post, to, by))
    await send(session, col(Notice.post_id) == post.id, {"unit": to.name}, at)
    note(session, "publish_post", f"{post.id} {to.code}", by=by, at=at)
    return post


async def withdraw(session: AsyncSession, post_id: int, *, by: Actor, at: datetime) -> Post:
    """Take a post back: who opens it sees that, and what still waits to be sent is not. Nothing the second time.

    Raises NotSeen, NotAllowed.
    """
    post, unit, _notice = await visible_post(session, post_id, by)
    if not may("withdraw_post", by, unit.path):
        raise NotAllowed()
    if post.withdrawn_at is None:
        post.withdrawn_at = at
        session.add(post)
        await session.exec(delete(Delivery).where(col(Delivery.post_id) == post_id, col(Delivery.fate) == Fate.waiting))
        note(session, "withdraw_post", f"{post.id} {unit.code}", by=by, at=at)
    return post


async def repeat_step(session: AsyncSession, number: str, seq: int, *, by: Actor, at: datetime) -> int:
    """Remind those who have not read of the request's Step `seq`; returns how many.

    Raises NotSeen, NotAllowed, Refused("everybody_has_read"), TooMany("repeated_lately").
    """
    request = await visible_request(session, number, by)
    if not may("repeat_step", by, request.unit.path):
        raise NotAllowed()
    step = (await session.exec(select(Step).where(Step.request_id == request.id, Step.seq == seq))).first()
    if step is None:
        raise NotSeen()
    return await _repeat(session, col(Notice.step_id) == step.id, await said_of(session, request, step), at)


async def repeat_post(session: AsyncSession, post_id: int, *, by: Actor, at: datetime) -> int:
    """Remind those who have not read it, in the units where `by` may see who they are; returns how many.

    Raises NotSeen, NotAllowed, Refused("post_withdrawn"), Refused("everybody_has_read"), TooMany("repeated_lately").
    """
    post, unit, _notice = await visible_post(session, post_id, by)
    if not held("repeat_post", by):
        raise NotAllowed()
    if post.withdrawn_at is not None:
        raise Refused("post_withdrawn")
    units = select(Unit.id).where(below(held("repeat_post", by)))
    theirs = col(Notice.person_id).in_(select(Person.id).where(col(Person.unit_id).in_(units)))
    return await _repeat(session, and_(col(Notice.post_id) == post_id, theirs), {"unit": unit.name}, at)


async def _repeat(session: AsyncSession, of: ColumnElement[bool], said: Mapping[str, Any], at: datetime) -> int:
    """Remind each of them who can read it and was not reminded within REPEAT_AFTER: of two at once, one does it."""
    can = select(Person.id).where(has_account(), Person.status != "left")
    waiting = and_(of, col(Notice.read_at).is_(None), col(Notice.person_id).in_(can))
    lately = col(Notice.repeated_at) > at - REPEAT_AFTER
    again = update(Notice).where(waiting, or_(col(Notice.repeated_at).is_(None), ~lately))
    again = again.values(repeats=col(Notice.repeats) + 1, repeated_at=at)
    reminded = (await session.exec(again.execution_options(synchronize_session=False))).rowcount
    if reminded:
        await send(session, and_(of, col(Notice.repeated_at) == at), said, at)
        return reminded
    last = (await session.exec(select(func.max(Notice.repeated_at)).where(waiting))).first()
    if last is None:
        raise Refused("everybody_has_read")
    wait = last + REPEAT_AFTER - at
    raise TooMany("repeated_lately", retry_after=int(wait.total_seconds()) + 1, hours=4)


async def read_agreements(session: AsyncSession, *, by: Actor, at: datetime) -> None:
    """What `by` was told about agreements that end is read. The second time nothing happens."""
    await session.exec(_unread(by).where(col(Notice.agreement_id).is_not(None)).values(read_at=at))


async def read_declared(session: AsyncSession, *, by: Actor, at: datetime) -> None:
    """What `by` was told about what they declared is read: all of it stands on one page."""
    await session.exec(_unread(by).where(col(Notice.declared_id).is_not(None)).values(read_at=at))


async def read_activity(session: AsyncSession, activity_id: int, *, by: Actor, at: datetime) -> None:
    """What `by` was told about this activity is read."""
    await session.exec(_unread(by).where(col(Notice.activity_id) == activity_id).values(read_at=at))


def _unread(by: Actor) -> Update:
    theirs = update(Notice).where(col(Notice.person_id) == by.id, col(Notice.read_at).is_(None))
    return theirs.execution_options(synchronize_session=False)


def _tell_everybody(post: Post, to: Unit, by: Actor) -> Insert:
    """One statement, however many people; who has left is not told, who has no account yet will find it there."""
    same = (literal(post.id), literal(f"post.{post.kind}"), literal(post.at, UtcDateTime), literal(0))
    everybody = (
        sql_select(col(Person.root_id), col(Person.id), *same)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(col(Unit.path).startswith(to.path), col(Person.root_id) == to.root_id)
        .where(col(Person.status) != "left", col(Person.partner_id).is_(None), col(Person.id) != by.id)
    )
    return insert(Notice).from_select(["root_id", "person_id", "post_id", "words", "at", "repeats"], everybody)


def _refuse_personal(title: str, text: str) -> None:
    wrong = {
        name: Refused("personal_in_post", field=name)
        for name, typed, kinds in (("title", title, CONTACTS), ("text", text, PATIENTS))
        if any(span.type in kinds for span in guard.inspect(typed).spans)
    }
    if wrong:
        raise Invalid(wrong)
