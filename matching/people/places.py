"""Units and spots as an administrator keeps them. Here and not in units/, for it takes roles and the audit log."""

import re
import secrets
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotAllowed, NotSeen, Refused
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.policy import may_administer
from matching.units.model import OldSlug, Spot, Unit, UnitKind
from matching.units.queries import unit_by_code

LEVELS = list(UnitKind)  # from the top
TAIL = "23456789abcdefghjkmnpqrstuvwxyz"  # of an address that may have to be typed from a poster: no look-alikes


async def managed_unit(session: AsyncSession, code: str, *, by: Actor, lock: bool = False) -> Unit:
    """A unit that `by` administers. Raises NotSeen."""
    statement = select(Unit).where(Unit.root_id == by.root_id, Unit.code == code)
    unit = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if unit is None or not may_administer(by, unit.path):
        raise NotSeen
    return unit


async def add_unit(
    session: AsyncSession, parent: str, code: str, name: str, kind: UnitKind, *, by: Actor, at: datetime
) -> Unit:
    """A unit below another one (its code). Raises NotSeen, Invalid on `kind` or `code`."""
    above = await managed_unit(session, parent, by=by, lock=True)
    if LEVELS.index(kind) <= LEVELS.index(UnitKind(above.kind)):
        raise Invalid.field_is("kind", "kind_too_high", name=above.name)
    same = await session.exec(select(Unit.id).where(Unit.root_id == by.root_id, Unit.code == code))
    if same.first() is not None:
        raise Invalid.field_is("code", "in_use", value=code)
    unit = Unit(root_id=by.root_id, parent_id=above.id, code=code, name=name, kind=kind)
    session.add(unit)
    await session.flush()
    unit.path = f"{above.path}{unit.id}/"
    note(session, "add_unit", f"{code} {name}", by=by, at=at)
    return unit


async def change_unit(
    session: AsyncSession, code: str, name: str, desk_phone: str = "", *, by: Actor, at: datetime
) -> Unit:
    """Rename a unit; the hospital itself also has the service desk's phone. Raises NotSeen."""
    unit = await managed_unit(session, code, by=by, lock=True)
    note(session, "change_unit", f"{code} {unit.name} → {name}", by=by, at=at)
    unit.name = name
    if unit.id == unit.root_id:
        unit.desk_phone = desk_phone
    return unit


async def managed_spot(session: AsyncSession, code: str, *, by: Actor, lock: bool = False) -> tuple[Spot, Unit]:
    """A spot with its unit, in a subtree that `by` administers. Raises NotSeen."""
    statement = select(Spot, Unit).join(Unit, col(Unit.id) == Spot.unit_id)
    statement = statement.where(Spot.root_id == by.root_id, Spot.code == code)
    if lock:
        statement = statement.with_for_update(of=Spot)
    found = (await session.exec(statement)).first()
    if found is None or not may_administer(by, found[1].path):
        raise NotSeen
    return found[0], found[1]


async def managed_spots(session: AsyncSession, *, by: Actor) -> list[tuple[Spot, Unit]]:
    """Every spot in the subtrees that `by` administers, building by building."""
    statement = select(Spot, Unit).join(Unit, col(Unit.id) == Spot.unit_id).where(Spot.root_id == by.root_id)
    found = await session.exec(statement.order_by(Spot.building, col(Spot.floor), Spot.code))
    return [(spot, unit) for spot, unit in found if may_administer(by, unit.path)]


async def add_spot(
    session: AsyncSession, code: str, name: str, building: str, floor: int, department: str, unit: str,
    *, by: Actor, at: datetime,
) -> Spot:  # fmt: skip
    """A place with a poster of its own, looked after by a unit (its code). Raises NotAllowed, Invalid."""
    keeper = await _keeper(session, unit, by)
    same = await session.exec(select(Spot.id).where(Spot.root_id == by.root_id, Spot.code == code))
    if same.first() is not None:
        raise Invalid.field_is("code", "in_use", value=code)
    spot = Spot(
        root_id=by.root_id, code=code, slug=await _fresh_slug(session, code), name=name, building=building,
        floor=floor, department=department, unit_id=keeper.id or 0,
    )  # fmt: skip
    session.add(spot)
    note(session, "add_spot", f"{code} {name}", by=by, at=at)
    return spot


async def change_spot(
    session: AsyncSession, code: str, name: str, building: str, floor: int, department: str, unit: str,
    *, by: Actor, at: datetime,
) -> Spot:  # fmt: skip
    """What is known about a place; its poster's address stays. Raises NotSeen, NotAllowed, Invalid."""
    spot, _unit = await managed_spot(session, code, by=by, lock=True)
    keeper = await _keeper(session, unit, by)
    spot.name, spot.building, spot.floor, spot.department = name, building, floor, department
    spot.unit_id = keeper.id or 0
    note(session, "change_spot", f"{code} {name}", by=by, at=at)
    return spot


async def open_spot(session: AsyncSession, code: str, *, by: Actor, at: datetime) -> Spot:
    """Its poster leads to the form again. Raises NotSeen."""
    return await _set_open(session, code, True, by, at)


async def close_spot(session: AsyncSession, code: str, *, by: Actor, at: datetime) -> Spot:
    """Its poster leads to a page that says so and names the desk. Raises NotSeen."""
    return await _set_open(session, code, False, by, at)


async def rotate_spot(session: AsyncSession, code: str, *, by: Actor, at: datetime) -> Spot:
    """A new address for a poster that was copied or abused; the old one leads to a page that says so.

    Raises NotSeen, Refused("spot_is_closed").
    """
    spot, _unit = await managed_spot(session, code, by=by, lock=True)
    if not spot.open:
        raise Refused("spot_is_closed", name=spot.name)
    session.add(OldSlug(slug=spot.slug, root_id=spot.root_id, spot_id=spot.id or 0, retired_at=at))
    spot.slug = await _fresh_slug(session, code)
    note(session, "rotate_spot", code, by=by, at=at)
    return spot


async def _set_open(session: AsyncSession, code: str, is_open: bool, by: Actor, at: datetime) -> Spot:
    spot, _unit = await managed_spot(session, code, by=by, lock=True)
    if spot.open != is_open:
        spot.open = is_open
        note(session, "open_spot" if is_open else "close_spot", code, by=by, at=at)
    return spot


async def _keeper(session: AsyncSession, unit: str, by: Actor) -> Unit:
    found = await unit_by_code(session, by.root_id, unit)
    if not may_administer(by, found.path):
        raise NotAllowed("outside_your_units", field="unit")
    return found


async def _fresh_slug(session: AsyncSession, code: str) -> str:
    """An address nobody can guess from the last one, and that no poster ever had."""
    head = re.sub(r"[^a-z0-9]+", "-", code.lower()).strip("-")[:40] or "q"
    while True:
        slug = f"{head}-{''.join(secrets.choice(TAIL) for _ in range(4))}"
        taken = (await session.exec(select(Spot.id).where(Spot.slug == slug))).first()
        if taken is None and await session.get(OldSlug, slug) is None:
            return slug
