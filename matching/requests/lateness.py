"""Reads of what is long past its limit: the public list (通报), and supervision orders without a reply."""

from datetime import datetime
from operator import attrgetter

from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.queries import BY_DUE, Page, led, loaded, page_of
from matching.requests.states import MOVES

R = ServiceRequest
Key = tuple[datetime, int]


async def public_list(session: AsyncSession, by: Actor, *, after: Key | None = None, size: int = 50) -> Page:
    """What the job put on the list and is still late, in the subtrees that `by` leads; the latest first."""
    listed = select(R).where(led(by), col(R.state).in_(BY_DUE), col(R.listed_at).is_not(None))
    if after is not None:
        listed = listed.where(tuple_(col(R.due_at), col(R.id)) > after)
    rows = await session.exec(loaded(listed.order_by(col(R.due_at), col(R.id)).limit(size + 1)))
    return page_of(list(rows.unique()), size, attrgetter("due_at"))


async def late_replies(
    session: AsyncSession, by: Actor, at: datetime, *, after: Key | None = None, size: int = 50
) -> Page:
    """Orders whose reply is overdue, in the subtrees that `by` leads; the longest overdue first."""
    waiting = select(R).where(led(by), col(R.reply_due_at) < at, col(R.state).in_(MOVES["reply"].leaves))
    if after is not None:
        waiting = waiting.where(tuple_(col(R.reply_due_at), col(R.id)) > after)
    rows = await session.exec(loaded(waiting.order_by(col(R.reply_due_at), col(R.id)).limit(size + 1)))
    return page_of(list(rows.unique()), size, attrgetter("reply_due_at"))
