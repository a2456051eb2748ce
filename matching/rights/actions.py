"""Reveal, take off the wall, erase. The reads are in queries.py."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotAllowed
from matching.people.actor import Actor
from matching.privacy.sealed import Sealer
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.policy import may_reveal
from matching.requests.queries import visible_request
from matching.requests.secrets import Secret, open_secret
from matching.rights.model import Disclosure


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
        session.add(request.withdraw("", by, at))
    secret = await session.get(RequestSecret, request.id)
    if secret is not None:
        await session.delete(secret)
    request.has_phone, request.requester_label, request.show_publicly = False, "", False
    request.wording, request.wording_at = "", None
    return request
