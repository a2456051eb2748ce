"""What the doors call to arrange an activity, put people on its list, and close it: find, lock, ask the policy, act.

Each runs inside one `db.Work` and raises NotSeen, NotAllowed, WrongState, Stale or Invalid. Signing is in signing.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.codes import new_key, sealed_for
from matching.activities.engaging import engage
from matching.activities.model import Activity, ActivityKind, ActivityStep, Attendance
from matching.activities.origins import origin_of, partner_by_code
from matching.activities.policy import MAY, may, may_at
from matching.activities.queries import Seen, attendance_of, visible_activity
from matching.activities.telling import tell_cancelled, tell_changed, tell_led, tell_listed
from matching.asks.engagement import LONGEST
from matching.errors import Invalid, NotAllowed, WrongState
from matching.notices.aside import forget_activity
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Person, Role
from matching.people.queries import known_as, person_by_no
from matching.privacy.sealed import Sealer
from matching.requests.acting import clean
from matching.services.model import Service
from matching.units.model import Unit
from matching.units.queries import unit_by_code

YEARS = range(2000, 2100)  # as figures know them; beyond the calendar's end a list of activities cannot be shown


@dataclass(frozen=True)
class Plan:
    """What is arranged, as it is typed: units, services and partners by their codes, people by their numbers.

    `request`: the number of the request it comes from; `project`: the inner id of a project of the three lists.
    """

    kind: ActivityKind
    title: str
    unit: str
    place: str
    starts_at: datetime
    ends_at: datetime
    lead: str = ""  # '' for whoever plans it
    service: str = ""
    partner: str = ""
    project: int | None = None
    request: str = ""
    note: str = ""


class Columns(NamedTuple):
    """Whom and what a plan names, by inner ids."""

    lead_id: int | None
    service_id: int | None
    partner_id: int | None


async def plan(
    session: AsyncSession, wish: Plan, people: Sequence[str] = (), everybody: bool = False, *,
    sealer: Sealer, by: Actor, at: datetime,
) -> Activity:  # fmt: skip
    """Arrange one, with these people on its list, or everybody of the unit; who took the request it comes from is on it
    anyway."""
    unit = await unit_by_code(session, by.root_id, wish.unit)
    if not may_at("plan", by, unit.path):
        raise NotAllowed("outside_your_units", field="unit")
    origin = await origin_of(session, wish.request, wish.project, by)
    columns = await _columns(session, wish, unit, by)
    activity = Activity(
        root_id=by.root_id, kind=wish.kind, title=wish.title, unit_id=unit.id or 0, place=wish.place,
        starts_at=wish.starts_at, ends_at=wish.ends_at, lead_id=columns.lead_id or by.id or 0,
        service_id=columns.service_id or origin.service_id, partner_id=columns.partner_id or origin.partner_id,
        request_id=origin.request_id, project_id=origin.project_id, note=wish.note, made_by=by.id, made_at=at,
    )  # fmt: skip
    session.add(activity)
    await session.flush()
    activity.sealed_key = sealer.seal_bytes(new_key(), sealed_for(activity.id or 0))
    session.add(ActivityStep(root_id=by.root_id, activity_id=activity.id or 0, verb="plan", by_id=by.id, at=at))
    wanted = [*origin.claimers, *(person.id or 0 for person in await _people(session, people, unit, by))]
    if everybody:
        wanted += await _members(session, unit)
    session.add_all(
        Attendance(root_id=by.root_id, activity_id=activity.id or 0, person_id=one) for one in dict.fromkeys(wanted)
    )
    await engage(session, activity.id or 0)
    await tell_led(session, activity, by, at)
    await tell_listed(session, activity, [one for one in wanted if one != activity.lead_id], by, at)
    return activity


async def change(
    session: AsyncSession, activity_id: int, wish: Plan, *, by: Actor, at: datetime, if_version: int | None = None
) -> Activity:
    """Arrange it otherwise. Where it came from stays; `request` and `project` are not looked at."""
    seen = await locked_for("change", session, activity_id, by, if_version)
    activity, unit = seen.activity, await unit_by_code(session, by.root_id, wish.unit)
    if unit.id != activity.unit_id and not may_at("plan", by, unit.path):
        raise NotAllowed("outside_your_units", field="unit")
    columns = await _columns(session, wish, unit, by)
    plan = {name: getattr(wish, name) for name in ("kind", "title", "place", "starts_at", "ends_at", "note")}
    kept = {"unit_id": unit.id, "lead_id": columns.lead_id or activity.lead_id, "service_id": columns.service_id}
    kept["partner_id"] = columns.partner_id or activity.partner_id
    before, lead_id = (activity.starts_at, activity.ends_at, activity.place), activity.lead_id
    session.add(activity.change(by, at, **plan, **kept))
    await engage(session, activity_id)
    if (activity.starts_at, activity.ends_at, activity.place) != before:
        await tell_changed(session, activity, await _listed(session, activity_id), by, at)
    if activity.lead_id != lead_id:
        await tell_led(session, activity, by, at, instead_of=lead_id)
    return activity


async def add_people(
    session: AsyncSession, activity_id: int, people: Sequence[str] = (), everybody: bool = False, *,
    by: Actor, at: datetime,
) -> int:  # fmt: skip
    """Put them on the list; returns how many were not on it."""
    seen = await locked_for("list", session, activity_id, by)
    wanted = [person.id or 0 for person in await _people(session, people, seen.unit, by)]
    if everybody:
        wanted += await _members(session, seen.unit)
    there = set(await _listed(session, activity_id))
    fresh = [person_id for person_id in dict.fromkeys(wanted) if person_id not in there]
    session.add_all(Attendance(root_id=by.root_id, activity_id=activity_id, person_id=one) for one in fresh)
    await engage(session, activity_id, fresh)
    await tell_listed(session, seen.activity, fresh, by, at)
    return len(fresh)


async def remove_person(session: AsyncSession, activity_id: int, member_no: str, *, by: Actor, at: datetime) -> None:
    """Take somebody off the list who has not signed in. Does nothing the second time."""
    seen = await locked_for("list", session, activity_id, by)
    person = await person_by_no(session, by.root_id, member_no, field="person")
    place = await attendance_of(session, activity_id, person.id)
    if place is None:
        return
    if place.signed_at is not None:
        raise WrongState("came_already", name=person.name)
    await session.delete(place)
    await engage(session, activity_id, [place.person_id])
    if person.id != seen.activity.lead_id:
        await forget_activity(session, activity_id, person.id or 0)


async def cancel(
    session: AsyncSession, activity_id: int, why: str, *, by: Actor, at: datetime, if_version: int | None = None
) -> Activity:
    """It does not take place, or does not count; what was confirmed stays."""
    seen = await locked_for("cancel", session, activity_id, by, if_version)
    if not why.strip():
        raise Invalid.field_is("why", "required")
    session.add(seen.activity.cancel(clean(why), by, at))
    await engage(session, activity_id)
    note(session, "cancel_activity", f"{activity_id} {clean(why)}", by=by, at=at)
    await tell_cancelled(session, seen.activity, await _listed(session, activity_id), by, at)
    return seen.activity


async def locked_for(
    act: str, session: AsyncSession, activity_id: int, by: Actor, if_version: int | None = None
) -> Seen:
    """The activity, locked, for who may do this to it. Raises NotSeen, Stale, NotAllowed, WrongState."""
    seen = await visible_activity(session, activity_id, by, lock=True, if_version=if_version)
    if not may(act, by, seen.activity, seen.unit.path, listed=seen.mine is not None):
        raise NotAllowed()
    seen.activity.check(act)
    return seen


async def _listed(session: AsyncSession, activity_id: int) -> Sequence[int]:
    return list(await session.exec(select(Attendance.person_id).where(Attendance.activity_id == activity_id)))


async def _columns(session: AsyncSession, wish: Plan, unit: Unit, by: Actor) -> Columns:
    """What was named, None where it was not. Raises Invalid, also for times that cannot be."""
    for field in ("starts_at", "ends_at"):
        if getattr(wish, field).year not in YEARS:
            raise Invalid.field_is(field, "bad_time")
    if wish.ends_at <= wish.starts_at:
        raise Invalid.field_is("ends_at", "time_order")
    if wish.ends_at - wish.starts_at > LONGEST:
        raise Invalid.field_is("ends_at", "activity_too_long", hours=int(LONGEST.total_seconds()) // 3600)
    lead_id = service_id = partner_id = None
    if wish.lead:
        lead = await person_by_no(session, by.root_id, wish.lead, field="lead")
        await _belongs(session, lead, unit, by, "lead")
        lead_id = lead.id
    if wish.service:
        named = select(Service.id).where(Service.root_id == by.root_id, Service.code == wish.service)
        service_id = (await session.exec(named)).first()
        if service_id is None:
            raise Invalid.field_is("service", "unknown_service")
    if wish.partner:
        partner_id = (await partner_by_code(session, by.root_id, wish.partner)).id
    return Columns(lead_id, service_id, partner_id)


async def _people(session: AsyncSession, numbers: Sequence[str], unit: Unit, by: Actor) -> list[Person]:
    found = []
    for number in dict.fromkeys(one.strip() for one in numbers if one.strip()):
        person = await person_by_no(session, by.root_id, number, field="people")
        await _belongs(session, person, unit, by, "people")
        found.append(person)
    return found


async def _belongs(session: AsyncSession, person: Person, unit: Unit, by: Actor, field: str) -> None:
    """Of the activity's unit, or of one that `by` leads or may plan for: nobody lists another branch's people."""
    if person.partner_id is not None or person.status == "left":
        raise Invalid.field_is(field, "not_a_member_here", name=await known_as(session, person, by))
    own = await session.get_one(Unit, person.unit_id)
    leading = [role for role in (Role.committee, Role.dispatcher, Role.unit_lead) if role in MAY["plan"]]
    if not own.path.startswith(unit.path) and not by.holds(*leading, path=own.path):
        raise Invalid.field_is(field, "not_of_this_branch", name=await known_as(session, person, by))


async def _members(session: AsyncSession, unit: Unit) -> list[int]:
    """Who belongs to the unit and has not left, in the order they came."""
    statement = select(Person.id).join(Unit, col(Unit.id) == Person.unit_id)
    statement = statement.where(
        col(Unit.path).startswith(unit.path), Person.status != "left", col(Person.partner_id).is_(None)
    )
    return [id_ or 0 for id_ in await session.exec(statement.order_by(col(Person.id)))]
