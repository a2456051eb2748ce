"""What is held here about a member, for the copy that is theirs to have (PIPL art. 45)."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.engagement import Engagement
from matching.asks.model import Ask, AskCount, Availability, Leave, Licence, Waiting
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.row import number_of


async def copy_of(session: AsyncSession, *, by: Actor) -> dict[str, Any]:
    """When they may be asked and when they are to be at activities, what is registered of them, every ask with what was
    computed and answered, where they wait, and the counts that stand for them. JSON values; moments in ISO 8601, UTC.
    """
    hours = await session.get(Availability, by.id)
    leaves = await session.exec(select(Leave).where(Leave.person_id == by.id).order_by(col(Leave.first_on)))
    engaged = select(Engagement).where(Engagement.person_id == by.id)
    engaged = engaged.order_by(col(Engagement.starts_at), col(Engagement.activity_id))
    registered = await session.exec(select(Licence).where(Licence.person_id == by.id).order_by(col(Licence.skill)))
    asks = select(Ask, col(ServiceRequest.filed_at)).join(ServiceRequest, col(ServiceRequest.id) == Ask.request_id)
    asked = await session.exec(asks.where(Ask.person_id == by.id).order_by(col(Ask.id)))
    lines = select(Waiting, col(ServiceRequest.filed_at))
    lines = lines.join(ServiceRequest, col(ServiceRequest.id) == Waiting.request_id).where(Waiting.person_id == by.id)
    counted = await session.exec(select(AskCount).where(AskCount.person_id == by.id).order_by(col(AskCount.category)))
    return {
        "availability": hours
        and {"weekly": hours.weekly, "muted_until": _iso(hours.muted_until), "hours_cap": hours.hours_cap},
        "leaves": [{"first_on": one.first_on.isoformat(), "last_on": one.last_on.isoformat()} for one in leaves],
        "engagements": [
            {"starts_at": _iso(one.starts_at), "ends_at": _iso(one.ends_at)} for one in await session.exec(engaged)
        ],
        "registrations": [
            {"skill": one.skill, "valid_until": one.valid_until.isoformat(), "checked_at": _iso(one.checked_at)}
            for one in registered
        ],
        "asks": [
            {
                "request": number_of(ask.request_id, filed_at), "service": ask.category, "purpose": ask.purpose,
                "wave": ask.wave, "asked_at": _iso(ask.asked_at), "answer": ask.answer,
                "answered_at": _iso(ask.answered_at), "reason": ask.reason, "chance": ask.p, "parts": ask.parts,
            }
            for ask, filed_at in asked
        ],
        "waiting_lists": [
            {"request": number_of(line.request_id, filed_at), "since": _iso(line.at), "place": line.place}
            for line, filed_at in await session.exec(lines.order_by(col(Waiting.id)))
        ],
        "counts": [
            {
                "service": one.category, "asked": one.asked, "accepted": one.accepted, "recent": one.recent,
                "last_asked": _iso(one.last_asked),
            }
            for one in counted
        ],
    }  # fmt: skip


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
