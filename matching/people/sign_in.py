"""Signing in and staying signed in: passwords, browsers, tokens.

Hashing a password takes tens of milliseconds on purpose, so it runs in a thread and outside every transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.errors import NotSignedIn, TooMany
from matching.people.actor import Actor
from matching.people.model import LOCK_FOR, ApiToken, AuditEntry, Person, SignIn
from matching.people.passwords import is_right
from matching.people.queries import actor_of
from matching.privacy.codes import new_token, token_hash

SEEN_EVERY = timedelta(minutes=1)  # how exactly the idle time is kept


@dataclass(frozen=True)
class Browser:
    """A signed-in browser: who acts, and the key that its forms carry."""

    actor: Actor
    form_key: str
    must_change: bool


async def sign_in(database: Database, work: Work, login: str, password: str, at: datetime) -> str:
    """The token for the cookie. Raises TooMany("locked") and NotSignedIn: wrong_sign_in, or account_closed to whoever
    knows the password of somebody who has left."""
    async with database.reading() as session:
        person = (await session.exec(select(Person).where(Person.login == login.strip()))).first()
    if person is not None and person.is_locked(at):
        raise TooMany("locked", retry_after=int(LOCK_FOR.total_seconds()))
    right = await is_right(password, person.password_hash if person else None)
    if person is None or not right:
        if person is not None:
            await work(note_failure, person.id or 0, at)
        raise NotSignedIn("wrong_sign_in")
    return await work(_begin, person.id or 0, person.password_hash, at)


async def note_failure(session: AsyncSession, person_id: int, at: datetime) -> None:
    """Count a wrong password of somebody; enough of them lock the account."""
    person = await session.get_one(Person, person_id, with_for_update=True)
    person.note_failure(at)
    session.add(AuditEntry(root_id=person.root_id, at=at, person_id=person.id, act="sign_in_failed"))


async def _begin(session: AsyncSession, person_id: int, checked: str | None, at: datetime) -> str:
    """`checked`: the hash that the password was found right by; looking takes long enough for another to be set."""
    person = await session.get_one(Person, person_id, with_for_update=True)
    if person.status == "left":
        raise NotSignedIn("account_closed")
    if person.password_hash != checked:
        raise NotSignedIn("wrong_sign_in")
    if person.is_locked(at):
        raise TooMany("locked", retry_after=int(LOCK_FOR.total_seconds()))
    person.failures, person.locked_until = 0, None
    token = new_token()
    session.add(
        SignIn(
            token_hash=token_hash(token),
            root_id=person.root_id,
            person_id=person_id,
            form_key=new_token(),
            started_at=at,
            seen_at=at,
        )
    )
    session.add(AuditEntry(root_id=person.root_id, at=at, person_id=person_id, act="sign_in"))
    return token


async def sign_out(session: AsyncSession, token: str, *, at: datetime) -> None:
    """End this browser's sign-in; nothing happens when it had ended."""
    row = await session.get(SignIn, token_hash(token))
    if row is not None and row.ended_at is None:
        row.ended_at = at
        session.add(AuditEntry(root_id=row.root_id, at=at, person_id=row.person_id, act="sign_out"))


async def browser(
    database: Database, work: Work, token: str, idle: timedelta, at: datetime, *, attended: bool = True
) -> Browser | None:
    """Who is signed in with this cookie; None when nobody is, it ended, or it was idle for longer than `idle`.

    Only what a person does (`attended`) keeps it from being idle.
    """
    async with database.reading() as session:
        row = await session.get(SignIn, token_hash(token))
        if row is None or row.ended_at is not None or at > row.seen_at + idle:
            return None
        person = await session.get_one(Person, row.person_id)
        if person.status == "left":
            return None
        actor = await actor_of(session, person)
    if attended and at > row.seen_at + SEEN_EVERY:
        await work(_touch_browser, row.token_hash, at)
    return Browser(actor, row.form_key, person.must_change)


async def is_closed(database: Database, token: str) -> bool:
    """Whether this cookie was given to somebody who has left since: they are told so, and not to sign in again."""
    signed = select(Person.status).join(SignIn, col(SignIn.person_id) == Person.id)
    async with database.reading() as session:
        found = await session.exec(signed.where(SignIn.token_hash == token_hash(token)))
        return found.first() == "left"


async def _touch_browser(session: AsyncSession, hashed: str, at: datetime) -> None:
    await session.exec(update(SignIn).where(col(SignIn.token_hash) == hashed).values(seen_at=at))


async def bearer(database: Database, work: Work, token: str, at: datetime) -> Actor:
    """Who made this API token. Raises NotSignedIn: token_refused, or account_closed where they have left since."""
    async with database.reading() as session:
        row = (await session.exec(select(ApiToken).where(ApiToken.token_hash == token_hash(token)))).first()
        person = await session.get_one(Person, row.person_id) if row is not None else None
        if person is not None and person.status == "left":
            raise NotSignedIn("account_closed")
        if row is None or person is None or row.revoked_at is not None or person.must_change:
            raise NotSignedIn("token_refused")
        actor = await actor_of(session, person)
    if row.used_at is None or at > row.used_at + SEEN_EVERY:
        await work(_touch_token, row.id or 0, at)
    return actor


async def _touch_token(session: AsyncSession, token_id: int, at: datetime) -> None:
    await session.exec(update(ApiToken).where(col(ApiToken.id) == token_id).values(used_at=at))
