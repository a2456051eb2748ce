"""Group robots and webhooks, as an administrator keeps them. An address is a secret: sealed, and shown masked only."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from matching.errors import Invalid, NotSeen
from matching.notices.model import Delivery, Endpoint, Fate, Way
from matching.notices.receiving import endpoint_context
from matching.notices.ways.carrying import GROUPS
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.policy import may_administer
from matching.privacy.sealed import Sealer, Unreadable
from matching.units.model import Unit
from matching.units.queries import unit_by_code

LONGEST_URL, SHORTEST_SECRET = 1000, 16
TEXT = "text"  # see ways/wecom_robot.py


class Kept(NamedTuple):
    """One endpoint with its unit and what may be shown of its address."""

    endpoint: Endpoint
    unit: Unit
    address: str
    signed: bool
    plain: bool


async def managed_endpoints(session: AsyncSession, *, sealer: Sealer, by: Actor) -> list[Kept]:
    """Every endpoint of the units that `by` administers, those at work first."""
    statement = _with_units(by).order_by(col(Endpoint.stopped_at).is_not(None), col(Endpoint.id))
    return [_kept(one, unit, sealer) for one, unit in await session.exec(statement) if may_administer(by, unit.path)]


async def managed_endpoint(session: AsyncSession, endpoint_id: int, *, sealer: Sealer, by: Actor) -> Kept:
    """One of them. Raises NotSeen."""
    found = (await session.exec(_with_units(by).where(Endpoint.id == endpoint_id))).first()
    if found is None or not may_administer(by, found[1].path):
        raise NotSeen
    return _kept(found[0], found[1], sealer)


async def add_endpoint(
    session: AsyncSession, way: Way, name: str, unit: str, url: str, secret: str, plain: bool,
    verbs: Sequence[str], *,
    sealer: Sealer, by: Actor, at: datetime,
) -> Endpoint:  # fmt: skip
    """A robot or webhook that hears of the Steps below a unit (its code). Raises NotSeen, Invalid."""
    if way not in GROUPS:
        raise Invalid.field_is("way", "not_a_choice")
    if way == Way.webhook and len(secret) < SHORTEST_SECRET:
        raise Invalid.field_is("secret", "too_short_secret", n=SHORTEST_SECRET)
    keeper = await _unit(session, unit, by)
    made = Endpoint(
        root_id=by.root_id, unit_id=keeper.id or 0, way=way, name=name, verbs=list(verbs), added_by=by.id, added_at=at,
        sealed=_sealed(_checked(url), secret, plain, by.root_id, sealer),
    )  # fmt: skip
    session.add(made)
    await session.flush()
    note(session, "add_channel", f"{made.id} {way} {name}", by=by, at=at)
    return made


async def change_endpoint(
    session: AsyncSession, endpoint_id: int, name: str, unit: str, url: str, secret: str, plain: bool,
    verbs: Sequence[str], *,
    sealer: Sealer, by: Actor, at: datetime,
) -> Endpoint:  # fmt: skip
    """What is known about it. A blank address or secret stays as it was. Raises NotSeen, Invalid."""
    endpoint = (await managed_endpoint(session, endpoint_id, sealer=sealer, by=by)).endpoint
    keeper = await _unit(session, unit, by)
    endpoint.name, endpoint.unit_id, endpoint.verbs = name, keeper.id or 0, list(verbs)
    if secret and endpoint.way == Way.webhook and len(secret) < SHORTEST_SECRET:
        raise Invalid.field_is("secret", "too_short_secret", n=SHORTEST_SECRET)
    held = _held(endpoint, sealer)
    if not (url or held):
        raise Invalid.field_is("url", "required")
    new_url = _checked(url) if url else held["url"]
    endpoint.sealed = _sealed(new_url, secret or held.get("secret", ""), plain, by.root_id, sealer)
    note(session, "change_channel", f"{endpoint.id} {name}{' url' if url else ''}", by=by, at=at)
    return endpoint


async def stop_endpoint(
    session: AsyncSession, endpoint_id: int, *, sealer: Sealer, by: Actor, at: datetime
) -> Endpoint:
    """It hears nothing more; what still waited for it is dropped. Raises NotSeen."""
    endpoint = (await managed_endpoint(session, endpoint_id, sealer=sealer, by=by)).endpoint
    if endpoint.stopped_at is None:
        endpoint.stopped_at = at
        waiting = col(Delivery.endpoint_id) == endpoint.id, col(Delivery.fate) == Fate.waiting
        await session.exec(delete(Delivery).where(*waiting))
        note(session, "stop_channel", f"{endpoint.id} {endpoint.name}", by=by, at=at)
    return endpoint


async def start_endpoint(
    session: AsyncSession, endpoint_id: int, *, sealer: Sealer, by: Actor, at: datetime
) -> Endpoint:
    """It hears again, from now on. Raises NotSeen."""
    endpoint = (await managed_endpoint(session, endpoint_id, sealer=sealer, by=by)).endpoint
    if endpoint.stopped_at is not None:
        endpoint.stopped_at = None
        note(session, "start_channel", f"{endpoint.id} {endpoint.name}", by=by, at=at)
    return endpoint


async def note_test(session: AsyncSession, endpoint: Endpoint, outcome: str, *, by: Actor, at: datetime) -> None:
    """That somebody sent a test message through it, and what became of it."""
    note(session, "test_channel", f"{endpoint.id} {endpoint.name} {outcome}", by=by, at=at)


def address_of(endpoint: Endpoint, sealer: Sealer) -> dict[str, str]:
    """Its url and secret, to call it. Raises Unreadable."""
    held: dict[str, str] = json.loads(sealer.open(endpoint.sealed, endpoint_context(endpoint.root_id)))
    return held


def masked(url: str) -> str:
    """The server and the end of the address: enough to tell two apart, too little to call it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}/…{url[-4:] if len(url) > 40 else ''}"


def _kept(endpoint: Endpoint, unit: Unit, sealer: Sealer) -> Kept:
    held = _held(endpoint, sealer)
    address = masked(held["url"]) if held else ""
    return Kept(endpoint, unit, address, bool(held.get("secret")), held.get("style") == TEXT)


def _held(endpoint: Endpoint, sealer: Sealer) -> dict[str, str]:
    try:
        return address_of(endpoint, sealer)
    except Unreadable:  # its key is gone: the address must be typed anew
        return {}


def _with_units(by: Actor) -> Select[Endpoint, Unit]:
    return select(Endpoint, Unit).join(Unit, col(Unit.id) == Endpoint.unit_id).where(Endpoint.root_id == by.root_id)


async def _unit(session: AsyncSession, code: str, by: Actor) -> Unit:
    unit = await unit_by_code(session, by.root_id, code)
    if not may_administer(by, unit.path):
        raise Invalid.field_is("unit", "unknown_unit")
    return unit


def _sealed(url: str, secret: str, plain: bool, root_id: int, sealer: Sealer) -> bytes:
    held = {"url": url, "secret": secret, "style": TEXT if plain else ""}
    return sealer.seal(json.dumps(held), endpoint_context(root_id))


def _checked(url: str) -> str:
    """Whether it can be an address at all; where it leads is looked at each time it is called (ways/calling.py)."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"https", "http"} and parts.hostname and not parts.username and parts.port != 0
    except ValueError:
        fits = False
    if not fits or len(url) > LONGEST_URL or not url.isascii() or any(ord(char) < 33 for char in url):
        raise Invalid.field_is("url", "bad_address")
    return url
