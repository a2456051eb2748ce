"""What stands behind the numbers of load and fairness: services, asks and people, as many as the number says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, true, tuple_
from sqlalchemy import select as sql_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities import queries as activities
from matching.activities.model import Activity
from matching.asks.model import Answer
from matching.errors import NotSeen
from matching.people.actor import Actor
from matching.people.model import Person
from matching.reports.chosen import Scope, ScopeKind
from matching.reports.figures import EVERYTHING
from matching.reports.load.counting import carried, in_row, on_the_roster
from matching.reports.load.looking import paths_of
from matching.reports.load.services import asks, lately, services
from matching.reports.load.values import Branch, Load
from matching.reports.periods import Period
from matching.reports.sums import on_sqlite
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded, visible
from matching.units.model import Unit

R = ServiceRequest
Keys = tuple[datetime, int, int]


class Count(StrEnum):
    """Numbers that services (the first five) or asks are behind."""

    done = "done"
    hours = "hours"
    lately = "lately"  # hours of the last 14 days, as the engine counts them
    pleasant = "pleasant"
    hard = "hard"
    asks = "asks"
    accepted = "accepted"


OF_ASKS = (Count.asks, Count.accepted)


class OfPeople(StrEnum):
    """Numbers that people are behind."""

    people = "people"
    served = "served"
    not_asked = "not_asked"


@dataclass(frozen=True)
class Whose:
    """A table's scope and period, one of its rows (`within`, a unit), and one of the people (a member number)."""

    scope: Scope
    period: Period
    within: Scope = EVERYTHING
    person: str = ""


@dataclass(frozen=True)
class Line:
    """One person's service, or one ask of a person (with its answer): of a request or, for a service, an activity."""

    at: datetime
    no: str
    name: str
    minutes: int
    hard: bool
    pleasant: bool
    answer: str
    request: ServiceRequest | None
    activity: Activity | None
    unit: str  # the one responsible for it


@dataclass(frozen=True)
class Lines:
    """A page, the latest first. `total` and `minutes` are of all, also of those that `by` may not open; `seen` is how
    many may be opened; `next` are the keys to go on from, None at the end."""

    rows: list[Line]
    total: int
    minutes: int
    seen: int
    next: Keys | None


async def lines_behind(
    session: AsyncSession, root_id: int, count: Count, whose: Whose, *, by: Actor, at: datetime,
    after: Keys | None = None, size: int = 20,
) -> Lines:  # fmt: skip
    """The services or asks that a number counts, one for each person of each. `lately` is about the 14 days before
    `at`, whatever the period. Raises NotAllowed, NotSeen; Invalid on `scope` for one without people."""
    theirs = await _theirs(session, root_id, whose, by)
    sqlite = on_sqlite(session)
    if count in OF_ASKS:
        line = asks(root_id, whose.period)
    else:
        line = lately(sqlite, root_id, at) if count is Count.lately else services(sqlite, root_id, whose.period)
    counted = {
        Count.hours: line.c.minutes > 0, Count.lately: line.c.minutes > 0, Count.pleasant: line.c.pleasant == 1,
        Count.hard: line.c.hard == 1, Count.accepted: line.c.answer == Answer.accepted,
    }.get(count, true())  # fmt: skip
    held = sql_select(col(Activity.id)).join(Unit, col(Unit.id) == Activity.unit_id).where(activities.visible(by))
    open_to_them = or_(and_(col(R.id).is_not(None), visible(by)), line.c.activity_id.in_(held))
    statement = (
        sql_select(*line.c, col(Person.member_no), col(Person.name))
        .join(Person, col(Person.id) == line.c.person_id)
        .outerjoin(R, col(R.id) == line.c.request_id)
        .where(counted, *theirs)
    )
    database = await session.connection()
    sums = (func.count(), func.sum(line.c.minutes), func.sum(case((open_to_them, 1), else_=0)))
    total, minutes, seen = (await database.execute(statement.with_only_columns(*sums))).one()
    keys = (line.c.at, line.c.source, line.c.id)
    page = statement.where(open_to_them).order_by(*(key.desc() for key in keys)).limit(size + 1)
    rows = list(await database.execute(page if after is None else page.where(tuple_(*keys) < after)))
    shown, more = rows[:size], len(rows) > size
    last = (shown[-1].at, shown[-1].source, shown[-1].id) if more else None
    return Lines(await _loaded(session, shown), total, int(minutes or 0), int(seen or 0), last)


async def people_behind(
    session: AsyncSession, root_id: int, count: OfPeople, whose: Whose, *, by: Actor
) -> list[tuple[Branch, Load]]:
    """The people that a number counts, each with the row they stand in; who has most hours first, of those who were
    not asked, branch by branch, who waits longest. Raises as `lines_behind`."""
    paths = await paths_of(session, root_id, whose.scope, whose.period, by)
    row = await _row(session, root_id, whose, paths)
    found = await carried(session, root_id, paths, whose.period)
    branches = [one for one in found if row is None or one.unit.id == row.id]
    branch_of = {one.id: branch for branch in branches for one in branch.people}
    people = sorted((one for branch in branches for one in branch.people), key=lambda one: (-one.minutes, one.id))
    if count is OfPeople.served:
        people = [one for one in people if one.done]
    if count is OfPeople.not_asked:
        people = [one for branch in branches for one in branch.not_asked]
    return [(branch_of[one.id], one) for one in people]


async def _theirs(session: AsyncSession, root_id: int, whose: Whose, by: Actor) -> list[ColumnElement[bool]]:
    """Which people's. Raises NotAllowed, NotSeen."""
    paths = await paths_of(session, root_id, whose.scope, whose.period, by)
    row = await _row(session, root_id, whose, paths)
    wanted = [*on_the_roster(root_id, paths), *([] if row is None else [in_row(row)])]
    if whose.person:
        wanted.append(col(Person.member_no) == whose.person)
        known = select(Person.id).where(*wanted)
        if "\0" in whose.person or (await session.exec(known)).first() is None:
            raise NotSeen
    return wanted


async def _row(session: AsyncSession, root_id: int, whose: Whose, paths: Sequence[str]) -> Unit | None:
    """The unit that the row is about; None for the whole table. Raises NotSeen for one that stands in no such table."""
    if whose.within == EVERYTHING:
        return None
    unit = await session.get(Unit, whose.within.id) if whose.within.kind is ScopeKind.unit else None
    if unit is None or unit.root_id != root_id or not any(unit.path.startswith(path) for path in paths):
        raise NotSeen
    return unit


async def _loaded(session: AsyncSession, rows: Sequence[Any]) -> list[Line]:
    asked, held = [row.request_id for row in rows], [row.activity_id for row in rows]
    wanted = loaded(select(R).where(col(R.id).in_(asked)))
    requests = {one.id: one for one in (await session.exec(wanted)).unique()} if any(asked) else {}
    those = select(Activity, Unit.name).join(Unit, col(Unit.id) == Activity.unit_id).where(col(Activity.id).in_(held))
    activity = {one.id: (one, unit) for one, unit in await session.exec(those)} if any(held) else {}
    made = []
    for row in rows:
        request, (event, led_by) = requests.get(row.request_id), activity.get(row.activity_id, (None, ""))
        made.append(
            Line(
                row.at, row.member_no, row.name, row.minutes, row.hard == 1, row.pleasant == 1, row.answer, request,
                event, request.unit.name if request else led_by,
            )
        )  # fmt: skip
    return made
