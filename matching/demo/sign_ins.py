"""One sign-in a role for whoever tries the demo, with passwords that live until the next start."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Work
from matching.demo.cast import STAFF
from matching.people.model import Grant, Person, Role
from matching.people.passwords import hashed
from matching.units.queries import hospital

CONSONANTS, VOWELS = "bdfghkmnprstvz", "aeiou"


@dataclass(frozen=True)
class DemoSignIn:
    """What is printed at the start."""

    role: Role
    login: str
    name: str
    password: str


async def fresh_sign_ins(work: Work, at: datetime) -> list[DemoSignIn]:
    """Give each role's person a new password; nothing but an empty list where the hospital is a real one."""
    if not await work(_is_demo):
        return []
    passwords = {role: _readable() for role in STAFF}
    hashes = await asyncio.gather(*(hashed(password) for password in passwords.values()))
    found = await work(_set_passwords, dict(zip(passwords, hashes, strict=True)))
    return [DemoSignIn(role, person.login or "", person.name, passwords[role]) for role, person in found]


async def _is_demo(session: AsyncSession) -> bool:
    root = await hospital(session)
    return root is not None and root.demo


async def _set_passwords(session: AsyncSession, hashes: dict[Role, str]) -> list[tuple[Role, Person]]:
    root = await hospital(session)
    if root is None or not root.demo:
        return []
    given = []
    for role, hashed_new in hashes.items():
        statement = (
            select(Person)
            .join(Grant, col(Grant.person_id) == Person.id)
            .where(Person.root_id == root.id, Person.member_no == STAFF[role][0], Person.status != "left")
            .where(Grant.role == role, col(Grant.revoked_at).is_(None), col(Person.login).is_not(None))
        )
        person = (await session.exec(statement)).first()
        if person is not None:
            person.password_hash, person.must_change = hashed_new, False
            person.failures, person.locked_until = 0, None
            given.append((role, person))
    return given


def _readable() -> str:
    """Such as 'Kovi-mira-4827': easy to type on a phone, 40 bits, three kinds of characters and a dash."""
    words = ["".join(secrets.choice(part) for part in (CONSONANTS, VOWELS) * 2) for _word in range(2)]
    return f"{words[0].capitalize()}-{words[1]}-{secrets.randbelow(9000) + 1000}"
