"""What a hospital turns of how people are asked."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import AskDials
from matching.engine.model import Dials
from matching.people.actor import Actor


async def managed_dials(session: AsyncSession, *, by: Actor) -> tuple[Dials, bool]:
    """As they stand and whether waves start by themselves, for who may turn them. Raises NotAllowed."""
    raise NotImplementedError


async def set_dials(
    session: AsyncSession, dials: Dials, automatic: bool, *, by: Actor, at: datetime
) -> AskDials:
    """Turn them for the whole hospital. Raises NotAllowed, Invalid by field."""
    raise NotImplementedError
