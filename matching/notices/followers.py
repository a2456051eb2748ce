"""Requesters without an account who want news of their request: by mail or in their browser, until they stop it.

What they leave lies sealed beside the contacts and goes with them (the table's foreign key sees to it).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, Refused
from matching.notices.confirming import is_right
from matching.notices.model import Delivery, Fate, Follower, Way
from matching.notices.receiving import follower_context
from matching.notices.ways import encrypting
from matching.privacy.sealed import Sealer, Unreadable
from matching.requests.model import RequestSecret, ServiceRequest

MOST = 5  # of one request: a family, not a list
AUTH = 16  # bytes of a browser's secret (RFC 8291)


async def follow_by_mail(
    session: AsyncSession, request: ServiceRequest, mail: str, code: str, lang: str, *, sealer: Sealer, pepper: bytes,
    at: datetime,
) -> Follower:  # fmt: skip
    """The address is theirs: tell them there. Raises Invalid on `code`, Refused: contact_erased, too_many_followers."""
    if not is_right(pepper, who(request), mail, code, at):
        raise Invalid.field_is("code", "wrong_confirm_code")
    return await _follow(session, request, Way.mail, mail, mail, lang, sealer, pepper, at)


async def follow_by_push(
    session: AsyncSession, request: ServiceRequest, subscription: str, lang: str, *, sealer: Sealer, pepper: bytes,
    at: datetime,
) -> Follower:  # fmt: skip
    """Tell them in this browser. Raises Invalid on `subscription`, and as follow_by_mail does."""
    held = checked_subscription(subscription)
    return await _follow(session, request, Way.push, json.dumps(held), held["endpoint"], lang, sealer, pepper, at)


async def stop_following(session: AsyncSession, request: ServiceRequest, follower_id: int) -> None:
    """Tell them nothing more there; what still waited is dropped."""
    theirs = col(Follower.id) == follower_id, col(Follower.request_id) == request.id
    if (await session.exec(select(Follower.id).where(*theirs))).first() is None:
        return
    waiting = col(Delivery.follower_id) == follower_id, col(Delivery.fate) == Fate.waiting
    await session.exec(delete(Delivery).where(*waiting))
    await session.exec(delete(Follower).where(*theirs))


async def followers_of(
    session: AsyncSession, request: ServiceRequest, sealer: Sealer
) -> list[tuple[Follower, str]] | None:
    """Each with where it is told: the mail address, or the server of the browser's push service.

    None where the contacts are gone: then nobody can follow.
    """
    there = select(RequestSecret.request_id, Follower).outerjoin(
        Follower, col(Follower.request_id) == RequestSecret.request_id
    )
    found: list[Any] = list(
        await session.exec(there.where(RequestSecret.request_id == request.id).order_by(col(Follower.id)))
    )
    return [(one, _shown(one, sealer)) for _id, one in found if one is not None] if found else None


def checked_subscription(text: str) -> dict[str, Any]:
    """What a browser's PushSubscription says, and nothing more of it. Raises Invalid on `subscription`."""
    try:
        given = json.loads(text)
        endpoint = str(given["endpoint"])
        keys = {"p256dh": str(given["keys"]["p256dh"]), "auth": str(given["keys"]["auth"])}
        encrypting.browser_key(keys["p256dh"])
        fits = len(encrypting.decoded(keys["auth"])) == AUTH
        parts = urlsplit(endpoint)
        fits = fits and parts.scheme == "https" and bool(parts.hostname) and len(endpoint) < 1000
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        raise Invalid.field_is("subscription", "bad_subscription")
    return {"endpoint": endpoint, "keys": keys}


def who(request: ServiceRequest) -> str:
    """Whom a confirmation code is for."""
    return f"request:{request.id}"


async def _follow(
    session: AsyncSession, request: ServiceRequest, way: Way, left: str, unique: str, lang: str, sealer: Sealer,
    pepper: bytes, at: datetime,
) -> Follower:  # fmt: skip
    if await session.get(RequestSecret, request.id) is None:
        raise Refused("contact_erased")
    there: Sequence[Follower] = (await session.exec(select(Follower).where(Follower.request_id == request.id))).all()
    mark = hmac.new(pepper, f"follower\0{request.id}\0{unique}".encode(), hashlib.sha256).hexdigest()
    known: Mapping[str, Follower] = {one.address_hash: one for one in there if one.way == way}
    if mark in known:
        return known[mark]
    if len(there) >= MOST:
        raise Refused("too_many_followers", n=MOST)
    made = Follower(
        root_id=request.root_id, request_id=request.id or 0, way=way, address_hash=mark, lang=lang, at=at,
        sealed=sealer.seal(left, follower_context(request.id or 0)),
    )  # fmt: skip
    session.add(made)
    return made


def _shown(one: Follower, sealer: Sealer) -> str:
    try:
        left = sealer.open(one.sealed, follower_context(one.request_id))
    except Unreadable:
        return ""
    return left if one.way == Way.mail else urlsplit(json.loads(left)["endpoint"]).hostname or ""
