"""What one request needs now, done in one transaction: settle its asks, let those who wait move up, ask the next wave.

Everything is worked out from what the database says at that moment, so that it may be called at any time, by any
number of workers, and does nothing the second time.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.counts import note_answer
from matching.asks.facts import facts_for, is_automatic, spacing_of
from matching.asks.model import Answer, Ask, Asking, Purpose, Wave
from matching.asks.sending import send
from matching.asks.settling import STILL_OPEN, held_request, settle, wanted, waves_by_purpose
from matching.asks.waiting import move_up
from matching.engine.waves import Asked, History, Why, next_wave
from matching.people.actor import Actor
from matching.requests.acting import done
from matching.requests.model import ServiceRequest
from matching.requests.states import BackReason

NOT_BEFORE = timedelta(days=1)  # nobody is asked by itself for what was dispatched longer ago: history, not news
AGAIN_SOON = timedelta(seconds=15)
NOBODY: Collection[int] = ()


async def tend(session: AsyncSession, request_id: int, at: datetime, left: Collection[int] = NOBODY) -> bool:
    """Returns whether anything changed; not while somebody else holds the request, who has it tended after that.

    `left`: people (ids) who are left to other requests as long as there is anybody else to ask.
    """
    request = await held_request(session, request_id, skip=True)
    return request is not None and await bring_up(session, request, at, left)


async def bring_up(
    session: AsyncSession, request: ServiceRequest, at: datetime, left: Collection[int] = NOBODY
) -> bool:
    """The same for a request that is held."""
    waves = await waves_by_purpose(session, request.id)
    changed = await settle(session, request, waves, at)
    if await move_up(session, request, at):
        changed = True
        await settle(session, request, waves, at)
    for purpose in Purpose:
        if wanted(purpose, request) and (wave := await _begun(session, request, waves, purpose, at)) is not None:
            changed = await _advance(session, request, wave, at, left) or changed
    return changed


def restart(request: ServiceRequest, wave: Wave | None, purpose: Purpose, at: datetime) -> Wave:
    """The wave's row for asking from the beginning, as far as nobody was asked yet; due at once."""
    fresh = wave or Wave(
        request_id=request.id or 0, purpose=purpose, root_id=request.root_id, unit_id=request.unit_id, started_at=at
    )
    fresh.unit_id, fresh.started_at, fresh.wave = request.unit_id, at, 0
    fresh.asking, fresh.next_at, fresh.by_id = Asking.running, at, None
    return fresh


def is_of_this_dispatch(wave: Wave | None, request: ServiceRequest) -> bool:
    """Whether these waves went out since the request was given to the unit that has it."""
    since = request.dispatched_at
    return wave is not None and wave.unit_id == request.unit_id and (since is None or wave.started_at >= since)


async def _begun(
    session: AsyncSession, request: ServiceRequest, waves: dict[str, Wave], purpose: Purpose, at: datetime
) -> Wave | None:
    """The wave's row, made or set going where it is time for that by itself."""
    wave = waves.get(purpose)
    if purpose is Purpose.slot and is_of_this_dispatch(wave, request):
        if wave is not None and wave.asking == Asking.filled:  # a slot came free again
            wave.asking, wave.next_at = Asking.running, at
        return wave
    sought = [claim.cover_asked_at for claim in request.active_claims if claim.cover_asked_at]
    match purpose:
        case Purpose.slot:
            new = _is_timely(request, at) and await is_automatic(session, request.root_id)
        case Purpose.cover:
            new = wave is None or wave.started_at < max(sought)
        case _:
            new = False
    if not new:
        return wave
    waves[purpose] = restart(request, wave, purpose, at)
    session.add(waves[purpose])
    return waves[purpose]


def _is_timely(request: ServiceRequest, at: datetime) -> bool:
    dispatched, due = request.dispatched_at, request.claim_due_at
    return dispatched is not None and dispatched > at - NOT_BEFORE and due is not None and due > at


async def _advance(
    session: AsyncSession, request: ServiceRequest, wave: Wave, at: datetime, left: Collection[int]
) -> bool:
    """If it is time: count those who did not answer, and ask more, or give it back to the lead."""
    if wave.next_at is None or wave.next_at > at:
        return False
    spacing = spacing_of(request.service, request.tier)
    may_come = await _lapse(session, request, wave, spacing, at)
    waited_for = [ask.asked_at for ask in may_come if ask.answer == Answer.waiting]
    wave.next_at = min((asked_at + spacing for asked_at in waited_for), default=None)
    if wave.purpose == Purpose.helper and not waited_for:  # asked once, and no more
        wave.asking = Asking.stopped
    if wave.asking != Asking.running or wave.purpose == Purpose.helper:
        return True
    await session.flush()
    facts = await facts_for(session, request, at, slots=1 if wave.purpose == Purpose.cover else None)
    last_at = max(waited_for, default=None)  # None once all have answered: then the next wave need not wait
    history = History(wave.wave, last_at, tuple(Asked(ask.p, ask.asked_at) for ask in may_come))
    others = facts.members.without(left)
    decision = next_wave(facts.request, others, history, at, facts.weights, facts.dials)
    if left and (decision.hand_back or decision.why is Why.later):
        decision = next_wave(facts.request, facts.members, history, at, facts.weights, facts.dials)
    if decision.hand_back:
        wave.asking = Asking.handed_back
        done(session, request, request.hand_back(BackReason.nobody, wave.purpose, Actor.system(request.root_id), at))
        return True
    wave.next_at = decision.next_at
    if decision.members:
        wave.wave = decision.wave
        asked = await send(
            session, request, wave, decision.members, target=decision.target, weights=facts.weights.version,
            by=Actor.system(request.root_id), at=at,
        )  # fmt: skip
        if not asked:  # all of them were asked for something else at this very moment
            wave.wave, wave.next_at = decision.wave - 1, at + AGAIN_SOON
    return True


async def _lapse(
    session: AsyncSession, request: ServiceRequest, wave: Wave, spacing: timedelta, at: datetime
) -> list[Ask]:
    """Count those who said nothing within `spacing`; returns the asks to which a yes may still come."""
    asks = select(Ask).where(
        Ask.request_id == request.id, Ask.purpose == wave.purpose, col(Ask.answer).in_(STILL_OPEN),
        Ask.asked_at >= wave.started_at,
    )  # fmt: skip
    may_come = sorted(await session.exec(asks), key=lambda ask: ask.person_id)
    for ask in may_come:
        if ask.answer == Answer.waiting and ask.asked_at + spacing <= at:
            await note_answer(session, ask, Answer.unanswered, at)
    return may_come
