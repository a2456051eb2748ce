"""Who carried how much in a period: hours, asks, pleasant and hard services of people, branch by branch.

Sums are made by the database from the lines of services.py, one statement for each kind of number.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, false, or_
from sqlalchemy import select as sql_select
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Answer, AskCount, Availability, Leave
from matching.clock import SHANGHAI
from matching.people.model import Person
from matching.reports.load.services import asks, lately, services
from matching.reports.load.values import Branch, Load
from matching.reports.periods import Period
from matching.reports.sums import on_sqlite
from matching.units.model import Unit, UnitKind
from matching.units.queries import units_under

Found = dict[int, tuple[Load, Unit]]


async def carried(
    session: AsyncSession, root_id: int, paths: Sequence[str], period: Period, *, now: datetime | None = None
) -> list[Branch]:
    """What the people of these subtrees carried, branch by branch.

    Whoever calls it has asked whether this is for the reader. `now`: with how things are at this moment, too: the
    hours that the engine goes by, and who is on leave or muted.
    """
    units = await units_under(session, root_id, paths)
    found = await _people(session, root_id, paths, {unit.id or 0: unit for unit in units})
    await _add_services(session, root_id, found, period)
    await _add_asks(session, root_id, found, period)
    if now is not None:
        await _add_lately(session, root_id, found, now)
        await _add_absences(session, root_id, found, now)
    return _by_branch(units, found.values())


def on_the_roster(root_id: int, paths: Sequence[str]) -> list[ColumnElement[bool]]:
    """What a person must be to count at all: of the hospital's own, in these subtrees, and not gone."""
    below = or_(false(), *(col(Unit.path).startswith(path) for path in paths))
    units = select(col(Unit.id)).where(Unit.root_id == root_id, below)
    return [
        col(Person.root_id) == root_id, col(Person.status) != "left", col(Person.partner_id).is_(None),
        col(Person.unit_id).in_(units),
    ]  # fmt: skip


def in_row(unit: Unit) -> ColumnElement[bool]:
    """Whether somebody stands in the row of this unit: everybody of a branch; of others who is in no branch."""
    if unit.kind != UnitKind.branch:
        return col(Person.unit_id) == unit.id
    below = select(col(Unit.id)).where(Unit.root_id == unit.root_id, col(Unit.path).startswith(unit.path))
    return col(Person.unit_id).in_(below)


def _by_branch(units: Sequence[Unit], found: Iterable[tuple[Load, Unit]]) -> list[Branch]:
    """People under the branch that holds their unit; under their unit where no branch does."""
    branches = [unit for unit in units if unit.kind == UnitKind.branch]
    of_unit = {one.id: next((branch for branch in branches if branch.holds(one)), one) for one in units}
    made = {unit.id or 0: Branch(unit) for unit in units}
    for load, unit in found:
        made[of_unit[unit.id].id or 0].people.append(load)
    return [branch for branch in made.values() if branch.people]


async def _people(session: AsyncSession, root_id: int, paths: Sequence[str], units: Mapping[int, Unit]) -> Found:
    statement = select(Person.id, Person.member_no, Person.name, Person.unit_id)
    found: Found = {}
    for id_, number, name, unit_id in await session.exec(
        statement.where(*on_the_roster(root_id, paths)).order_by(col(Person.id))
    ):
        found[id_ or 0] = Load(id_ or 0, number, name, units[unit_id].name), units[unit_id]
    return found


async def _add_services(session: AsyncSession, root_id: int, found: Found, period: Period) -> None:
    line = services(on_sqlite(session), root_id, period).c
    sums = [func.sum(line[name]) for name in ("minutes", "hard", "pleasant")]
    statement = sql_select(line.person_id, func.count(), *sums).group_by(line.person_id)
    for person_id, done, minutes, hard, pleasant in await (await session.connection()).execute(statement):
        if person_id in found:
            one = found[person_id][0]
            one.done, one.minutes, one.hard, one.pleasant = done, int(minutes), int(hard), int(pleasant)


async def _add_lately(session: AsyncSession, root_id: int, found: Found, now: datetime) -> None:
    line = lately(on_sqlite(session), root_id, now).c
    statement = sql_select(line.person_id, func.sum(line.minutes)).group_by(line.person_id)
    for person_id, minutes in await (await session.connection()).execute(statement):
        if person_id in found:
            found[person_id][0].minutes14 = int(minutes)


async def _add_asks(session: AsyncSession, root_id: int, found: Found, period: Period) -> None:
    line = asks(root_id, period).c
    yes = func.sum(case((line.answer == Answer.accepted, 1), else_=0))
    statement = sql_select(line.person_id, func.count(), yes).group_by(line.person_id)
    for person_id, asked, accepted in await (await session.connection()).execute(statement):
        if person_id in found:
            found[person_id][0].asks, found[person_id][0].accepted = asked, int(accepted)
    ever = select(AskCount.person_id, AskCount.last_asked).where(AskCount.root_id == root_id, AskCount.category == "")
    for person_id, last_asked in await session.exec(ever):
        if person_id in found:
            found[person_id][0].last_asked = last_asked


async def _add_absences(session: AsyncSession, root_id: int, found: Found, at: datetime) -> None:
    muted = select(Availability.person_id, Availability.muted_until)
    muted = muted.where(Availability.root_id == root_id, col(Availability.muted_until) > at)
    for person_id, until in await session.exec(muted):
        if person_id in found:
            found[person_id][0].muted_until = until
    today = at.astimezone(SHANGHAI).date()
    away = select(Leave.person_id).where(
        Leave.root_id == root_id, col(Leave.first_on) <= today, col(Leave.last_on) >= today
    )
    for person_id in await session.exec(away):
        if person_id in found:
            found[person_id][0].on_leave = True
