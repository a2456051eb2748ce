"""What the doors call for a branch: its lead, and the members who take a request. Manners: `acting.py`."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotAllowed
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.people.queries import known_as, person_by_no
from matching.requests.acting import clean, done, request_for, suits
from matching.requests.claims import ClaimerKind
from matching.requests.history import OF_ONE_PERSON
from matching.requests.model import ServiceRequest
from matching.requests.photos import Photos
from matching.requests.row import Taker
from matching.requests.states import Result, ReturnReason
from matching.units.model import Unit


async def sign_for(
    session: AsyncSession, number: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """The unit's lead has seen it."""
    request = await request_for(session, "sign_for", number, by, if_version)
    return done(session, request, request.sign_for(by, at))


async def return_order(
    session: AsyncSession, number: str, reason: ReturnReason, note: str = "", *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Back to the dispatcher; 'other' needs words."""
    request = await request_for(session, "return_order", number, by, if_version)
    if reason is ReturnReason.other and not note.strip():
        raise Invalid.field_is("note", "reason_needed")
    home = await session.get_one(Unit, request.home_unit_id)
    return done(session, request, request.return_order(reason, clean(note), home, by, at))


async def claim(
    session: AsyncSession, number: str, kind: ClaimerKind = ClaimerKind.member, people: Sequence[str] = (),
    name: str = "", *, by: Actor, at: datetime, if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Take it: for oneself, for the unit or a department (its lead), or with a group (`people`: member numbers)."""
    request = await request_for(session, "claim", number, by, if_version)
    team: list[Taker] = [by]
    if kind in {ClaimerKind.unit, ClaimerKind.department}:
        if not by.holds(Role.unit_lead, path=request.unit.path):
            raise NotAllowed()
        if kind is ClaimerKind.department and not name.strip():
            raise Invalid.field_is("name", "required")
        name = request.unit.name if kind is ClaimerKind.unit else name.strip()
    elif kind is ClaimerKind.group:
        others = [await person_by_no(session, by.root_id, no, field="people") for no in dict.fromkeys(people)]
        others = [person for person in others if person.id != by.id]
        if not others:
            raise Invalid.field_is("people", "group_too_small")
        for person in others:
            await _belongs(session, person, request, "people", by)
        await suits(session, request, [person.id for person in others], "people")
        team, name = [by, *others], name.strip() or by.name
    else:
        name = by.name
    if kind in OF_ONE_PERSON:
        await suits(session, request, [by.id])
    return done(session, request, request.claim(team, kind, name, by, at))


async def assign(
    session: AsyncSession, number: str, person: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """Give it to a member (by number) of the responsible unit or one below."""
    request = await request_for(session, "assign", number, by, if_version)
    chosen = await person_by_no(session, by.root_id, person, field="person")
    await _belongs(session, chosen, request, "person", by)
    await suits(session, request, [chosen.id], "person")
    return done(session, request, request.assign(chosen, by, at))


async def decline(
    session: AsyncSession, number: str, note: str = "", *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """The person who was assigned says no."""
    request = await request_for(session, "decline", number, by, if_version)
    return done(session, request, request.decline(clean(note), by, at))


async def release(
    session: AsyncSession, number: str, note: str, person: str = "", *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Let go of one's own claim; a lead names whose (`person`: member number)."""
    request = await request_for(session, "release", number, by, if_version)
    holder = by.id
    if person:
        if not by.holds(Role.unit_lead, path=request.unit.path):
            raise NotAllowed("not_your_claim")
        holder = (await person_by_no(session, by.root_id, person, field="person")).id
    return done(session, request, request.release(holder or 0, clean(note), by, at))


async def start(
    session: AsyncSession, number: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """With fewer people than slots."""
    request = await request_for(session, "start", number, by, if_version)
    return done(session, request, request.start(by, at))


async def contact(
    session: AsyncSession, number: str, note: str = "", *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """The first real contact with the requester."""
    request = await request_for(session, "contact", number, by, if_version)
    return done(session, request, request.contact(clean(note), by, at))


async def extend(
    session: AsyncSession, number: str, until: datetime, note: str, *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Ask for more time."""
    request = await request_for(session, "extend", number, by, if_version)
    return done(session, request, request.extend(until, clean(note), by, at))


async def park(
    session: AsyncSession, number: str, plan_on: date, note: str, *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Not now, but on a planned day."""
    request = await request_for(session, "park", number, by, if_version)
    return done(session, request, request.park(plan_on, clean(note), by, at))


async def resume(
    session: AsyncSession, number: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """Go on with what was parked."""
    request = await request_for(session, "resume", number, by, if_version)
    return done(session, request, request.resume(by, at))


async def complete(
    session: AsyncSession, number: str, result: Result, note: str, minutes: int, photo: str = "", *,
    photos: Photos | None = None, by: Actor, at: datetime, if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Report the result; `minutes` is what each claimer served, `photo` the digest of one kept for this request."""
    request = await request_for(session, "complete", number, by, if_version)
    step = request.complete(result, clean(note), minutes, by, at, photo=photo)
    if photo and (photos is None or not photos.holds(request.number, photo)):
        raise Invalid.field_is("photo", "photo_missing")
    return done(session, request, step)


async def reply(
    session: AsyncSession, number: str, note: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """The unit's answer to the order."""
    request = await request_for(session, "reply", number, by, if_version)
    return done(session, request, request.reply(clean(note), by, at))


async def _belongs(session: AsyncSession, person: Person, request: ServiceRequest, field: str, by: Actor) -> None:
    theirs = (await session.exec(select(Unit).where(col(Unit.id) == person.unit_id))).one()
    if not request.unit.holds(theirs) or person.status == "left" or person.partner_id is not None:
        raise Invalid.field_is(field, "not_in_unit", name=await known_as(session, person, by))
