"""After the calendar has changed (an amended day, a new release of the published ones) the clocks of all requests that
may still move are counted anew from their Steps. In batches, each with its place in the line committed with it: whoever
is stopped goes on there, and counting twice changes nothing.
"""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

from sqlalchemy.orm import QueryableAttribute, joinedload
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import NEWS, Database, News, Work
from matching.requests.clocks import FINAL, replayed
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step
from matching.units.calendar import Recount
from matching.units.model import Unit
from matching.units.queries import calendar_of

BATCH, A_ROUND = 100, 50  # requests a transaction, transactions a round
SETTLED = timedelta(minutes=2)  # a verb that read the days as they were before has long been committed
R = ServiceRequest


async def recount_clocks(database: Database, work: Work, at: datetime) -> int:
    """Put right what the calendar changed, for every hospital. Returns how many requests were put right."""
    async with database.reading() as session:
        roots = [id_ or 0 for id_ in await session.exec(select(col(Unit.id)).where(col(Unit.root_id) == Unit.id))]
        waiting = [root_id for root_id in roots if await is_waiting(session, root_id)]
    changed = 0
    for root_id in waiting:
        for _batch in range(A_ROUND):
            more, put_right = await work(_count_some, root_id, at)
            changed += put_right
            if not more:
                break
    return changed


async def is_waiting(session: AsyncSession, root_id: int) -> bool:
    """Whether some clocks may not be counted by the calendar as it is."""
    last = await session.get(Recount, root_id)
    now = (await calendar_of(session, root_id)).fingerprint()
    return last is None or last.calendar != now or last.after_id is not None


async def _count_some(session: AsyncSession, root_id: int, at: datetime) -> tuple[bool, int]:
    """The next batch. Returns whether to go on at once, and how many requests were put right."""
    calendar = await calendar_of(session, root_id)
    counted = await session.get(Recount, root_id, with_for_update=True)
    if counted is None:
        counted = Recount(root_id=root_id, calendar="", seen_at=at, began_at=at)
        session.add(counted)
    if counted.calendar != calendar.fingerprint():
        counted.calendar, counted.seen_at, counted.began_at = calendar.fingerprint(), at, at
        counted.after_id = counted.changed = 0
    if counted.after_id is None:
        return False, 0
    requests = await _next(session, root_id, counted.after_id)
    if not requests:
        last_pass = counted.began_at >= counted.seen_at + SETTLED
        counted.after_id, counted.began_at = (None, counted.began_at) if last_pass else (0, at)
        return False, 0
    ids = [request.id for request in requests]
    steps = await session.exec(
        select(Step).where(col(Step.request_id).in_(ids)).order_by(col(Step.request_id), col(Step.seq))
    )
    told = {id_: list(group) for id_, group in groupby(steps, key=lambda step: step.request_id)}
    changed = 0
    for request in requests:
        clocks = replayed(told[request.id], request.service, calendar)
        wrong = clocks.differing(request)
        for name in wrong:
            setattr(request, name, getattr(clocks, name))
        if wrong:
            changed += 1
            units = tuple(sorted({request.unit_id, request.home_unit_id}))
            session.info.setdefault(NEWS, []).append(News(root_id, request.id or 0, "recount", units))
    counted.after_id, counted.changed = ids[-1], counted.changed + changed
    return True, changed


async def _next(session: AsyncSession, root_id: int, after_id: int) -> list[ServiceRequest]:
    moving = select(R).where(R.root_id == root_id, col(R.id) > after_id, col(R.state).not_in(FINAL))
    moving = moving.options(joinedload(cast("QueryableAttribute[Any]", R.service)))
    return list(await session.exec(moving.order_by(col(R.id)).limit(BATCH)))
