"""What the doors call for those who ask for something. Manners: `acting.py`."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import NEWS
from matching.people.actor import Actor
from matching.privacy.masking import masked_name
from matching.privacy.sealed import Sealer
from matching.requests.acting import clean, done, request_for
from matching.requests.filing import Filing
from matching.requests.insert import FILINGS, Filed
from matching.requests.model import ServiceRequest
from matching.requests.secrets import change_secret, open_secret


async def file(session: AsyncSession, filing: Filing) -> Filed:
    """One filing inside a transaction that does more; the public door commits many at once instead."""
    filed = (await FILINGS.within(await session.connection(), [filing]))[0]
    if filed.new:
        session.info.setdefault(NEWS, []).append(filing.news(filed.id))
    return filed


async def supplement(
    session: AsyncSession,
    number: str,
    note: str,
    *,
    sealer: Sealer,
    by: Actor,
    at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:
    """The requester's answer; as typed it goes to the sealed part, masked into the Step."""
    request = await request_for(session, "supplement", number, by, if_version)
    step = request.supplement(clean(note), by, at)
    secret = await open_secret(session, request, sealer)
    await change_secret(session, request, sealer, added=[*secret.added, note.strip()])
    return done(session, request, step)


async def correct(
    session: AsyncSession,
    number: str,
    need: str,
    reason: str = "",
    name: str = "",
    phone: str = "",
    *,
    sealer: Sealer,
    by: Actor,
    at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:
    """Everything the requester typed, as it should be now."""
    request = await request_for(session, "correct", number, by, if_version)
    step = request.correct(clean(need), clean(reason), by, at)
    if request.partner_id is None:  # an organisation keeps its name
        request.requester_label = masked_name(name)
    request.has_phone = bool(phone)
    await change_secret(session, request, sealer, need=need, reason=reason, name=name, phone=phone)
    return done(session, request, step)


async def reopen(
    session: AsyncSession, number: str, note: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """Not solved after all."""
    request = await request_for(session, "reopen", number, by, if_version)
    return done(session, request, request.reopen(clean(note), by, at))


async def withdraw(
    session: AsyncSession, number: str, note: str = "", *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """No longer needed."""
    request = await request_for(session, "withdraw", number, by, if_version)
    return done(session, request, request.withdraw(clean(note), by, at))


async def urge(
    session: AsyncSession, number: str, note: str = "", *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """Please hurry."""
    request = await request_for(session, "urge", number, by, if_version)
    return done(session, request, request.urge(clean(note), by, at))
