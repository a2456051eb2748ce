"""What the doors call for the desk and the committee, and the jobs by themselves. Manners: `acting.py`."""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotAllowed
from matching.people.actor import Actor
from matching.people.model import Role
from matching.requests.acting import ask_policy, clean, done, request_for
from matching.requests.model import ServiceRequest
from matching.requests.states import RejectReason
from matching.services.model import Tier
from matching.units.model import Unit
from matching.units.queries import unit_by_code


async def ask_info(
    session: AsyncSession, number: str, note: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """Ask the requester something."""
    request = await request_for(session, "ask_info", number, by, if_version)
    return done(session, request, request.ask_info(clean(note), by, at))


async def reject(
    session: AsyncSession, number: str, reason: RejectReason, note: str = "", *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Refuse it, with a reason that the requester sees."""
    request = await request_for(session, "reject", number, by, if_version)
    return done(session, request, request.reject(reason, clean(note), by, at))


async def accept(
    session: AsyncSession, number: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """Reviewed."""
    request = await request_for(session, "accept", number, by, if_version)
    return done(session, request, request.accept(by, at))


async def approve_wording(
    session: AsyncSession, number: str, wording: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """What the wall may show, masked once more by the guard."""
    request = await request_for(session, "approve_wording", number, by, if_version)
    return done(session, request, request.approve_wording(clean(wording), by, at))


async def dispatch(
    session: AsyncSession, number: str, unit: str, tier: Tier | None = None, slots: int | None = None,
    helper_gender: str | None = None, gender_strict: bool | None = None, *,
    by: Actor, at: datetime, if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """To a unit (by its code) below the dispatcher's own. One that nobody reviewed yet is accepted in the same act.

    What is None stays as it is.
    """
    request = await request_for(session, "dispatch", number, by, if_version)
    if request.can("accept"):
        ask_policy("accept", by, request)
        session.add(request.accept(by, at))
    chosen, wish = await _unit_below(session, unit, by), _wish(request, helper_gender, gender_strict)
    tier = tier or Tier(request.tier)
    return done(session, request, request.dispatch(chosen, tier, slots or request.slots, by, at, **wish))


async def final_ruling(
    session: AsyncSession, number: str, unit: str, tier: Tier | None = None, slots: int | None = None,
    helper_gender: str | None = None, gender_strict: bool | None = None, *,
    by: Actor, at: datetime, if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """The committee office says whose it is. What is None stays as it is."""
    request = await request_for(session, "final_ruling", number, by, if_version)
    chosen, wish = await _unit_below(session, unit, by), _wish(request, helper_gender, gender_strict)
    tier = tier or Tier(request.tier)
    return done(session, request, request.final_ruling(chosen, tier, slots or request.slots, by, at, **wish))


async def transfer(
    session: AsyncSession, number: str, unit: str, note: str = "", *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """To another unit, same clock."""
    request = await request_for(session, "transfer", number, by, if_version)
    chosen = await _unit_below(session, unit, by)
    if chosen.id == request.unit_id:
        raise Invalid.field_is("unit", "same_unit")
    return done(session, request, request.transfer(chosen, clean(note), by, at))


async def answer_extension(
    session: AsyncSession, number: str, grant: bool, note: str = "", *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Yes or no to more time."""
    request = await request_for(session, "answer_extension", number, by, if_version)
    return done(session, request, request.answer_extension(grant, clean(note), by, at))


async def supervise(
    session: AsyncSession, number: str, note: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """The committee's numbered order."""
    request = await request_for(session, "supervise", number, by, if_version)
    return done(session, request, request.supervise(clean(note), by, at))


async def public_list(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """Long past its limit, for all who lead to see."""
    request = await request_for(session, "public_list", number, by, None)
    return done(session, request, request.public_list(by, at))


async def close(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """Seven days without a rating."""
    request = await request_for(session, "close", number, by, None)
    return done(session, request, request.close(by, at))


async def archive(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """Thirty days after the end."""
    request = await request_for(session, "archive", number, by, None)
    return done(session, request, request.archive(by, at))


async def _unit_below(session: AsyncSession, code: str, by: Actor) -> Unit:
    unit = await unit_by_code(session, by.root_id, code)
    if not by.holds(Role.committee, Role.dispatcher, path=unit.path):
        raise NotAllowed("outside_your_units")
    return unit


def _wish(request: ServiceRequest, helper_gender: str | None, gender_strict: bool | None) -> dict[str, Any]:
    gender = request.helper_gender if helper_gender is None else helper_gender
    return {
        "helper_gender": gender, "gender_strict": request.gender_strict if gender_strict is None else gender_strict
    }  # fmt: skip
