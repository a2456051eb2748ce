"""Reads of people."""

from collections.abc import Collection, Sequence

from sqlalchemy import false, or_
from sqlmodel import col, select
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
    scopes = tuple(Scope(Role(role), at.id or 0, at.path) for role, at in granted if is_for(Role(role), person))
    return Actor(
        Kind.person, person.root_id, person.id, person.name, unit.id, unit.path, scopes, partner_id=person.partner_id
    )


def is_for(role: Role, person: Person) -> bool:
    """A partner's people are liaisons and nothing else; nobody else is one."""
    return (role is Role.liaison) == (person.partner_id is not None)


async def person_by_no(session: AsyncSession, root_id: int, member_no: str, *, field: str) -> Person:
    """Raises Invalid on `field` when the hospital has nobody of its own with that number."""
    statement = select(Person).where(Person.root_id == root_id, Person.member_no == member_no.strip())
    statement = statement.where(col(Person.partner_id).is_(None))
    person = (await session.exec(statement)).first()
    if person is None:
        raise Invalid.field_is(field, "unknown_person")
    return person


async def known_as(session: AsyncSession, person: Person, by: Actor) -> str:
    """Whose number that is, for somebody who typed it: the name where they lead the person's unit or one above it,
    else the number again, or trying numbers would give names of other branches."""
    path = (await session.exec(select(Unit.path).where(col(Unit.id) == person.unit_id))).one()
    return person.name if by.holds(Role.committee, Role.dispatcher, Role.unit_lead, path=path) else person.member_no


async def people_below(
    session: AsyncSession, unit: Unit, *, text: str = "", after: int = 0, size: int = 50
) -> Sequence[Person]:
    """The hospital's own of the subtree who have not left, in the order they came; `text` is looked for in name and
    number."""
    statement = (
        select(Person)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(col(Unit.path).startswith(unit.path), Person.status != "left", col(Person.partner_id).is_(None))
        .where(col(Person.id) > after)
    )
    if text.strip():
        statement = statement.where(
            or_(
                col(Person.name).contains(text.strip(), autoescape=True),
                col(Person.member_no).contains(text.strip(), autoescape=True),
            )
        )
    return list(await session.exec(statement.order_by(col(Person.id)).limit(size)))


async def managed_people(
    session: AsyncSession, by: Actor, *, text: str = "", role: str = "", after: int = 0, before: int = 0, size: int = 50
) -> list[tuple[Person, Unit]]:
    """Those in the subtrees that `by` administers, in the order they came, with their units.

    `text` is looked for in name, number and login; `role` keeps its holders; `after` and `before` are ids (keyset).
    """
    paths = by.paths(Role.administrator)
    statement = (
        select(Person, Unit)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(Person.root_id == by.root_id, or_(false(), *(col(Unit.path).startswith(path) for path in paths)))
    )
    if wanted := text.strip():
        statement = statement.where(
            or_(*(col(c).contains(wanted, autoescape=True) for c in (Person.name, Person.member_no, Person.login)))
        )
    if role:
        holders = select(Grant.person_id).where(Grant.role == role, col(Grant.revoked_at).is_(None))
        statement = statement.where(col(Person.id).in_(holders))
    if before:
        statement = statement.where(col(Person.id) < before).order_by(col(Person.id).desc())
        return list(reversed(list(await session.exec(statement.limit(size)))))
    return list(await session.exec(statement.where(col(Person.id) > after).order_by(col(Person.id)).limit(size)))


async def grants_of(session: AsyncSession, people: Collection[int]) -> dict[int, list[tuple[Grant, Unit]]]:
    """The roles these people hold now with the units they hold them on, by person."""
    statement = select(Grant, Unit).join(Unit, col(Unit.id) == Grant.unit_id)
    statement = statement.where(col(Grant.person_id).in_(people), col(Grant.revoked_at).is_(None))
    held: dict[int, list[tuple[Grant, Unit]]] = {person: [] for person in people}
    for grant, unit in await session.exec(statement.order_by(col(Grant.id))):
        held[grant.person_id].append((grant, unit))
    return held
