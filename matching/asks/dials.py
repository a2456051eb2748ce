"""What a hospital turns of how people are asked: for its administrators and the committee office.

Everything computed before keeps what it was computed with; the next wave goes by the new ones.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.facts import dials_of, is_automatic
from matching.asks.model import AskDials
from matching.engine.model import Dials
from matching.errors import Invalid, NotAllowed, Refused
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Role
from matching.units.model import Unit

RANGES: dict[str, tuple[float, float]] = {  # our own: beyond these a dial is a slip of the pen
    "equity": (0, 3),
    "ask_cap": (1, 20),
    "hours_cap": (1, 80),
    "target_fast": (0.5, 0.99),
    "target_slow": (0.5, 0.99),
    "quiet_from": (0, 24 * 60 - 1),
    "quiet_to": (0, 24 * 60 - 1),
}


def may_turn_dials(by: Actor, root_path: str) -> bool:
    """Administrators and the committee office, of the whole hospital."""
    return by.holds(Role.administrator, Role.committee, path=root_path)


async def managed_dials(session: AsyncSession, *, by: Actor) -> tuple[Dials, bool]:
    """As they stand and whether waves start by themselves, for who may turn them. Raises NotAllowed."""
    if not may_turn_dials(by, (await session.get_one(Unit, by.root_id)).path):
        raise NotAllowed
    return await dials_of(session, by.root_id), await is_automatic(session, by.root_id)


async def set_dials(session: AsyncSession, dials: Dials, automatic: bool, *, by: Actor, at: datetime) -> AskDials:
    """Turn them for the whole hospital; nothing is noted where nothing changed. Raises NotAllowed, Invalid by field."""
    held, was_automatic = await managed_dials(session, by=by)
    refuse_beyond(dials)
    # so that two first changes do not both insert
    await session.get_one(Unit, by.root_id, with_for_update={"key_share": True})
    row = await session.get(AskDials, by.root_id)
    if row is None:
        row = AskDials(root_id=by.root_id, changed_at=at)
        session.add(row)
    changed = [name for name in Dials._fields if getattr(dials, name) != getattr(held, name)]
    for name in Dials._fields:
        setattr(row, name, getattr(dials, name))
    row.automatic, row.changed_by, row.changed_at = automatic, by.id, at
    said = [f"{name}={getattr(dials, name)}" for name in changed]
    if automatic != was_automatic:
        said.append(f"automatic={automatic}")
    if said:
        note(session, "turn_dials", " ".join(said), by=by, at=at)
    return row


def refuse_beyond(dials: Dials) -> None:
    """Raises Invalid by field for what nobody can mean."""
    wrong = {
        name: Refused("out_of_range", field=name, min=least, max=most)
        for name, (least, most) in RANGES.items()
        if not least <= getattr(dials, name) <= most
    }
    if wrong:
        raise Invalid(wrong)
