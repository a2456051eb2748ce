"""Claims that lead to nothing: who took something and does not make contact is nudged, helped, then relieved.

When: by the time that is gone between the claim and the handling limit (docs/domain.md §11), worked out from the clock
each time, so that nothing is lost when the system stands still. What stands past its limit is for the urging, not for
this: nobody is relieved of something weeks later because a system was away.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.facts import dials_of, facts_for
from matching.asks.model import Asking, Purpose
from matching.asks.rounds import each
from matching.asks.sending import send
from matching.asks.settling import held_request, settle, waves_by_purpose
from matching.asks.tending import restart
from matching.db import Database, Work
from matching.engine.model import MOST_URGENT, URGENCY_OF
from matching.engine.scoring import suggest
from matching.engine.waves import quiet_until
from matching.people.actor import Actor
from matching.requests.acting import done
from matching.requests.history import NUDGED_AT, contact_due
from matching.requests.model import ServiceRequest
from matching.requests.states import BackReason, State
from matching.units.model import Unit

HELPED_AT, BACK_AT = 0.65, 0.80
HELPERS = 2  # asked at most
BREATH = timedelta(minutes=5)  # between two of the three: after a standstill not everything comes at once
R = ServiceRequest


async def heal_claims(database: Database, work: Work, at: datetime) -> int:
    """Returns for how many requests something was done. Does nothing the second time; any number may run at once."""
    async with database.reading() as session:
        found = await to_heal(session, at)
    return await each(work, heal, found, at)


async def to_heal(session: AsyncSession, at: datetime) -> list[int]:
    """What was taken and may be due for one of the three, in the order of its limits."""
    hospitals = select(col(Unit.id)).where(col(Unit.root_id) == col(Unit.id))
    taken = (
        select(col(R.id), col(R.state_since), col(R.handle_due_at), col(R.nudged_at))
        .where(col(R.root_id).in_(hospitals), col(R.state) == State.in_progress.value)
        .where(col(R.handle_due_at) > at, col(R.contacted_at).is_(None))
        .order_by(col(R.handle_due_at), col(R.id))
    )
    rows: Any = await (await session.connection()).execute(taken)
    share = {False: NUDGED_AT, True: HELPED_AT}
    return [id_ for id_, since, due, nudged in rows if at >= since + (due - since) * share[nudged is not None]]


async def heal(session: AsyncSession, request_id: int, at: datetime) -> bool:
    """Do the next of the three if its time has come. Returns whether it had."""
    request = await held_request(session, request_id, skip=True)
    if request is None or request.state != State.in_progress or request.contacted_at is not None:
        return False
    if not request.active_claims or request.handle_due_at is None or at >= request.handle_due_at:
        return False
    system = Actor.system(request.root_id)
    if request.nudged_at is None:
        if at < contact_due(request, NUDGED_AT):
            return False
        done(session, request, request.nudge(system, at))
    elif request.helper_offered_at is None:
        if at < max(contact_due(request, HELPED_AT), request.nudged_at + BREATH):
            return False
        return await _offer_helper(session, request, at)
    elif at >= max(contact_due(request, BACK_AT), request.helper_offered_at + BREATH):
        await _relieve(session, request, at)
    else:
        return False
    return True


async def _offer_helper(session: AsyncSession, request: ServiceRequest, at: datetime) -> bool:
    """Ask the best who could lend a hand; not in quiet hours, unless nothing is more urgent."""
    if URGENCY_OF[request.tier] < MOST_URGENT and quiet_until(at, await dials_of(session, request.root_id)) is not None:
        return False
    facts = await facts_for(session, request, at, slots=1)
    waves = await waves_by_purpose(session, request.id)
    wave = restart(request, waves.get(Purpose.helper), Purpose.helper, at)
    wave.wave, wave.next_at = 1, at + facts.request.spacing
    session.add(wave)
    best = suggest(facts.request, facts.members, at, HELPERS, facts.weights, facts.dials)
    await send(
        session, request, wave, best, target=0.0, weights=facts.weights.version, by=Actor.system(request.root_id), at=at
    )
    return True


async def _relieve(session: AsyncSession, request: ServiceRequest, at: datetime) -> None:
    """Back to the lead, who decides how it goes on: no waves start by themselves."""
    done(session, request, request.hand_back(BackReason.not_contacted, Purpose.slot, Actor.system(request.root_id), at))
    waves = await waves_by_purpose(session, request.id)
    if (wave := waves.get(Purpose.slot)) is not None:
        wave.asking = Asking.handed_back
    await settle(session, request, waves, at)
