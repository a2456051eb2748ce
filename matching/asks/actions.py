"""What people do about asks: start and stop the waves, ask somebody by hand, answer, wait in line, look for cover.

Each runs inside one `db.Work`; an ask is answered together with the claim it leads to, in one transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Ask, Availability, DeclineReason, Waiting, Wave
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest


class Answered(NamedTuple):
    """The ask as it stands now, and what it was for."""

    ask: Ask
    request: ServiceRequest


async def start_asking(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> Wave:
    """A lead has waves go out for the free slots, from now on. Raises NotSeen, NotAllowed, WrongState."""
    raise NotImplementedError


async def stop_asking(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """No further waves; who was asked may still say yes. Raises NotSeen, NotAllowed, WrongState not_asking."""
    raise NotImplementedError


async def ask(
    session: AsyncSession, number: str, people: Sequence[str], *, anyway: bool = False, by: Actor, at: datetime
) -> list[Ask]:
    """A lead asks these members (by number) for a slot. `anyway` sets hours, overlaps and caps aside, and nothing else.

    Raises NotSeen, NotAllowed, WrongState; Invalid on `people` with cannot_ask (name, why).
    """
    raise NotImplementedError


async def answer_yes(session: AsyncSession, ask_id: int, *, by: Actor, at: datetime) -> Answered:
    """Take the slot, the place of who cannot come, or help: what one was asked for. The second time nothing happens.

    Raises NotSeen for somebody else's ask; WrongState filled (they may `join_waiting`) or ask_over.
    """
    raise NotImplementedError


async def answer_no(
    session: AsyncSession, ask_id: int, reason: DeclineReason | None = None, *, mute_until: datetime | None = None,
    by: Actor, at: datetime,
) -> Answered:  # fmt: skip
    """Not this time; with `mute_until` nobody asks them before. The second time nothing happens.

    Raises NotSeen; WrongState already_claimed_by_you after a yes; Invalid on `mute_until`.
    """
    raise NotImplementedError


async def mute(session: AsyncSession, until: datetime | None, *, by: Actor, at: datetime) -> Availability:
    """Do not ask me before `until`, which answers an open ask with no; None: ask me again. Raises Invalid on `until`."""
    raise NotImplementedError


async def join_waiting(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> Waiting:
    """Take a slot as soon as one comes free. Raises NotSeen, NotAllowed, WrongState."""
    raise NotImplementedError


async def leave_waiting(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """No longer wait. The second time nothing happens. Raises NotSeen."""
    raise NotImplementedError


async def seek_cover(session: AsyncSession, number: str, note: str = "", *, by: Actor, at: datetime) -> ServiceRequest:
    """A claimer who cannot come has others asked to take their place; theirs it stays until one says yes."""
    raise NotImplementedError
