"""Registrations that somebody looked up (义诊资质, docs/domain.md §7), as an administrator keeps them."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Licence
from matching.asks.reading import CLEARANCE
from matching.errors import Invalid, NotSeen
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.granting import managed_person
from matching.people.model import Person
from matching.services.model import LICENCE, Service

FARTHEST = 40  # years: nothing is registered for longer, nor worth a note after it


async def licences_of(session: AsyncSession, member_no: str, *, by: Actor) -> Sequence[tuple[Licence, str]]:
    """Somebody's, with who looked them up, by skill. Raises NotSeen for whom `by` does not administer."""
    person, _unit = await managed_person(session, member_no, by=by)
    statement = select(Licence, Person.name).outerjoin(Person, col(Person.id) == Licence.checked_by)
    statement = statement.where(Licence.person_id == person.id).order_by(col(Licence.skill))
    return [(licence, name or "") for licence, name in await session.exec(statement)]


async def registrable(session: AsyncSession, root_id: int) -> list[str]:
    """The registrations that services ask for, and the one for work with children."""
    named: set[str] = set()
    for skills in await session.exec(select(Service.skills).where(Service.root_id == root_id)):
        named |= {skill for skill in skills if skill.startswith(LICENCE)}
    return [*sorted(named), CLEARANCE]


async def set_licence(
    session: AsyncSession, member_no: str, skill: str, valid_until: date, *, by: Actor, at: datetime
) -> Licence:
    """What was looked up: until which day it is valid; a day that has passed says that it ended.

    Raises NotSeen, Invalid on `skill` or `valid_until`.
    """
    person, _unit = await managed_person(session, member_no, by=by, lock=True)
    if skill not in await registrable(session, by.root_id):
        raise Invalid.field_is("skill", "not_a_choice")
    if abs(valid_until.year - at.year) > FARTHEST:  # PostgreSQL writes the first of all days "-infinity"
        raise Invalid.field_is("valid_until", "time_too_far", days=FARTHEST * 365)
    held = select(Licence).where(Licence.person_id == person.id, Licence.skill == skill)
    licence = (await session.exec(held)).first()
    if licence is None:
        licence = Licence(
            root_id=by.root_id, person_id=person.id or 0, skill=skill, valid_until=valid_until, checked_at=at
        )
        session.add(licence)
    licence.valid_until, licence.checked_by, licence.checked_at = valid_until, by.id, at
    note(session, "set_licence", f"{person.member_no} {skill} {valid_until}", by=by, at=at)
    await session.flush()
    return licence


async def drop_licence(session: AsyncSession, member_no: str, licence_id: int, *, by: Actor, at: datetime) -> None:
    """Entered by mistake: what the roster says counts again. Raises NotSeen."""
    person, _unit = await managed_person(session, member_no, by=by, lock=True)
    licence = await session.get(Licence, licence_id)
    if licence is None or licence.person_id != person.id:
        raise NotSeen
    note(session, "drop_licence", f"{person.member_no} {licence.skill}", by=by, at=at)
    await session.delete(licence)
