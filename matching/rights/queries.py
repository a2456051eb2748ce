"""What a requester may know: who looked at their contact, and a copy of everything that is held about them."""

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import NotSeen
from matching.people.model import Person
from matching.privacy.masking import masked_name
from matching.privacy.sealed import Sealer
from matching.requests.model import ServiceRequest
from matching.requests.queries import timeline
from matching.requests.secrets import Secret, open_secret
from matching.requests.states import AMONG_US
from matching.rights.model import Disclosure


async def disclosures(session: AsyncSession, request: ServiceRequest) -> list[tuple[Disclosure, str]]:
    """Who saw the contact, the newest first, with the person's name."""
    statement = (
        select(Disclosure, Person.name)
        .join(Person, col(Person.id) == Disclosure.person_id)
        .where(Disclosure.request_id == request.id)
        .order_by(col(Disclosure.id).desc())
    )
    return list(await session.exec(statement))


async def secret_of(session: AsyncSession, request: ServiceRequest, sealer: Sealer) -> Secret | None:
    """What the requester typed, for the requester; None once it is erased."""
    try:
        return await open_secret(session, request, sealer)
    except NotSeen:
        return None


async def copy_of(session: AsyncSession, request: ServiceRequest, sealer: Sealer) -> dict[str, Any]:
    """Everything held about a requester, as JSON values (PIPL art. 45). Moments in ISO 8601, UTC.

    Staff are named as 李*: who it was is known to the hospital and to the disclosure log.
    """
    typed = await secret_of(session, request, sealer)
    steps = await timeline(session, request)
    return {
        "number": request.number,
        "service": request.service.name,
        "place": request.spot.name if request.spot else "",
        "filed_at": request.filed_at.isoformat(),
        "state": request.state,
        "typed": None
        if typed is None
        else {
            "need": typed.need,
            "reason": typed.reason,
            "added": typed.added,
            "name": typed.name,
            "phone": typed.phone,
        },
        "need": request.need,
        "reason": request.reason,
        "name": request.requester_label,
        "wanted_from": request.wanted_from and request.wanted_from.isoformat(),
        "wanted_to": request.wanted_to and request.wanted_to.isoformat(),
        "for_minor": request.for_minor,
        "consents": request.consents,
        "shown_publicly": request.wording if request.wording_at else "",
        "level": request.level,
        "steps": [{"at": step.at.isoformat(), "verb": step.verb} for step, _name in steps if step.verb not in AMONG_US],
        "disclosures": [
            {"at": one.at.isoformat(), "by": masked_name(name), "reason": one.reason}
            for one, name in await disclosures(session, request)
        ],
    }
