"""The jobs' work. Each looks for what is due, does one verb on one request, and does nothing the second time."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from itertools import takewhile

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.errors import Refused
from matching.people.actor import Actor
from matching.requests import desk_actions, requester_actions
from matching.requests.history import ARCHIVE_AFTER, CLOSE_AFTER, LISTED_AFTER
from matching.requests.model import ServiceRequest
from matching.requests.states import OPEN, State
from matching.units.model import Unit
from matching.units.queries import calendar_of

BATCH = 200
R = ServiceRequest
ByItself = Callable[..., Awaitable[ServiceRequest]]  # takes session, number, by, at


async def urge_late(database: Database, work: Work, at: datetime) -> int:
    """Urge once for each limit that ran out (100 %). Returns how many were urged."""
    late = (col(R.due_at) < at) & col(R.state).in_(OPEN) & col(R.late_urged).is_(False)
    return await _all(database, work, late, requester_actions.urge, at)


async def list_late(database: Database, work: Work, at: datetime) -> int:
    """Put on the public list (通报) what is five working days past its limit. Returns how many were listed.

    By each hospital's own calendar. Five working days never take less than five natural ones, and what was due sooner
    is listed sooner: so the candidates are read in that order, up to the first whose time has not come.
    """
    found: list[ServiceRequest] = []
    async with database.reading() as session:
        for root_id in await session.exec(select(col(Unit.id)).where(col(Unit.root_id) == Unit.id)):
            calendar = await calendar_of(session, root_id or 0)
            late = (col(R.due_at) <= at - LISTED_AFTER.length) & col(R.state).in_(OPEN) & col(R.listed_at).is_(None)
            rows = select(R).where(R.root_id == root_id, late).order_by(col(R.due_at), col(R.id)).limit(BATCH)
            due = ((row, calendar.due(row.due_at, LISTED_AFTER)) for row in await session.exec(rows) if row.due_at)
            found += [row for row, listed_at in takewhile(lambda pair: pair[1] <= at, due)]
    return await _each(work, found, desk_actions.public_list, at)


async def close_unrated(database: Database, work: Work, at: datetime) -> int:
    """Close what was completed 7 days ago and never rated (未评价). Returns how many were closed."""
    unrated = (col(R.state) == State.completed) & (col(R.state_since) <= at - CLOSE_AFTER)
    return await _all(database, work, unrated, desk_actions.close, at)


async def archive_ended(database: Database, work: Work, at: datetime) -> int:
    """Archive what ended 30 days ago. Returns how many were archived."""
    ended = col(R.state).in_((State.closed, State.rejected, State.withdrawn))
    return await _all(database, work, ended & (col(R.state_since) <= at - ARCHIVE_AFTER), desk_actions.archive, at)


async def _all(database: Database, work: Work, due: ColumnElement[bool], action: ByItself, at: datetime) -> int:
    async with database.reading() as session:
        found = await _candidates(session, due)
    return await _each(work, found, action, at)


async def _each(work: Work, found: Iterable[ServiceRequest], action: ByItself, at: datetime) -> int:
    count = 0
    for request in found:
        try:
            await work(action, request.number, by=Actor.system(request.root_id), at=at)
        except Refused:  # somebody was quicker: it is no longer due
            continue
        count += 1
    return count


async def _candidates(session: AsyncSession, due: ColumnElement[bool]) -> list[ServiceRequest]:
    return list(await session.exec(select(R).where(due).order_by(col(R.id)).limit(BATCH)))
