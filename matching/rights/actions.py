"""Reveal, take off the wall, erase: when the requester wants it, and by itself. The reads are in queries.py."""

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.errors import Invalid, NotAllowed
from matching.people.actor import Actor
from matching.privacy.consent import ERASE_AFTER_DAYS
from matching.privacy.sealed import Sealer
from matching.requests.acting import done
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.photos import Photos
from matching.requests.policy import may_reveal
from matching.requests.queries import visible_request
from matching.requests.secrets import Secret, open_secret
from matching.requests.states import State
from matching.rights.model import Disclosure

BATCH = 200


async def reveal(session: AsyncSession, number: str, reason: str, *, sealer: Sealer, by: Actor, at: datetime) -> Secret:
    """Show the contact to the active claimer or the responsible lead, and log it with the reason.

    Raises NotSeen (also when the contact is erased already), NotAllowed, Invalid without a reason.
    """
    request = await visible_request(session, number, by)
    if not may_reveal(by, request):
        raise NotAllowed("only_claimer_sees_contact")
    if not reason.strip():
        raise Invalid.field_is("reason", "required")
    secret = await open_secret(session, request, sealer)
    session.add(
        Disclosure(
            root_id=request.root_id,
            request_id=request.id or 0,
            person_id=by.id or 0,
            reason=reason.strip()[:200],
            at=at,
        )
    )
    return secret


async def stop_showing(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """The requester takes back their consent to public display: off the wall now, and never on it again.

    As easy as giving it was (PIPL art. 15); there is no state in which this is refused.
    """
    request = await visible_request(session, number, by)
    if by.request_id != request.id:
        raise NotAllowed()
    request.show_publicly, request.wording, request.wording_at = False, "", None
    return request


async def erase_contact(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """The requester wants name, phone and the words as typed gone; the masked row stays in the ledger.

    Consent falls with them. A request that is still open is withdrawn: nobody could call back.
    """
    request = await visible_request(session, number, by)
    if by.request_id != request.id:
        raise NotAllowed()
    if request.can("withdraw"):
        done(session, request, request.withdraw("", by, at))
    await _drop_contact(session, request)
    request.show_publicly, request.wording, request.wording_at = False, "", None
    return request


async def erase_archived(photos: Photos, database: Database, work: Work, at: datetime) -> int:
    """The promise of the notice: contacts go ERASE_AFTER_DAYS after archiving. Returns how many were erased.

    Nothing leaves the archive, so the photos go first: what breaks off in between is begun again in the next round.
    """
    async with database.reading() as session:
        due = await _long_archived(session, at)
    for request in due:
        await photos.erase(request.number)
        await work(_forget, request.id or 0)
    return len(due)


async def _long_archived(session: AsyncSession, at: datetime) -> list[ServiceRequest]:
    kept = select(ServiceRequest).join(RequestSecret, col(RequestSecret.request_id) == ServiceRequest.id)
    old = kept.where(
        ServiceRequest.state == State.archived,
        ServiceRequest.state_since <= at - timedelta(days=ERASE_AFTER_DAYS),
    )
    return list(await session.exec(old.order_by(col(ServiceRequest.id)).limit(BATCH)))


async def _forget(session: AsyncSession, request_id: int) -> None:
    await _drop_contact(session, await session.get_one(ServiceRequest, request_id))


async def _drop_contact(session: AsyncSession, request: ServiceRequest) -> None:
    secret = await session.get(RequestSecret, request.id)
    if secret is not None:
        await session.delete(secret)
    request.has_phone, request.requester_label = False, ""
