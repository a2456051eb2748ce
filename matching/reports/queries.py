"""The requests behind a figure: every number can be opened (docs/figures.md)."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Integer, Subquery, and_, cast, extract, func, or_
from sqlalchemy import select as sql_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotSeen
from matching.partners.model import Partner
from matching.people.actor import Actor
from matching.reports.chosen import COLUMN_OF, TABLES, Scope, ScopeKind, choose
from matching.reports.definitions import COMPOSITE, DEFINITIONS, OF_ACTIVITIES, Kind
from matching.reports.figures import EVERYTHING
from matching.reports.periods import Period
from matching.reports.sums import lines_of
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded, visible
from matching.services.model import Service
from matching.units.model import Spot, Unit

R = ServiceRequest


class Part(StrEnum):
    """Of a rate: all it is out of, those that count above the line, or those that do not."""

    all = "all"
    counted = "counted"
    rest = "rest"


@dataclass(frozen=True)
class Filters:
    """Whose and of when; `part` matters for rates only. The rest is for a row or a cell of a table of that scope.

    `within` is whom the row is about; `alone`: that unit without those below it, as rows are that stand beside the
    branches. `weekday` 1 is Monday; `hour` from 0: those by which the figure counts, in Shanghai.
    """

    scope: Scope
    period: Period
    part: Part = Part.all
    within: Scope = EVERYTHING
    alone: bool = False
    weekday: int | None = None
    hour: int | None = None


@dataclass(frozen=True)
class Behind:
    """A page of requests, the newest first. `total` is how many there are in all, also those `by` may not open."""

    rows: list[ServiceRequest]
    counted: frozenset[int]  # ids of those that count above the line
    total: int
    next: int | None


async def behind(
    session: AsyncSession, root_id: int, figure: str, filters: Filters, *, by: Actor, after: int | None = None,
    size: int = 20,
) -> Behind:  # fmt: skip
    """The requests that a figure counts; of a rate those it is out of. `after` is `next` of the page before.

    Whoever may read the tables of a scope may list what is behind their rows, as far as they may open requests.
    Raises Invalid on `figure` for one that is not made of requests; NotAllowed, NotSeen.
    """
    chosen = await choose(session, root_id, filters.scope, filters.period, by)
    here = await lines_of(session, chosen)
    above, below = _conditions(figure, here)
    cell = await _cell(session, root_id, filters, here)
    wanted = and_({Part.all: below, Part.counted: above, Part.rest: below & ~above}[filters.part], *cell)
    ids = sql_select(here.c.request_id).where(wanted)
    total = (await session.exec(select(func.count(func.distinct(here.c.request_id))).where(wanted))).one()
    statement = loaded(select(R).where(visible(by), col(R.id).in_(ids)).order_by(col(R.id).desc()).limit(size + 1))
    if after is not None:
        statement = statement.where(col(R.id) < after)
    rows = list((await session.exec(statement)).unique())
    shown, more = rows[:size], len(rows) > size
    of_page = sql_select(here.c.request_id).where(above, *cell, here.c.request_id.in_([row.id for row in shown]))
    counted = frozenset((await (await session.connection()).execute(of_page)).scalars())
    return Behind(shown, counted, total, (shown[-1].id or 0) if more else None)


def _conditions(figure: str, line: Subquery) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What a line must say to count above the line, and to count at all."""
    if figure == COMPOSITE:
        figure = "satisfaction_rate"
    found = DEFINITIONS.get(figure)
    if found is None or figure in OF_ACTIVITIES:
        raise Invalid.field_is("figure", "not_a_choice")
    above = or_(*(line.c[name] > 0 for name, _share in found.over))
    if found.kind is not Kind.rate:
        return above, above
    return above, or_(*(line.c[name] > 0 for name in found.of))


async def _cell(session: AsyncSession, root_id: int, filters: Filters, line: Subquery) -> list[ColumnElement[bool]]:
    """What a line must say to belong to the row and the cell. Raises NotSeen."""
    found: list[ColumnElement[bool]] = []
    kind, id_ = filters.within.kind, filters.within.id
    if kind is not ScopeKind.hospital:
        row: Unit | Service | Spot | Partner | None = await session.get(TABLES[kind], id_)
        if row is None or row.root_id != root_id:
            raise NotSeen
        own = line.c[COLUMN_OF[kind]]
        if isinstance(row, Unit) and not filters.alone:
            below = sql_select(col(Unit.id)).where(col(Unit.root_id) == root_id, col(Unit.path).startswith(row.path))
            found.append(own.in_(below))
        else:
            found.append(own == id_)
    if filters.hour is not None:
        found.append(line.c.hour == filters.hour)
    if filters.weekday is not None:
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        sunday_is_0 = cast(func.strftime("%w", line.c.day), Integer) if on_sqlite else extract("dow", line.c.day)
        found.append(sunday_is_0 == filters.weekday % 7)
    return found


async def name_of(session: AsyncSession, scope: Scope) -> str:
    """Of the unit, service, place or partner."""
    row: Unit | Service | Spot | Partner = await session.get_one(TABLES[scope.kind], scope.id)
    return row.name
