"""The copy of everything that is held about a member: each room says what it knows."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities import copies as activities
from matching.asks import copies as asks
from matching.partners import copies as partners
from matching.people.actor import Actor
from matching.privacy.sealed import Sealer
from matching.recognition import copies as recognition
from matching.rights.queries import copy_of_member


async def whole_copy(session: AsyncSession, sealer: Sealer, *, by: Actor) -> dict[str, Any]:
    """JSON values under names of their own; moments in ISO 8601, UTC."""
    held = await copy_of_member(session, sealer, by=by)
    for room in (asks, partners, activities, recognition):
        held |= await room.copy_of(session, by=by)
    return held
