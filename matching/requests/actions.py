"""What the doors call: find the request through the actor's eyes, ask the policy, call the verb, add the Step.

Each runs inside one `db.Work`. All take `number`, the form's own arguments, `by`, `at` and optionally the version the
caller saw (`if_version`); they return the request. They raise NotSeen, NotAllowed, WrongState, Stale, Invalid.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import NEWS, News
from matching.errors import Invalid, NotAllowed, Refused
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.people.queries import known_as, person_by_no
from matching.privacy import guard
from matching.privacy.masking import masked_name
from matching.privacy.sealed import Sealer
from matching.requests.claims import ClaimerKind
from matching.requests.filing import Filing
from matching.requests.history import OF_ONE_PERSON
from matching.requests.insert import FILINGS, Filed
from matching.requests.model import ServiceRequest
from matching.requests.photos import Photos
from matching.requests.policy import may
from matching.requests.queries import visible_request
from matching.requests.row import Taker
from matching.requests.secrets import change_secret, open_secret
from matching.requests.states import HELPERS, RejectReason, Result, ReturnReason
from matching.requests.steps import Step
from matching.services.model import Tier
from matching.units.model import Unit
from matching.units.queries import unit_by_code

ByItself = Callable[..., Awaitable[ServiceRequest]]  # an action that a job can call: session, number, by, at


async def file(session: AsyncSession, filing: Filing) -> Filed:
    """One filing inside a transaction that does more; the public door commits many at once instead."""
    filed = (await FILINGS.within(await session.connection(), [filing]))[0]
    if filed.new:
        session.info.setdefault(NEWS, []).append(filing.news(filed.id))
    return filed


async def ask_info(
    session: AsyncSession, number: str, note: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """Ask the requester something."""
    request = await request_for(session, "ask_info", number, by, if_version)
    return done(session, request, request.ask_info(clean(note), by, at))


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
    request = await visible_request(session, number, by, if_version=if_version)
    if request.can("accept"):
        _may("accept", by, request)
        session.add(request.accept(by, at))
    _may("dispatch", by, request)
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


async def answer_extension(
    session: AsyncSession, number: str, grant: bool, note: str = "", *, by: Actor, at: datetime,
    if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Yes or no to more time."""
    request = await request_for(session, "answer_extension", number, by, if_version)
    return done(session, request, request.answer_extension(grant, clean(note), by, at))


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


async def public_list(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """Long past its limit, for all who lead to see."""
    request = await request_for(session, "public_list", number, by, None)
    return done(session, request, request.public_list(by, at))


async def supervise(
    session: AsyncSession, number: str, note: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """The committee's numbered order."""
    request = await request_for(session, "supervise", number, by, if_version)
    return done(session, request, request.supervise(clean(note), by, at))


async def reply(
    session: AsyncSession, number: str, note: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> ServiceRequest:
    """The unit's answer to the order."""
    request = await request_for(session, "reply", number, by, if_version)
    return done(session, request, request.reply(clean(note), by, at))


async def close(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """Seven days without a rating."""
    request = await request_for(session, "close", number, by, None)
    return done(session, request, request.close(by, at))


async def archive(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """Thirty days after the end."""
    request = await request_for(session, "archive", number, by, None)
    return done(session, request, request.archive(by, at))


async def request_for(
    session: AsyncSession, verb: str, number: str, by: Actor, if_version: int | None
) -> ServiceRequest:
    request = await visible_request(session, number, by, if_version=if_version)
    _may(verb, by, request)
    return request


def _may(verb: str, by: Actor, request: ServiceRequest) -> None:
    if not may(verb, by, request):
        raise NotAllowed()


def done(session: AsyncSession, request: ServiceRequest, step: Step) -> ServiceRequest:
    """Keep the Step with the request it moved, and have it told once it is committed."""
    session.add(step)
    units = {request.unit_id, request.home_unit_id, step.detail.get("before", request.unit_id)}
    news = News(request.root_id, request.id or 0, step.verb, tuple(sorted(units)))
    session.info.setdefault(NEWS, []).append(news)
    return request


def clean(text: str) -> str:
    """Stripped, and personal data masked: Steps are for ever, so nothing may enter them that must be erasable."""
    stripped = text.strip()
    return guard.mask(stripped, guard.inspect(stripped).spans)


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


async def suits(session: AsyncSession, request: ServiceRequest, people: Sequence[int | None], field: str = "") -> None:
    """Where only women, or only men, may come, all these people (inner ids) are known to be.

    Raises Refused helper_gender, or Invalid on `field` where somebody else named them.
    """
    if not request.gender_strict:
        return
    unlike = select(Person.name).where(col(Person.id).in_(people), Person.gender != request.helper_gender)
    if (name := (await session.exec(unlike.order_by(col(Person.id)).limit(1))).first()) is not None:
        said = {"name": name, "wish": HELPERS[request.helper_gender, True]}
        raise Invalid.field_is(field, "helper_gender", **said) if field else Refused("helper_gender", **said)


async def _belongs(session: AsyncSession, person: Person, request: ServiceRequest, field: str, by: Actor) -> None:
    theirs = (await session.exec(select(Unit).where(col(Unit.id) == person.unit_id))).one()
    if not request.unit.holds(theirs) or person.status == "left" or person.partner_id is not None:
        raise Invalid.field_is(field, "not_in_unit", name=await known_as(session, person, by))
