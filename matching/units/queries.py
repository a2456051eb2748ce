"""Reads of the tree and of spots."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, false, or_
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import Calendar
from matching.errors import Invalid, NotSeen, Refused
from matching.units.calendar import AmendedDay, amended
from matching.units.model import OldSlug, Spot, Unit


async def spot_by_slug(session: AsyncSession, slug: str) -> tuple[Spot, Unit]:
    """The open spot a poster leads to and the hospital it belongs to.

    Raises NotSeen("unknown_spot"), Refused("spot_closed"), Refused("spot_rotated", spot=<new slug>).
    """
    if "\0" in slug:  # PostgreSQL refuses to look for that
        raise NotSeen("unknown_spot")
    either = col(Spot.slug).in_((slug, slug.lower()))  # a poster's address is also typed by hand
    found = (await session.exec(select(Spot, Unit).join(Unit, col(Unit.id) == Spot.root_id).where(either))).first()
    if found is None:
        old = await session.get(OldSlug, slug)
        if old is None:
            raise NotSeen("unknown_spot")
        spot = await session.get_one(Spot, old.spot_id)
        raise Refused("spot_rotated", spot=spot.slug, place=spot.name) if spot.open else Refused("spot_closed")
    if not found[0].open:
        raise Refused("spot_closed", place=found[0].name)
    return found[0], found[1]


async def subtree(session: AsyncSession, top: Unit) -> list[Unit]:
    """`top` and everything below it, in the order of the tree."""
    found = await session.exec(select(Unit).where(col(Unit.path).startswith(top.path)).order_by(Unit.path))
    return list(found)


async def units_under(session: AsyncSession, root_id: int, paths: Sequence[str]) -> list[Unit]:
    """The hospital's units in these subtrees, in the order of the tree."""
    below = or_(false(), *(col(Unit.path).startswith(path) for path in paths))
    found = await session.exec(select(Unit).where(Unit.root_id == root_id, below).order_by(Unit.path))
    return list(found)


async def open_spots(session: AsyncSession, root_id: int) -> list[Spot]:
    """The hospital's open places, building by building."""
    places = select(Spot).where(Spot.root_id == root_id, Spot.open)
    return list(await session.exec(places.order_by(Spot.building, col(Spot.floor), Spot.name)))


async def spot_codes(session: AsyncSession, root_id: int) -> dict[int, str]:
    """The codes of all spots by their ids, of closed ones too."""
    found = await session.exec(select(Spot.id, Spot.code).where(Spot.root_id == root_id))
    return {id_ or 0: code for id_, code in found}


async def unit_by_code(session: AsyncSession, root_id: int, code: str) -> Unit:
    """Raises Invalid on the field `unit` when the hospital has no such unit."""
    known = select(Unit).where(Unit.root_id == root_id, Unit.code == code)
    unit = (await session.exec(known)).first() if "\0" not in code else None  # PostgreSQL refuses to look for that
    if unit is None:
        raise Invalid.field_is("unit", "unknown_unit")
    return unit


async def calendar_of(session: AsyncSession, root_id: int) -> Calendar:
    """The working days of a hospital, as published and amended."""
    found = await session.exec(_amended_days(), params={"root": root_id})
    return amended(tuple((day, works) for day, works in found))


@cache
def _amended_days() -> Any:
    """Of the table, without the ORM: every request that is looked at by itself is looked at with its calendar."""
    days = SQLModel.metadata.tables[str(AmendedDay.__tablename__)].columns
    return select(days.day, days.works).where(days.root_id == bindparam("root")).order_by(days.day)


async def amended_days(session: AsyncSession, root_id: int, year: int) -> list[AmendedDay]:
    """A year's amendments, in their order."""
    days = select(AmendedDay).where(AmendedDay.root_id == root_id, *_within(year)).order_by(col(AmendedDay.day))
    return list(await session.exec(days))


def _within(year: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(AmendedDay.day) >= date(year, 1, 1), col(AmendedDay.day) <= date(year, 12, 31)


async def hospital(session: AsyncSession) -> Unit | None:
    """The first hospital of this installation, or None when it is empty."""
    return (await session.exec(select(Unit).where(Unit.root_id == Unit.id).order_by(col(Unit.id)).limit(1))).first()
