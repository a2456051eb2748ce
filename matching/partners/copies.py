"""What partners hold about a member, for the copy that is theirs to have (PIPL art. 45)."""

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.partners.model import Pairing, Partner
from matching.people.actor import Actor


async def copy_of(session: AsyncSession, *, by: Actor) -> dict[str, Any]:
    """Whom they are or were paired with, by the masked name: the other's contact is theirs, and each look at it is
    logged (docs/domain.md §8). JSON values."""
    mine = select(Pairing, Partner.name).join(Partner, col(Partner.id) == Pairing.partner_id)
    mine = mine.where(Pairing.person_id == by.id).order_by(col(Pairing.id))
    return {
        "pairings": [
            {
                "partner": name, "with": one.label, "since": one.since.isoformat(),
                "until": one.until and one.until.isoformat(),
            }
            for one, name in await session.exec(mine)
        ]
    }  # fmt: skip
