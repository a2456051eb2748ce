"""Where a Delivery goes now: what was agreed to may have been taken back since it was written."""

import json
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.notices.model import Delivery, Endpoint, Follower, Preference, Way
from matching.people.model import Person
from matching.privacy.sealed import Sealer, Unreadable


@dataclass(frozen=True)
class Receiver:
    """`address` is what the way needs; `lang` is set for requesters only."""

    address: Any
    group: bool = False
    lang: str = ""


async def receiver(session: AsyncSession, delivery: Delivery, sealer: Sealer) -> Receiver | None:
    """None when nobody wants it any more, or what they left cannot be opened."""
    try:
        if delivery.endpoint_id is not None:
            return _group(await session.get(Endpoint, delivery.endpoint_id), sealer)
        if delivery.person_id is not None:
            return await _person(session, delivery, delivery.person_id, sealer)
        if delivery.follower_id is not None:
            return _follower(await session.get(Follower, delivery.follower_id), sealer)
    except Unreadable:
        return None
    return None


def _group(endpoint: Endpoint | None, sealer: Sealer) -> Receiver | None:
    if endpoint is None or endpoint.stopped_at is not None:
        return None
    return Receiver(json.loads(sealer.open(endpoint.sealed, endpoint_context(endpoint.root_id))), group=True)


async def _person(session: AsyncSession, delivery: Delivery, person_id: int, sealer: Sealer) -> Receiver | None:
    person, wish = await session.get(Person, person_id), await session.get(Preference, person_id)
    if person is None or wish is None or person.status == "left":
        return None
    if delivery.way == Way.mail and wish.by_mail and wish.sealed_mail:
        return Receiver(sealer.open(wish.sealed_mail, mail_context(person_id)))
    if delivery.way == Way.wecom_app and wish.by_wecom and person.wecom_id:
        return Receiver(person.wecom_id)
    return None


def _follower(follower: Follower | None, sealer: Sealer) -> Receiver | None:
    if follower is None:
        return None
    left = sealer.open(follower.sealed, follower_context(follower.request_id))
    return Receiver(left if follower.way == Way.mail else json.loads(left), lang=follower.lang)


def endpoint_context(root_id: int) -> str:
    """What an Endpoint's address is sealed for."""
    return f"endpoint:{root_id}"


def mail_context(person_id: int) -> str:
    """What a person's mail address is sealed for."""
    return f"preference.mail:{person_id}"


def follower_context(request_id: int) -> str:
    """What a follower's address is sealed for."""
    return f"follower:{request_id}"
