"""The figures' sums straight from requests and Steps, however long that takes: what the daily sums must equal.

`matching verify`, the tests and the benchmark compare with it; nothing else reads here.
"""

from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.reports.chosen import Chosen
from matching.reports.counted import COUNTERS
from matching.reports.lines import R, lines

Sums = dict[tuple[Any, ...], dict[str, int]]


async def sums(session: AsyncSession, chosen: Chosen, *keys: str) -> Sums:
    """The counters by these columns of the lines (`day`, `hour`, `unit_id` …); without keys under ()."""
    statement = summing(session.get_bind().dialect.name == "sqlite", chosen, *keys)
    found = await (await session.connection()).execute(statement)
    return counted(found, len(keys))


def summing(sqlite: bool, chosen: Chosen, *keys: str) -> Select[Any]:
    """The statement."""
    begins, ends, own = chosen.period.begins, chosen.period.ends, R.root_id == chosen.root_id
    filed, done = (R.filed_at >= begins, R.filed_at < ends), (R.completed_at >= begins, R.completed_at < ends)
    line = lines(sqlite, (own, *filed), (own, *done)).subquery()
    statement = select(*(line.c[key] for key in keys), *(func.sum(line.c[name]) for name in COUNTERS))
    if chosen.column:
        statement = statement.where(line.c[chosen.column].in_(chosen.ids))
    return statement.group_by(*(line.c[key] for key in keys))


def counted(rows: Any, keys: int) -> Sums:
    """Rows of keys and sums by their keys."""
    return {
        tuple(row[:keys]): dict(zip(COUNTERS, (int(n or 0) for n in row[keys:]), strict=True)) for row in rows
    }  # fmt: skip
