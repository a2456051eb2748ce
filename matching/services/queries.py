"""Reads of the catalogue."""

from collections.abc import Collection

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.services.model import Audience, Service


async def catalogue(
    session: AsyncSession, root_id: int, audiences: Collection[Audience] = tuple(Audience)
) -> list[Service]:
    """The hospital's open services for those audiences, in the order of the catalogue."""
    found = await session.exec(
        select(Service)
        .where(Service.root_id == root_id, Service.open, col(Service.audience).in_(audiences))
        .order_by(col(Service.position), col(Service.id))
    )
    return list(found)


async def whole_catalogue(session: AsyncSession, root_id: int) -> list[Service]:
    """Every service of the hospital, open or not, in the order of the catalogue."""
    found = select(Service).where(Service.root_id == root_id).order_by(col(Service.position), col(Service.id))
    return list(await session.exec(found))
