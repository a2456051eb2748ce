"""Yes, no, not now, and the waiting list: what members say. An answer and the claim it leads to are one transaction."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks import availability
from matching.asks.counts import note_answer
from matching.asks.model import Answer, Ask, Asking, DeclineReason, Place, Purpose, Waiting
from matching.asks.settling import (
    held_request,
    hold,
    is_here,
    is_sought,
    leaver_of,
    settle,
    told,
    wanted,
    waves_by_purpose,
)
from matching.asks.waiting import LIVING
from matching.errors import NotAllowed, NotSeen, WrongState
from matching.people.actor import Actor
from matching.requests import acting, branch_actions, seeking
from matching.requests.model import ServiceRequest
from matching.requests.policy import may
from matching.requests.queries import visible_request
from matching.requests.states import WORKING


class Answered(NamedTuple):
    """The ask as it stands now, and what it was for."""

    ask: Ask
    request: ServiceRequest


async def answer_yes(session: AsyncSession, ask_id: int, *, by: Actor, at: datetime) -> Answered:
    """Take the slot, the place of who cannot come, or help: what one was asked for. The second time nothing happens.

    However late, a yes is welcome as long as somebody is sought. Raises NotSeen for somebody else's ask; WrongState
    filled (they may `join_waiting`) or ask_over, also for who is of another unit by now.
    """
    ask, request = await _held(session, ask_id, by)
    waves = await waves_by_purpose(session, request.id)
    if not request.is_claimed_by(by.id):
        if request.state not in WORKING or not is_here(waves, ask, request) or not may("claim", by, request):
            raise WrongState("ask_over")
        if not wanted(ask.purpose, request):
            raise WrongState("filled")
        await _take(session, ask, request, by, at)
        await note_answer(session, ask, Answer.accepted, at)
    await session.flush()
    await settle(session, request, waves, at)
    return Answered(ask, request)


async def answer_no(
    session: AsyncSession, ask_id: int, reason: DeclineReason | None = None, *, mute_until: datetime | None = None,
    by: Actor, at: datetime,
) -> Answered:  # fmt: skip
    """Not this time; with `mute_until` nobody asks them before. The second time only the reason is new.

    Raises NotSeen for somebody else's ask; WrongState said_yes; Invalid on `until`: time_in_past, time_too_far.
    """
    ask, request = await _held(session, ask_id, by)
    if ask.answer == Answer.accepted and request.is_claimed_by(by.id):
        raise WrongState("said_yes")
    waves = await waves_by_purpose(session, request.id)
    if ask.answer == Answer.waiting and not is_sought(waves, ask, request):  # over: it counts against nobody
        await note_answer(session, ask, Answer.withdrawn, at)
    elif ask.answer in {Answer.waiting, Answer.unanswered}:
        await note_answer(session, ask, Answer.declined, at, reason or "")
        await _go_on(session, ask, at)
        told(session, request, "ask")
    elif ask.answer == Answer.declined and reason:
        ask.reason = reason
    if mute_until is not None:
        await availability.mute(session, mute_until, by=by, at=at)
    return Answered(ask, request)


async def mute(session: AsyncSession, until: datetime | None, *, by: Actor, at: datetime) -> None:
    """Do not ask me before `until`, which answers an open ask with no; None: ask me again.

    Raises Invalid on `until`: time_in_past, time_too_far.
    """
    if until is not None:
        mine = select(col(Ask.id)).where(Ask.person_id == by.id, Ask.answer == Answer.waiting)
        for ask_id in (await session.exec(mine)).all():
            await answer_no(session, ask_id or 0, by=by, at=at)
    await availability.mute(session, until, by=by, at=at)


async def join_waiting(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> Waiting:
    """Take a slot as soon as one comes free. The second time nothing happens.

    Raises NotSeen, NotAllowed, Refused helper_gender, WrongState: slots_free, already_claimed_by_you, nothing_to_await.
    """
    await hold(session, number)
    request = await visible_request(session, number, by)
    if not may("claim", by, request):
        raise NotAllowed()
    if request.is_claimed_by(by.id):
        raise WrongState("already_claimed_by_you")
    if request.state not in LIVING:
        raise WrongState("nothing_to_await")
    if wanted(Purpose.slot, request):
        raise WrongState("slots_free")
    await acting.suits(session, request, [by.id])
    row = await _in_line(session, request.id, by)
    if row is not None and row.place == Place.waiting:
        return row
    if row is not None:  # whoever comes back stands at the end
        await session.delete(row)
        await session.flush()
    row = Waiting(root_id=request.root_id, request_id=request.id or 0, person_id=by.id or 0, at=at)
    session.add(row)
    await session.flush()
    told(session, request, "move_up")
    return row


async def leave_waiting(session: AsyncSession, number: str, *, by: Actor) -> ServiceRequest:
    """No longer wait. The second time nothing happens. Raises NotSeen."""
    await hold(session, number)
    request = await visible_request(session, number, by)
    row = await _in_line(session, request.id, by)
    if row is not None and row.place == Place.waiting:
        row.place = Place.left
        told(session, request, "move_up")
    return request


async def _held(session: AsyncSession, ask_id: int, by: Actor) -> Answered:
    """One's own ask as it is once its request is held."""
    ask = await session.get(Ask, ask_id)
    if ask is None or by.id is None or ask.person_id != by.id:
        raise NotSeen()
    request = await held_request(session, ask.request_id)
    if request is None:
        raise NotSeen()
    await session.refresh(ask)
    return Answered(ask, request)


async def _take(session: AsyncSession, ask: Ask, request: ServiceRequest, by: Actor, at: datetime) -> None:
    match ask.purpose:
        case Purpose.slot:
            await branch_actions.claim(session, request.number, by=by, at=at)
        case Purpose.cover:
            await seeking.cover(session, request.number, leaver_of(request) or 0, by=by, at=at)
        case _:
            await seeking.help(session, request.number, by=by, at=at)


async def _go_on(session: AsyncSession, ask: Ask, at: datetime) -> None:
    """When everybody of a wave has answered there is nothing to wait for: the next one is due."""
    waiting = select(col(Ask.id)).where(
        Ask.request_id == ask.request_id, Ask.purpose == ask.purpose, Ask.answer == Answer.waiting
    )  # fmt: skip
    if (await session.exec(waiting.limit(1))).first() is not None:
        return
    wave = (await waves_by_purpose(session, ask.request_id)).get(ask.purpose)
    if wave is not None and wave.asking == Asking.running and wave.next_at is not None:
        wave.next_at = min(wave.next_at, at)


async def _in_line(session: AsyncSession, request_id: int | None, by: Actor) -> Waiting | None:
    mine = select(Waiting).where(Waiting.request_id == request_id, Waiting.person_id == by.id)
    return (await session.exec(mine)).first()
