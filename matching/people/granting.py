"""What an administrator does to others' accounts: roles on units, one-time passwords, ending their sign-ins."""

from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Work
from matching.errors import Invalid, NotAllowed, NotSeen, Refused
from matching.people.actions import end_browsers
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import ApiToken, Grant, Person, Role
from matching.people.passwords import hashed, one_time_password
from matching.people.policy import may_administer, may_grant
from matching.people.queries import is_for
from matching.units.model import Unit
from matching.units.queries import unit_by_code


async def managed_person(
    session: AsyncSession, member_no: str, *, by: Actor, lock: bool = False
) -> tuple[Person, Unit]:
    """Somebody in a subtree that `by` administers, with their unit. Raises NotSeen."""
    statement = select(Person, Unit).join(Unit, col(Unit.id) == Person.unit_id)
    statement = statement.where(Person.root_id == by.root_id, Person.member_no == member_no)
    if lock:
        statement = statement.with_for_update(of=Person)
    found = (await session.exec(statement)).first()
    if found is None or not may_administer(by, found[1].path):
        raise NotSeen
    return found[0], found[1]


async def grant(session: AsyncSession, member_no: str, role: Role, unit: str, *, by: Actor, at: datetime) -> Grant:
    """Give somebody a role on a unit (its code). Raises NotSeen, NotAllowed, Invalid, Refused("already_granted")."""
    person, _own = await managed_person(session, member_no, by=by, lock=True)
    covered = await unit_by_code(session, by.root_id, unit)
    if person.id == by.id:
        raise NotAllowed("not_to_yourself")
    if not may_grant(by, person.id or 0, covered.path):
        raise NotAllowed("outside_your_units", field="unit")
    if person.status == "left":
        raise Invalid.field_is("role", "has_left", name=person.name)
    if not is_for(role, person):
        raise Invalid.field_is("role", "not_for_liaisons" if person.partner_id is not None else "liaisons_by_partner")
    same = select(Grant).where(Grant.person_id == person.id, Grant.unit_id == covered.id, Grant.role == role)
    if (await session.exec(same.where(col(Grant.revoked_at).is_(None)))).first() is not None:
        raise Refused("already_granted", field="role")
    made = Grant(
        root_id=by.root_id,
        person_id=person.id or 0,
        unit_id=covered.id or 0,
        role=role,
        granted_by=by.id,
        granted_at=at,
    )
    session.add(made)
    note(session, "grant", f"{person.member_no} {role} {covered.code}", by=by, at=at)
    return made


async def revoke(session: AsyncSession, grant_id: int, *, by: Actor, at: datetime) -> Grant:
    """Take a role back; nothing happens the second time. Raises NotSeen, NotAllowed, Refused("last_administrator")."""
    found = await session.exec(
        select(Grant, Unit).join(Unit, col(Unit.id) == Grant.unit_id).where(Grant.id == grant_id)
    )
    held, covered = found.first() or (None, None)
    if held is None or covered is None or held.root_id != by.root_id or not may_administer(by, covered.path):
        raise NotSeen
    # Two administrators who revoke each other at once meet at this row, and the second sees what the first did.
    root = await session.get_one(Unit, by.root_id, with_for_update={"key_share": True})
    await session.refresh(held)
    if held.revoked_at is not None:
        return held
    if held.role == Role.administrator and root.path.startswith(covered.path):
        await _refuse_the_last(session, held, root)
    held.revoked_at = at
    person = await session.get_one(Person, held.person_id)
    note(session, "revoke", f"{person.member_no} {held.role} {covered.code}", by=by, at=at)
    return held


async def _refuse_the_last(session: AsyncSession, held: Grant, root: Unit) -> None:
    """Somebody else who can sign in must remain administrator of the whole hospital."""
    others = await session.exec(
        select(Unit.path)
        .join(Grant, col(Grant.unit_id) == Unit.id)
        .join(Person, col(Person.id) == Grant.person_id)
        .where(
            Grant.root_id == held.root_id,
            Grant.role == Role.administrator,
            Grant.id != held.id,
            Person.status != "left",
            col(Person.password_hash).is_not(None),
            col(Grant.revoked_at).is_(None),
        )
    )
    if not any(root.path.startswith(path) for path in others):
        raise Refused("last_administrator")


async def set_one_time_password(work: Work, member_no: str, login: str, *, by: Actor, at: datetime) -> str:
    """A password to be handed over and changed at the next sign-in; their browsers and programs are out.

    `login` is the account's name, for somebody who had none yet. Raises NotSeen, NotAllowed, Invalid on `login`.
    """
    password = one_time_password()
    await work(_set_one_time, member_no, login, await hashed(password), by=by, at=at)
    return password


async def _set_one_time(
    session: AsyncSession, member_no: str, login: str, hashed_new: str, *, by: Actor, at: datetime
) -> None:
    person, _unit = await managed_person(session, member_no, by=by, lock=True)
    if person.id == by.id:
        raise NotAllowed("not_to_yourself")
    if person.status == "left":
        raise Invalid.field_is("login", "has_left", name=person.name)
    await _refuse_above(session, person, by)
    taken = (await session.exec(select(Person.id).where(Person.login == login))).first()
    if taken not in {None, person.id}:
        raise Invalid.field_is("login", "in_use", value=login)
    person.login, person.password_hash, person.must_change = login, hashed_new, True
    person.failures, person.locked_until = 0, None
    await put_out(session, person, at)
    note(session, "set_one_time_password", person.member_no, by=by, at=at)


async def _refuse_above(session: AsyncSession, person: Person, by: Actor) -> None:
    """Who could set the password of somebody with roles above their own subtree could take those roles."""
    held = select(Unit.path).join(Grant, col(Grant.unit_id) == Unit.id)
    held = held.where(Grant.person_id == person.id, col(Grant.revoked_at).is_(None))
    if not all(may_administer(by, path) for path in await session.exec(held)):
        raise NotAllowed("outside_your_units")


async def end_sign_ins(session: AsyncSession, member_no: str, *, by: Actor, at: datetime) -> None:
    """Sign somebody out everywhere, their programs too, for a lost phone. Raises NotSeen."""
    person, _unit = await managed_person(session, member_no, by=by)
    await put_out(session, person, at)
    note(session, "end_sign_ins", person.member_no, by=by, at=at)


async def put_out(session: AsyncSession, person: Person, at: datetime) -> None:
    """Whoever held a browser of theirs may have made a token with it."""
    await end_browsers(session, person, at=at)
    held = update(ApiToken).where(col(ApiToken.person_id) == person.id, col(ApiToken.revoked_at).is_(None))
    await session.exec(held.values(revoked_at=at))
