"""What confirmed activities add: they are few and may be corrected at any time, so they are read where they stand.

An activity counts on the day it began. Where it came from a request, its list says who served and how long, and the
claims of that request count for neither (as with points): both are lines, the latter with less than nothing.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, ActivityKind, ActivityState, Attendance
from matching.reports.chosen import Chosen
from matching.reports.lines import R, day_of, of_result
from matching.reports.sums import Sums, among, listed, on_sqlite

A = Activity.__table__.c  # type: ignore[attr-defined]
LIST = Attendance.__table__.c  # type: ignore[attr-defined]
HELD = "held"  # whether it is an activity's own line: that has no spot
PLACED = (HELD, "day", "unit_id", "service_id", "spot_id", "partner_id")
ADDED = ("activities", "meetings", "person_times", "helpers", "minutes")
NONE, ONE = literal_column("0", Integer), literal_column("1", Integer)
Line = Sequence[Any]  # in the order of PLACED and ADDED


async def lines(session: AsyncSession, chosen: Chosen) -> list[Line]:
    """What each activity adds, and what each request loses whose people an activity lists."""
    sqlite, period = on_sqlite(session), chosen.period
    values: dict[str, Any] = {"root": chosen.root_id, "begins": period.begins, "ends": period.ends}
    if chosen.column:
        values["ids"] = listed(sqlite, chosen.ids)
    found = await (await session.connection()).execute(_lines(sqlite, chosen.column), values)
    return [tuple(row) for row in found]


def summed(some: Iterable[Line], *keys: str) -> Sums:
    """The counters ADDED by these columns. Pure.

    By `spot_id` activities are left out, and only what requests lose is counted.
    """
    places, found = [PLACED.index(key) for key in keys], Sums()
    for line in some:
        if "spot_id" in keys and line[0]:
            continue
        counters = found.setdefault(tuple(line[place] for place in places), dict.fromkeys(ADDED, 0))
        for name, n in zip(ADDED, line[len(PLACED) :], strict=True):
            counters[name] += int(n or 0)
    return found


@cache
def _lines(sqlite: bool, narrowed: str) -> Any:
    twice = _counted_twice(sqlite, narrowed)
    return twice if narrowed == "spot_id" else union_all(_held(sqlite, narrowed), twice)


def _held(sqlite: bool, narrowed: str) -> Select[Any]:
    service = A.kind == ActivityKind.service
    confirmed = (
        A.root_id == bindparam("root"), A.state == ActivityState.confirmed,
        A.starts_at >= bindparam("begins"), A.starts_at < bindparam("ends"),
        *((among(sqlite, A[narrowed], bindparam("ids")),) if narrowed else ()),
    )  # fmt: skip
    there = (
        select(
            LIST.activity_id, func.sum(case((LIST.minutes > 0, 1), else_=0)).label("helpers"),
            func.sum(LIST.minutes).label("minutes"),
        )
        .join(Activity, and_(A.id == LIST.activity_id, *confirmed))
        .group_by(LIST.activity_id)
        .subquery()
    )  # fmt: skip
    placed = (day_of(A.starts_at, sqlite), A.unit_id, A.service_id, cast(null(), BigInteger), A.partner_id)
    amounts = (ONE, NONE, A.person_times, there.c.helpers, there.c.minutes)
    meeting = (NONE, ONE, NONE, NONE, NONE)
    added = (case((service, n), else_=other) for n, other in zip(amounts, meeting, strict=True))
    named = zip((*PLACED, *ADDED), (ONE, *placed, *added), strict=True)
    statement = select(*(value.label(name) for name, value in named)).select_from(Activity)
    return statement.outerjoin(there, there.c.activity_id == A.id).where(*confirmed)


def listed_instead(root: Any) -> Select[Any]:
    """The ids of requests whose people an activity lists: its list counts, and their claims do not."""
    confirmed = (A.root_id == root, A.state == ActivityState.confirmed)
    return select(A.request_id).where(*confirmed, A.kind == ActivityKind.service, A.request_id.is_not(None))


def _counted_twice(sqlite: bool, narrowed: str) -> Select[Any]:
    during = (R.completed_at >= bindparam("begins"), R.completed_at < bindparam("ends"))
    theirs = R.id.in_(listed_instead(bindparam("root")))
    line = of_result(sqlite, (R.root_id == bindparam("root"), theirs, *during)).subquery().c
    placed = (line[name].label(name) for name in PLACED[1:])
    lost = (NONE, NONE, NONE, -line.helpers, -line.minutes)
    statement = select(NONE.label(HELD), *placed, *(n.label(name) for name, n in zip(ADDED, lost, strict=True)))
    return statement.where(among(sqlite, line[narrowed], bindparam("ids"))) if narrowed else statement
