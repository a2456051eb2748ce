"""Reads of people."""

from collections.abc import Sequence

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid
from matching.people.actor import Actor, Kind, Scope
from matching.people.model import Grant, Person, Role
from matching.units.model import Unit


async def actor_of(session: AsyncSession, person: Person) -> Actor:
    """The person with every role they hold now."""
    unit = await session.get_one(Unit, person.unit_id)
    statement = select(Grant.role, Unit).join(Unit, col(Unit.id) == Grant.unit_id)
    granted = await session.exec(statement.where(Grant.person_id == person.id, col(Grant.revoked_at).is_(None)))
    scopes = tuple(Scope(Role(role), at.id or 0, at.path) for role, at in granted)
    return Actor(Kind.person, person.root_id, person.id, person.name, unit.id, unit.path, scopes)


async def person_by_no(session: AsyncSession, root_id: int, member_no: str, *, field: str) -> Person:
    """Raises Invalid on `field` when the hospital has nobody with that number."""
    statement = select(Person).where(Person.root_id == root_id, Person.member_no == member_no.strip())
    person = (await session.exec(statement)).first()
    if person is None:
        raise Invalid.field_is(field, "unknown_person")
    return person


async def people_below(
    session: AsyncSession, unit: Unit, *, text: str = "", after: int = 0, size: int = 50
) -> Sequence[Person]:
    """Those of the subtree who have not left, in the order they came; `text` is looked for in name and number."""
    statement = (
        select(Person)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(col(Unit.path).startswith(unit.path), Person.status != "left", col(Person.id) > after)
    )
    if text.strip():
        statement = statement.where(
            or_(
                col(Person.name).contains(text.strip(), autoescape=True),
                col(Person.member_no).contains(text.strip(), autoescape=True),
            )
        )
    return list(await session.exec(statement.order_by(col(Person.id)).limit(size)))
