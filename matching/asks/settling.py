"""What becomes of asks when their request moves on, whoever moved it: who took it is counted as having said yes, and
those who need not come any more are thanked. Done with each answer, and by the job for what other doors did."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.counts import note_answer
from matching.asks.facts import spacing_of
from matching.asks.model import Answer, Ask, Asking, Purpose, Wave
from matching.db import NEWS, News
from matching.engine.waves import CHANCE
from matching.people.actor import Actor
from matching.requests.acting import done
from matching.requests.model import ServiceRequest
from matching.requests.queries import id_of, loaded
from matching.requests.states import WORKING, State
from matching.units.queries import calendar_of

STILL_OPEN = (Answer.waiting, Answer.unanswered)
R = ServiceRequest


async def hold(session: AsyncSession, number: str) -> None:
    """Whoever answers or asks for one request does so after the other: its row is locked before anything is read."""
    await session.exec(select(col(R.id)).where(col(R.id) == id_of(number)).with_for_update())


def told(session: AsyncSession, request: ServiceRequest, verb: str) -> None:
    """Pages that show the request look again once this is committed; for what leaves no Step."""
    news = News(request.root_id, request.id or 0, verb, (request.unit_id,))
    session.info.setdefault(NEWS, []).append(news)


async def held_request(session: AsyncSession, request_id: int, *, skip: bool = False) -> ServiceRequest | None:
    """The request, locked, with everything loaded; with `skip` None where somebody else holds it now."""
    statement = loaded(select(R).where(col(R.id) == request_id)).with_for_update(of=R, skip_locked=skip)
    request = (await session.exec(statement)).first()
    if request is not None:
        request.calendar = await calendar_of(session, request.root_id)
    return request


async def waves_by_purpose(session: AsyncSession, request_id: int | None) -> dict[str, Wave]:
    """Where the waves of a request stand."""
    return {wave.purpose: wave for wave in await session.exec(select(Wave).where(Wave.request_id == request_id))}


def wanted(purpose: str, request: ServiceRequest) -> bool:
    """Whether somebody is still sought for this."""
    match purpose:
        case Purpose.slot:
            return request.state == State.dispatched and request.free_slots > 0
        case Purpose.cover:
            return request.state in WORKING and leaver_of(request) is not None
        case _:
            return request.state == State.in_progress and _needs_help(request)


def leaver_of(request: ServiceRequest) -> int | None:
    """The claimer who looks for somebody in their place."""
    return next((claim.person_id for claim in request.active_claims if claim.cover_asked_at is not None), None)


async def settle(session: AsyncSession, request: ServiceRequest, waves: dict[str, Wave], at: datetime) -> bool:
    """Bring asks and waves up to what the request is now; returns whether anything changed. The request is held."""
    changed, thanked = False, list[int]()
    since = {claim.person_id: claim.at for claim in request.active_claims}
    asks = select(Ask).where(Ask.request_id == request.id, col(Ask.answer).in_(STILL_OPEN)).order_by(col(Ask.person_id))
    for ask in await session.exec(asks):
        took_it_at = since.get(ask.person_id)
        if took_it_at is not None and took_it_at >= ask.asked_at:
            await note_answer(session, ask, Answer.accepted, at)
        elif is_sought(waves, ask, request):
            continue
        elif ask.answer == Answer.waiting:
            await note_answer(session, ask, Answer.withdrawn, at)
            thanked.append(ask.person_id)
        elif at < ask.asked_at + CHANCE * spacing_of(request.service, request.tier):
            await note_answer(session, ask, Answer.withdrawn, at)  # they may have been about to answer
        else:
            continue
        changed = True
    if thanked and request.can("thank"):
        done(session, request, request.thank(thanked, Actor.system(request.root_id), at))
    return _ended(waves.values(), request) or changed


def is_sought(waves: dict[str, Wave], ask: Ask, request: ServiceRequest) -> bool:
    """Whether a yes to this ask is still of use."""
    return wanted(ask.purpose, request) and is_here(waves, ask, request)


def is_here(waves: dict[str, Wave], ask: Ask, request: ServiceRequest) -> bool:
    """Whether the request still stands where its asks went out."""
    wave = waves.get(ask.purpose)
    return wave is not None and wave.unit_id == request.unit_id


def _ended(waves: Iterable[Wave], request: ServiceRequest) -> bool:
    """Stop the waves that nobody waits for any more."""
    changed = False
    for wave in waves:
        if wave.next_at is None and wave.asking != Asking.running:
            continue
        if wave.unit_id == request.unit_id and wanted(wave.purpose, request):
            continue
        got_somebody = bool(request.active_claims) and wave.unit_id == request.unit_id
        wave.asking, wave.next_at = Asking.filled if got_somebody else Asking.stopped, None
        changed = True
    return changed


def _needs_help(request: ServiceRequest) -> bool:
    """Help was offered to those who have it, nobody has called yet, and nobody came to help since."""
    offered = request.helper_offered_at
    if offered is None or request.contacted_at is not None:
        return False
    return not any(claim.slot is None and claim.at >= offered for claim in request.active_claims)
