"""Reads of the ledger: one's own, and that of the people of one's units."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, false, or_
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.errors import NotAllowed, NotSeen
from matching.people.actor import Actor
from matching.people.model import Person
from matching.recognition.model import EntryKind, PointsEntry
from matching.recognition.points import missing, star
from matching.recognition.policy import held, may, refuse_outsiders
from matching.recognition.sources import picked
from matching.units.model import Unit
from matching.units.queries import unit_by_code, units_under

SIZE = 30


class Standing(NamedTuple):
    """What somebody has: minutes and centipoints of the year, minutes of all years."""

    person: Person
    unit: Unit
    minutes: int
    centipoints: int
    all_minutes: int
    times: int  # of the year, without what was taken back

    @property
    def star(self) -> int:
        """0 to 5."""
        return star(self.all_minutes)

    @property
    def missing(self) -> int | None:
        """Minutes to the next star; None with five."""
        return missing(self.all_minutes)


class Own(NamedTuple):
    """One's own page: where one stands, the years there are, a page of lines."""

    standing: Standing
    years: list[int]
    entries: list[tuple[PointsEntry, bool]]  # with whether a later line took it back
    older: int | None  # the id before which the rest lies


def this_year(at: datetime) -> int:
    """The year in Shanghai; each begins at nought on 1 January (docs/domain.md §7)."""
    return at.astimezone(SHANGHAI).year


async def own(session: AsyncSession, year: int, *, before: int | None = None, by: Actor, at: datetime) -> Own:
    """One's own of a year. Raises NotAllowed for who is not one of the hospital's own."""
    return await _of(session, refuse_outsiders(by), year, before, at)


async def of_person(
    session: AsyncSession, member_no: str, year: int, *, before: int | None = None, by: Actor, at: datetime
) -> Own:
    """Somebody's whom `by` may see, or one's own. Raises NotSeen."""
    person, _unit = await seen_person(session, member_no, by=by)
    return await _of(session, person.id or 0, year, before, at)


async def seen_person(
    session: AsyncSession, member_no: str, *, by: Actor, verb: str = "see_points"
) -> tuple[Person, Unit]:
    """One of the hospital's own to whom `by` may do the verb, or oneself where it is but seeing. Raises NotSeen."""
    statement = select(Person, Unit).join(Unit, col(Unit.id) == Person.unit_id)
    statement = statement.where(Person.root_id == by.root_id, Person.member_no == member_no.strip())
    found = (await session.exec(statement.where(col(Person.partner_id).is_(None)))).first()
    mine = found is not None and verb == "see_points" and found[0].id == by.id
    if found is None or not (mine or may(verb, by, found[1].path)):
        raise NotSeen
    return found


async def people(session: AsyncSession, unit: str, year: int, *, by: Actor) -> tuple[list[Unit], list[Standing]]:
    """The units one may choose from, and everybody below `unit` (its code; '' for all of one's units) by points, those
    with nothing last. Raises NotAllowed, Invalid on `unit`."""
    refuse_outsiders(by)
    paths = held("see_points", by)
    if not paths:
        raise NotAllowed
    units = await units_under(session, by.root_id, paths)
    if unit:
        chosen = await unit_by_code(session, by.root_id, unit)
        if not may("see_points", by, chosen.path):
            raise NotAllowed("outside_your_units", field="unit")
        paths = (chosen.path,)
    return units, await standings(session, by.root_id, paths, year)


async def standings(session: AsyncSession, root_id: int, paths: Sequence[str], year: int) -> list[Standing]:
    """Everybody of the subtrees who has not left, most points first."""
    below = or_(false(), *(col(Unit.path).startswith(path) for path in paths))
    found = await _standings(session, root_id, year, and_(below, col(Person.status) != "left"))
    return sorted(found, key=lambda one: (-one.centipoints, -one.minutes, one.person.id))


async def minutes_between(session: AsyncSession, person_id: int, first: date, last: date) -> list[tuple[str, int, int]]:
    """What somebody did on those days, by title: how often and how many minutes, most first."""
    minutes, times = func.sum(PointsEntry.minutes), func.sum(_one_each())
    statement = (
        select(PointsEntry.title, times, minutes)
        .where(PointsEntry.person_id == person_id, col(PointsEntry.on).between(first, last))
        .group_by(PointsEntry.title)
        .having(minutes > 0)
    )
    rows = [(title, int(count), int(total)) for title, count, total in await session.exec(statement)]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


async def lines_of_year(session: AsyncSession, person_id: int, year: int) -> list[PointsEntry]:
    """All of somebody's lines of a year, in the order they were written."""
    statement = select(PointsEntry).where(PointsEntry.person_id == person_id, PointsEntry.year == year)
    return list(await session.exec(statement.order_by(col(PointsEntry.id))))


async def _of(session: AsyncSession, person_id: int, year: int, before: int | None, at: datetime) -> Own:
    person = await session.get_one(Person, person_id)
    standing = (await _standings(session, person.root_id, year, col(Person.id) == person_id, person_id))[0]
    years = await session.exec(select(PointsEntry.year).where(PointsEntry.person_id == person_id).distinct())
    statement = select(PointsEntry).where(PointsEntry.person_id == person_id, PointsEntry.year == year)
    if before is not None:
        statement = statement.where(col(PointsEntry.id) < before)
    entries = list(await session.exec(statement.order_by(col(PointsEntry.id).desc()).limit(SIZE + 1)))
    older = entries[SIZE - 1].id if len(entries) > SIZE else None
    ids = [one.id for one in entries]
    back = set(await session.exec(select(PointsEntry.reverses_id).where(col(PointsEntry.reverses_id).in_(ids))))
    return Own(
        standing, sorted({*years, year, this_year(at)}, reverse=True),
        [(one, one.id in back) for one in entries[:SIZE]], older,
    )  # fmt: skip


async def _standings(
    session: AsyncSession, root_id: int, year: int, which: Any, person_id: int | None = None
) -> list[Standing]:
    of_year = col(PointsEntry.year) == year
    columns = (
        col(PointsEntry.person_id),
        func.sum(case((of_year, PointsEntry.minutes), else_=0)).label("minutes"),
        func.sum(case((of_year, PointsEntry.centipoints), else_=0)).label("centipoints"),
        func.sum(PointsEntry.minutes).label("all_minutes"),
        func.sum(case((of_year, _one_each()), else_=0)).label("times"),
    )
    lines = picked(*columns).where(col(PointsEntry.root_id) == root_id)
    if person_id is not None:
        lines = lines.where(col(PointsEntry.person_id) == person_id)
    sums = lines.group_by(col(PointsEntry.person_id)).subquery()
    statement = (
        picked(Person, Unit, sums.c.minutes, sums.c.centipoints, sums.c.all_minutes, sums.c.times)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .outerjoin(sums, sums.c.person_id == Person.id)
        .where(col(Person.root_id) == root_id, col(Person.partner_id).is_(None), which)
    )
    found = await session.exec(statement)
    return [Standing(person, unit, *(int(one or 0) for one in sums_of)) for person, unit, *sums_of in found]


def _one_each() -> ColumnElement[int]:
    """Counts a line once, and takes a reversed one off again."""
    return case((col(PointsEntry.kind) == EntryKind.reversal, -1), else_=1)
