"""What people may know: requesters who looked at their contact; they and members what is held about them, as a copy."""

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import NotSeen
from matching.people.actor import Actor
from matching.people.model import Grant, Person
from matching.people.phones import phone_context
from matching.privacy.masking import masked_name
from matching.privacy.sealed import Sealer
from matching.requests.claims import Claim
from matching.requests.model import ServiceRequest
from matching.requests.queries import timeline
from matching.requests.row import number_of
from matching.requests.secrets import Secret, open_secret
from matching.requests.states import AMONG_US
from matching.rights.model import Disclosure
from matching.units.model import Unit


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


KNOWN = (
    "member_no", "name", "gender", "birth_year", "status", "post", "department", "building", "job_title", "skills",
    "shift_pattern", "hours_last_year", "wecom_id", "login",
)  # fmt: skip
"""What the roster holds of somebody beside unit and phone. A password is kept as a hash, and that helps nobody."""


async def copy_of_member(session: AsyncSession, sealer: Sealer, *, by: Actor) -> dict[str, Any]:
    """What the roster, the roles and the requests hold about a member, as JSON values (PIPL art. 45). Moments in
    ISO 8601, UTC."""
    person, unit = await session.get_one(Person, by.id), await session.get_one(Unit, by.unit_id)
    grants = select(Grant, Unit.name).join(Unit, col(Unit.id) == Grant.unit_id).where(Grant.person_id == by.id)
    claims = select(Claim, col(ServiceRequest.filed_at)).where(Claim.person_id == by.id)
    claims = claims.join(ServiceRequest, col(ServiceRequest.id) == Claim.request_id)
    phone = person.sealed_phone and sealer.open(person.sealed_phone, phone_context(person))
    return {
        "person": {name: getattr(person, name) for name in KNOWN} | {"unit": unit.name, "phone": phone or ""},
        "roles": [
            {
                "role": grant.role, "unit": name, "granted_at": grant.granted_at.isoformat(),
                "revoked_at": grant.revoked_at and grant.revoked_at.isoformat(),
            }
            for grant, name in await session.exec(grants.order_by(col(Grant.id)))
        ],
        "claims": [
            {
                "request": number_of(claim.request_id or 0, filed_at), "kind": claim.kind, "status": claim.status,
                "at": claim.at.isoformat(), "ended_at": claim.ended_at and claim.ended_at.isoformat(),
                "minutes": claim.minutes,
            }
            for claim, filed_at in await session.exec(claims.order_by(col(Claim.id)))
        ],
    }  # fmt: skip
