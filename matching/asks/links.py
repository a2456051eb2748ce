"""Signed links to an ask: whoever holds one answers for the person it was sent to, without signing in.

A link names the ask and the person by their ids and says until when it opens, nothing else. What it shows is what the
public might see: masked wording and the place, never a contact.
"""

from datetime import datetime
from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Ask
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest


class Linked(NamedTuple):
    """What a link leads to; `by` is the person it was sent to, for `answer_yes` and `answer_no`."""

    ask: Ask
    request: ServiceRequest
    by: Actor


def token(ask: Ask, pepper: bytes) -> str:
    """The last part of `/a/{token}`. `pepper`: `Settings.pepper`."""
    raise NotImplementedError


def opened(text: str, pepper: bytes, at: datetime) -> tuple[int, int]:
    """The ask and the person. Raises NotSeen unknown_link for anything that was not signed here or has expired."""
    raise NotImplementedError


async def linked(session: AsyncSession, text: str, pepper: bytes, at: datetime) -> Linked:
    """What the link leads to. Raises NotSeen unknown_link."""
    raise NotImplementedError
