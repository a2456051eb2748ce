"""What people do to their own account: password, API tokens, the browsers they are signed in with."""

from datetime import datetime, timedelta

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.errors import Invalid, NotAllowed, NotSeen, NotSignedIn, Refused, TooMany
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import LOCK_FOR, ApiToken, Person, SignIn
from matching.people.passwords import hashed, is_right, refuse_weak
from matching.people.sign_in import note_failure
from matching.privacy.codes import new_token, token_hash

MOST_TOKENS = 20  # nobody runs more programs than that; a script that loops is stopped here


async def change_password(
    database: Database, work: Work, current: str, new: str, *, keep: str = "", by: Actor, at: datetime
) -> None:
    """Set one's own password and end all other browsers; `keep` is the token of this one.

    Raises Invalid on `current` or `new`, TooMany("locked"): guessing here counts as guessing at sign-in.
    """
    async with database.reading() as session:
        person = await session.get_one(Person, by.id)
    if person.is_locked(at):
        raise TooMany("locked", retry_after=int(LOCK_FOR.total_seconds()))
    refuse_weak(new, person.login or "", field="new")
    if not await is_right(current, person.password_hash):
        await work(note_failure, person.id or 0, at)
        raise Invalid.field_is("current", "wrong_password")
    if new == current:
        raise Invalid.field_is("new", "same_password")
    await work(_set_password, person.password_hash, await hashed(new), keep, by=by, at=at)


async def _set_password(
    session: AsyncSession, checked: str | None, hashed_new: str, keep: str, *, by: Actor, at: datetime
) -> None:
    """`checked`: the hash that the password was found right by. An administrator may have set another one meanwhile,
    because somebody else knew it: that one wins."""
    person = await session.get_one(Person, by.id, with_for_update=True)
    if person.password_hash != checked:
        raise Invalid.field_is("current", "wrong_password")
    person.password_hash, person.must_change, person.failures = hashed_new, False, 0
    await end_browsers(session, person, keep=keep, at=at)
    note(session, "change_password", person.member_no, by=by, at=at)


async def end_browsers(session: AsyncSession, person: Person, *, keep: str = "", at: datetime) -> None:
    """End every sign-in of somebody but the one whose token is `keep`."""
    ended = update(SignIn).where(col(SignIn.person_id) == person.id, col(SignIn.ended_at).is_(None))
    await session.exec(ended.where(col(SignIn.token_hash) != token_hash(keep)).values(ended_at=at))


async def make_token(session: AsyncSession, name: str, *, by: Actor, at: datetime) -> str:
    """A new bearer token for a program, to be shown once. Raises Invalid on `name` when it is taken, or too many;
    NotAllowed where an administrator has just set a one-time password, NotSignedIn where they are no longer with us."""
    person = await session.get_one(Person, by.id, with_for_update=True)
    if person.status == "left":
        raise NotSignedIn("account_closed")
    if person.must_change:
        raise NotAllowed("password_must_change")
    held = await tokens_of(session, by)
    if any(token.name == name for token in held):
        raise Invalid.field_is("name", "in_use", value=name)
    if len(held) >= MOST_TOKENS:
        raise Refused("too_many_tokens", n=MOST_TOKENS)
    token = new_token()
    session.add(ApiToken(root_id=by.root_id, person_id=by.id or 0, name=name, token_hash=token_hash(token), made_at=at))
    note(session, "make_token", name, by=by, at=at)
    return token


async def revoke_token(session: AsyncSession, token_id: int, *, by: Actor, at: datetime) -> None:
    """The program that holds it is refused from now on; nothing happens when it was revoked. Raises NotSeen."""
    token = await session.get(ApiToken, token_id, with_for_update=True)
    if token is None or token.person_id != by.id:
        raise NotSeen
    if token.revoked_at is None:
        token.revoked_at = at
        note(session, "revoke_token", token.name, by=by, at=at)


async def end_browser(session: AsyncSession, hashed_token: str, *, by: Actor, at: datetime) -> None:
    """Sign one's other browser out, named by its token's hash; nothing happens when it had ended. Raises NotSeen."""
    browser = await session.get(SignIn, hashed_token, with_for_update=True)
    if browser is None or browser.person_id != by.id:
        raise NotSeen
    if browser.ended_at is None:
        browser.ended_at = at
        note(session, "end_sign_in", by=by, at=at)


async def end_other_browsers(session: AsyncSession, keep: str, *, by: Actor, at: datetime) -> None:
    """Sign oneself out everywhere but here, `keep` being this browser's token."""
    await end_browsers(session, await session.get_one(Person, by.id), keep=keep, at=at)
    note(session, "end_sign_ins", by=by, at=at)


async def tokens_of(session: AsyncSession, by: Actor) -> list[ApiToken]:
    """One's own tokens that still work, the newest first."""
    mine = select(ApiToken).where(ApiToken.person_id == by.id, col(ApiToken.revoked_at).is_(None))
    return list(await session.exec(mine.order_by(col(ApiToken.id).desc())))


async def browsers_of(session: AsyncSession, by: Actor, idle: timedelta, at: datetime) -> list[SignIn]:
    """The browsers one is signed in with, the last used first."""
    mine = select(SignIn).where(SignIn.person_id == by.id, col(SignIn.ended_at).is_(None), SignIn.seen_at >= at - idle)
    return list(await session.exec(mine.order_by(col(SignIn.seen_at).desc())))
