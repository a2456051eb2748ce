"""Liaison persons: people of a partner who sign in, each with an account of their own, so that who filed is known."""

from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Work
from matching.errors import Invalid, NotSeen
from matching.partners.model import Partner
from matching.partners.queries import partner_for
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.granting import put_out
from matching.people.model import Grant, Person, Role
from matching.people.passwords import hashed, one_time_password
from matching.people.phones import phone_context
from matching.privacy.sealed import Sealer

STATUS = "liaison"  # of a Person, beside serving, retired and left


async def renew_password(
    work: Work, code: str, member_no: str, login: str = "", *, by: Actor, at: datetime
) -> tuple[str, str]:
    """Their account and another one-time password; their browsers and programs are out. `login` stays where none is
    named. Raises NotSeen, NotAllowed, Invalid on `login`."""
    password = one_time_password()
    return await work(_renew, code, member_no, login, await hashed(password), by=by, at=at), password


async def remove_liaison(session: AsyncSession, code: str, member_no: str, *, by: Actor, at: datetime) -> None:
    """They do not speak for the partner any more: signed out everywhere, their phone is gone, what they did stays."""
    partner, _unit = await partner_for(session, "set_liaisons", code, by)
    person = await _liaison(session, partner, member_no)
    person.status, person.sealed_phone = "left", None
    held = update(Grant).where(col(Grant.person_id) == person.id, col(Grant.revoked_at).is_(None))
    await session.exec(held.values(revoked_at=at))
    await put_out(session, person, at)
    note(session, "remove_liaison", member_no, by=by, at=at)


async def new_liaison(
    session: AsyncSession, partner: Partner, name: str, phone: str, post: str, *, sealer: Sealer, by: Actor | None,
    at: datetime,
) -> Person:  # fmt: skip
    """The row with its role, without an account yet."""
    numbers = await session.exec(select(Person.member_no).where(Person.partner_id == partner.id))
    last = max((int(number.rpartition("-")[2]) for number in numbers), default=0)
    person = Person(
        root_id=partner.root_id, unit_id=partner.root_id, partner_id=partner.id, member_no=f"{partner.code}-{last + 1}",
        name=name, post=post, status=STATUS,
    )  # fmt: skip
    person.sealed_phone = sealer.seal(phone, phone_context(person)) if phone else None
    session.add(person)
    await session.flush()
    session.add(
        Grant(root_id=partner.root_id, person_id=person.id or 0, unit_id=partner.root_id, role=Role.liaison,
              granted_at=at, granted_by=by.id if by else None)
    )  # fmt: skip
    return person


def phone_of(person: Person, sealer: Sealer) -> str:
    """The number of somebody, '' for none."""
    return sealer.open(person.sealed_phone, phone_context(person)) if person.sealed_phone else ""


async def write_liaison(
    session: AsyncSession, code: str, name: str, phone: str, login: str, post: str, hashed_new: str, *, sealer: Sealer,
    by: Actor, at: datetime,
) -> Person:  # fmt: skip
    """Somebody new, with a one-time password to be changed at the first sign-in, hashed before the transaction.

    `login`: what they type at sign-in, else their number. Raises NotSeen, NotAllowed, Invalid on `login`.
    """
    partner, _unit = await partner_for(session, "set_liaisons", code, by, lock=True)
    person = await new_liaison(session, partner, name, phone, post, sealer=sealer, by=by, at=at)
    await _set_account(session, person, login or person.member_no.lower(), hashed_new)
    note(session, "add_liaison", person.member_no, by=by, at=at)
    return person


async def _renew(
    session: AsyncSession, code: str, member_no: str, login: str, hashed_new: str, *, by: Actor, at: datetime
) -> str:
    partner, _unit = await partner_for(session, "set_liaisons", code, by)
    person = await _liaison(session, partner, member_no)
    await _set_account(session, person, login or person.login or person.member_no.lower(), hashed_new)
    await put_out(session, person, at)
    note(session, "set_one_time_password", member_no, by=by, at=at)
    return person.login or ""


async def _set_account(session: AsyncSession, person: Person, login: str, hashed_new: str) -> None:
    taken = (await session.exec(select(Person.id).where(Person.login == login))).first()
    if taken not in {None, person.id}:
        raise Invalid.field_is("login", "in_use", value=login)
    person.login, person.password_hash, person.must_change = login, hashed_new, True
    person.failures, person.locked_until = 0, None


async def _liaison(session: AsyncSession, partner: Partner, member_no: str) -> Person:
    theirs = select(Person).where(
        Person.partner_id == partner.id, Person.member_no == member_no, Person.status != "left"
    )
    person = (await session.exec(theirs.with_for_update())).first()
    if person is None:
        raise NotSeen
    return person
