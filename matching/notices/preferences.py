"""How one person wants to be told beyond the application. Everybody sets their own and nobody else's."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid
from matching.notices.confirming import is_right
from matching.notices.model import Preference
from matching.notices.receiving import mail_context
from matching.people.actor import Actor
from matching.people.model import Person
from matching.privacy.sealed import Sealer, Unreadable


@dataclass(frozen=True)
class Wish:
    """What a page shows: the confirmed mail address, whether the administrator gave a WeCom id; minutes of the day."""

    mail: str = ""
    by_mail: bool = False
    wecom: bool = False
    by_wecom: bool = False
    quiet_from: int | None = None
    quiet_to: int | None = None
    digest_at: int | None = None


async def wish_of(session: AsyncSession, *, sealer: Sealer, by: Actor) -> Wish:
    """One's own."""
    person, held = await session.get_one(Person, by.id), await session.get(Preference, by.id)
    if held is None:
        return Wish(wecom=bool(person.wecom_id))
    return Wish(
        _mail(held, sealer), held.by_mail, bool(person.wecom_id), held.by_wecom and bool(person.wecom_id),
        held.quiet_from, held.quiet_to, held.digest_at,
    )  # fmt: skip


async def set_wish(
    session: AsyncSession, *, by_mail: bool, by_wecom: bool, quiet_from: int | None, quiet_to: int | None,
    digest_at: int | None, by: Actor, at: datetime,
) -> Preference:  # fmt: skip
    """Which channels, when not, and when all at once. Raises Invalid where a channel has no address yet."""
    person, held = await session.get_one(Person, by.id), await _own(session, by)
    if by_mail and held.sealed_mail is None:
        raise Invalid.field_is("by_mail", "mail_not_confirmed")
    if by_wecom and not person.wecom_id:
        raise Invalid.field_is("by_wecom", "no_wecom_id")
    if (quiet_from is None) != (quiet_to is None):
        raise Invalid.field_is("quiet_to" if quiet_to is None else "quiet_from", "required")
    held.by_mail, held.by_wecom = by_mail, by_wecom
    held.quiet_from, held.quiet_to, held.digest_at = quiet_from, quiet_to, digest_at
    return held


async def confirm_mail(
    session: AsyncSession, mail: str, code: str, *, sealer: Sealer, pepper: bytes, by: Actor, at: datetime
) -> Preference:
    """The address is one's own: use it from now on. `mail` as `checked_address` gave it. Raises Invalid on `code`."""
    if not is_right(pepper, who(by), mail, code, at):
        raise Invalid.field_is("code", "wrong_confirm_code")
    held = await _own(session, by)
    held.sealed_mail, held.by_mail = sealer.seal(mail, mail_context(by.id or 0)), True
    return held


async def forget_mail(session: AsyncSession, *, by: Actor) -> None:
    """Drop the address."""
    held = await _own(session, by)
    held.sealed_mail, held.by_mail = None, False


def who(by: Actor) -> str:
    """Whom a confirmation code is for."""
    return f"person:{by.id}"


async def _own(session: AsyncSession, by: Actor) -> Preference:
    held = await session.get(Preference, by.id, with_for_update=True)
    if held is None:
        held = Preference(person_id=by.id or 0, root_id=by.root_id)
        session.add(held)
    return held


def _mail(held: Preference, sealer: Sealer) -> str:
    try:
        return sealer.open(held.sealed_mail, mail_context(held.person_id)) if held.sealed_mail else ""
    except Unreadable:
        return ""
