"""Rating, and putting a bad rating right. Manners: `requests/acting.py`."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid
from matching.people.actor import Actor
from matching.ratings.model import Rating
from matching.requests.acting import clean, done, request_for
from matching.requests.following import BAD
from matching.requests.model import ServiceRequest
from matching.requests.states import BadReason, Outcome


async def rate(
    session: AsyncSession,
    number: str,
    level: int,
    reasons: Sequence[BadReason] = (),
    note: str = "",
    *,
    by: Actor,
    at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:
    """Once; level 1 or 2 needs a ticked reason and opens a rectification."""
    request = await request_for(session, "rate", number, by, if_version)
    _needs_reason(level, reasons)
    turn = 1 if request.level is None else 2  # rated before it was reopened
    step = request.rate(level, reasons, clean(note), by, at)
    session.add(_row(request, turn, level, reasons, step.note, at))
    return done(session, request, step)


async def rate_again(
    session: AsyncSession,
    number: str,
    level: int,
    reasons: Sequence[BadReason] = (),
    note: str = "",
    *,
    by: Actor,
    at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:
    """The one additional rating."""
    request = await request_for(session, "rate_again", number, by, if_version)
    _needs_reason(level, reasons)
    step = request.rate_again(level, reasons, clean(note), by, at)
    session.add(_row(request, 2, level, reasons, step.note, at))
    return done(session, request, step)


async def rectify(
    session: AsyncSession, number: str, outcome: Outcome, note: str, *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """How a bad rating was put right."""
    request = await request_for(session, "rectify", number, by, if_version)
    return done(session, request, request.rectify(outcome, clean(note), by, at))


async def answer_misjudgement(
    session: AsyncSession, number: str, approve: bool, note: str = "", *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """The second approver's word."""
    request = await request_for(session, "answer_misjudgement", number, by, if_version)
    return done(session, request, request.answer_misjudgement(approve, clean(note), by, at))


def _needs_reason(level: int, reasons: Sequence[BadReason]) -> None:
    if level <= BAD and not reasons:
        raise Invalid.field_is("reasons", "reason_needed")


def _row(
    request: ServiceRequest, turn: int, level: int, reasons: Sequence[BadReason], comment: str, at: datetime
) -> Rating:
    return Rating(
        root_id=request.root_id,
        request_id=request.id or 0,
        turn=turn,
        level=level,
        reasons=list(reasons),
        comment=comment,
        at=at,
    )
