"""Compares the lines and daily sums with what requests and Steps say, for `matching verify`."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Select, or_, select, union_all
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.reports.counted import ALL, COUNTERS, SUMMED_BY
from matching.reports.lines import COLUMNS, lines
from matching.reports.refreshing import CELL, DAYS, LINES, summed
from matching.reports.sums import among, newer, these
from matching.requests.model import ServiceRequest
from matching.requests.row import number_of

SHOWN = 100  # of each kind


async def differences(session: AsyncSession) -> AsyncIterator[str]:
    """One line a difference; nothing when all agrees. What is not counted yet is none, nor is an empty day.

    Within the minute after clocks were counted anew it names what is about to be counted. Hand it a fresh session.
    """
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    if not on_sqlite:  # all of it as of one moment
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    since = await newer(session)
    if since is None:
        return
    ids = these(on_sqlite, since.ids)
    counted = ~among(on_sqlite, LINES.c.request_id, ids)
    kept = select(*(LINES.c[name] for name in COLUMNS)).where(counted)
    line = union_all(*lines(on_sqlite, (), ())).subquery()
    now = select(*line.c).where(~among(on_sqlite, line.c.request_id, ids))
    for request_id in await _differing(session, kept, now, "request_id"):
        filed_at = (await session.get_one(ServiceRequest, request_id)).filed_at
        yield f"{number_of(request_id, filed_at)}: its figures are not what its steps say"
    days = select(*(DAYS.c[name] for name in (*CELL, *COUNTERS))).where(or_(*(DAYS.c[name] != 0 for name in COUNTERS)))
    for by in (ALL, *SUMMED_BY):
        own = days.where(col(DAYS.c.summed_by) == by)
        for day in await _differing(session, own, summed(by), "day"):
            yield f"{day}: the daily sums by {by} are not those of its requests"


async def _differing(session: AsyncSession, one: Select[Any], other: Select[Any], name: str) -> list[Any]:
    """What stands in one and not in the other, by this column."""
    found = set()
    for some, rest in ((one, other), (other, one)):
        left = some.except_(rest).subquery()
        chosen = select(left.c[name]).distinct().limit(SHOWN)
        found |= set((await (await session.connection()).execute(chosen)).scalars())
    return sorted(found)
