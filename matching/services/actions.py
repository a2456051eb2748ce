"""What an administrator changes in the catalogue. Requests that are under way keep their clocks."""

from datetime import datetime
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import NotAllowed, NotSeen
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.policy import may_administer
from matching.services.model import Service
from matching.units.model import Unit

CHANGEABLE = frozenset(
    {"name", "name_en", "group", "audience", "tier", "slots", "dispatch_limit", "claim_limit", "handle_limit"}
    | {"needs_phone", "item_cap_yuan", "minutes", "spacing"}
)


async def managed_service(session: AsyncSession, code: str, *, by: Actor, lock: bool = False) -> Service:
    """A service, open or not, for an administrator of the whole hospital. Raises NotAllowed, NotSeen."""
    root = await session.get_one(Unit, by.root_id)
    if not may_administer(by, root.path):
        raise NotAllowed
    statement = select(Service).where(Service.root_id == by.root_id, Service.code == code)
    service = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if service is None:
        raise NotSeen
    return service


async def change_service(
    session: AsyncSession, code: str, changes: dict[str, Any], *, by: Actor, at: datetime
) -> Service:
    """Set the fields named in `changes`, all of CHANGEABLE and checked by the form. Raises NotAllowed, NotSeen."""
    service = await managed_service(session, code, by=by, lock=True)
    changed = {name: value for name, value in changes.items() if getattr(service, name) != value}
    if not changed.keys() <= CHANGEABLE:
        raise ValueError(f"not changeable: {changed.keys() - CHANGEABLE}")
    for name, value in changed.items():
        setattr(service, name, value)
    if changed:
        note(session, "change_service", f"{code} {' '.join(sorted(changed))}", by=by, at=at)
    return service


async def set_service_open(session: AsyncSession, code: str, is_open: bool, *, by: Actor, at: datetime) -> Service:
    """Offer a service, or offer it no longer; requests that are under way go on. Raises NotAllowed, NotSeen."""
    service = await managed_service(session, code, by=by, lock=True)
    if service.open != is_open:
        service.open = is_open
        note(session, "open_service" if is_open else "close_service", code, by=by, at=at)
    return service
