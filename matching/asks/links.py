"""Signed links to an ask: whoever holds one answers for the person it was sent to, without signing in.

A link names the ask and the person by their ids and says until when it opens, nothing else. What it shows is what the
public might see: reviewed wording and the place, never what was typed and never a contact.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadData, URLSafeSerializer
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Ask
from matching.errors import NotSeen
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.people.queries import actor_of
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded
from matching.units.queries import calendar_of

OPENS_FOR = timedelta(days=7)  # whoever was asked and did not answer may do so late; a link does not wait for ever
SALT = "ask"


class Linked(NamedTuple):
    """What a link leads to; `by` is the person it was sent to, for `answer_yes` and `answer_no`."""

    ask: Ask
    request: ServiceRequest
    by: Actor


def token(ask: Ask, pepper: bytes) -> str:
    """The last part of `/a/{token}`, the same whenever it is made. `pepper`: `Settings.pepper`."""
    until = int((ask.asked_at + OPENS_FOR).timestamp())
    return str(_signer(pepper).dumps([ask.id, ask.person_id, until]))


def opened(text: str, pepper: bytes, at: datetime) -> tuple[int, int]:
    """The ask and the person. Raises NotSeen unknown_link for anything that was not signed here or has expired."""
    try:
        ask_id, person_id, until = _signer(pepper).loads(text)
    except (BadData, TypeError, ValueError):
        raise NotSeen("unknown_link") from None
    if at.timestamp() >= until:
        raise NotSeen("unknown_link")
    return ask_id, person_id


def is_ours(text: str, pepper: bytes) -> bool:
    """Whether it was signed here, however long ago: who comes late guesses nothing."""
    try:
        _signer(pepper).loads(text)
    except BadData:
        return False
    return True


async def linked(session: AsyncSession, text: str, pepper: bytes, at: datetime) -> Linked:
    """What the link leads to. Raises NotSeen unknown_link, also once the person has left or serves no more."""
    ask_id, person_id = opened(text, pepper, at)
    ask, person = await session.get(Ask, ask_id), await session.get(Person, person_id)
    if ask is None or person is None or ask.person_id != person_id or person.status == "left":
        raise NotSeen("unknown_link")
    by = await actor_of(session, person)
    if not by.holds(Role.member, Role.unit_lead):
        raise NotSeen("unknown_link")
    request = (await session.exec(loaded(select(ServiceRequest).where(ServiceRequest.id == ask.request_id)))).one()
    request.calendar = await calendar_of(session, request.root_id)
    return Linked(ask, request, by)


def _signer(pepper: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(pepper, salt=SALT)
