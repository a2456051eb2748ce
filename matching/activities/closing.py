"""The end of an activity: minutes and counts confirmed by the lead, and corrected later with a reason."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from json import dumps

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.actions import locked_for
from matching.activities.engaging import engage
from matching.activities.model import Activity
from matching.activities.queries import Listed, people_of
from matching.asks.model import Licence
from matching.asks.reading import Skilled
from matching.errors import Invalid, Refused, WrongState
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.requests.acting import clean
from matching.services.model import LICENCE, Service

LONGEST = 24 * 60  # minutes of one person
MARGIN = 60  # minutes that somebody may have served beyond the activity's own times: building up, clearing away (§7)


@dataclass(frozen=True)
class Counts:
    """What the activity came to; None: not counted."""

    person_times: int | None = None
    materials: int | None = None
    partner_volunteers: int = 0
    effect: str = ""
    note: str = ""


def proposals(activity: Activity, people: list[Listed], at: datetime) -> dict[str, int]:
    """Minutes by member number: those confirmed, else as sign-in and sign-out say."""
    return {
        one.person.member_no: one.attendance.proposed(activity, at) if one.attendance.minutes is None
        else one.attendance.minutes
        for one in people
    }  # fmt: skip


async def confirm(
    session: AsyncSession, activity_id: int, minutes: Mapping[str, int], counts: Counts, *,
    by: Actor, at: datetime, if_version: int | None = None,
) -> Activity:  # fmt: skip
    """Minutes by member number; whoever is not named has what was proposed. 0 stands for absent.

    Raises WrongState("nobody_came"), WrongState("nobody_licensed", skills=…), Invalid.
    """
    seen = await locked_for("confirm", session, activity_id, by, if_version)
    activity, people = seen.activity, await people_of(session, activity_id)
    session.add(activity.confirm(by, at, **asdict(counts)))
    said = proposals(activity, people, at) | _checked(activity, minutes, people)
    await _check(session, activity, people, said)
    for one in people:
        one.attendance.minutes = said[one.person.member_no]
    await engage(session, activity_id)
    return activity


async def correct(
    session: AsyncSession, activity_id: int, minutes: Mapping[str, int], counts: Counts, reason: str, *,
    by: Actor, at: datetime, if_version: int | None = None,
) -> Activity:  # fmt: skip
    """What was confirmed was wrong. Whoever is not named keeps their minutes; the audit log says what changed."""
    seen = await locked_for("correct", session, activity_id, by, if_version)
    if not reason.strip():
        raise Invalid.field_is("reason", "required")
    activity, people = seen.activity, await people_of(session, activity_id)
    said = {one.person.member_no: one.attendance.minutes or 0 for one in people}
    said |= _checked(activity, minutes, people)
    await _check(session, activity, people, said)
    changed: dict[str, list[object]] = {}
    for one in people:
        was, now = one.attendance.minutes or 0, said[one.person.member_no]
        if was != now:
            changed[one.person.member_no] = [was, now]
            one.attendance.minutes = now
    changed |= {name: [was, now] for name, now in asdict(counts).items() if (was := getattr(activity, name)) != now}
    session.add(activity.correct(clean(reason), by, at, changed, **asdict(counts)))
    numbers = {name: pair for name, pair in changed.items() if name not in ("effect", "note")}
    note(session, "correct_activity", f"{activity_id} {clean(reason)} {dumps(numbers)}", by=by, at=at)
    return activity


async def skills_needed(session: AsyncSession, activity: Activity) -> frozenset[str]:
    """The registrations of which somebody there must hold one (义诊资质, docs/domain.md §7); empty for most."""
    service = await session.get(Service, activity.service_id) if activity.service_id is not None else None
    return frozenset(one for one in (service.skills if service else ()) if one.startswith(LICENCE))


async def licensed(session: AsyncSession, activity: Activity, people: list[Listed]) -> set[str]:
    """The numbers of those on the list who held one of them on that day, as matching knows it."""
    needed = await skills_needed(session, activity)
    if not needed:
        return set()
    ids = [one.person.id for one in people]
    registered: dict[int, dict[str, object]] = {}
    for licence in await session.exec(select(Licence).where(col(Licence.person_id).in_(ids))):
        registered.setdefault(licence.person_id, {})[licence.skill] = licence.valid_until
    skilled, held = Skilled(activity.day), set()
    for one in people:
        known = registered.get(one.person.id or 0)
        _skills, valid, _cleared = skilled.of(dumps(one.person.skills), one.person.status, known)  # type: ignore[arg-type]
        if valid & needed:
            held.add(one.person.member_no)
    return held


def most_minutes(activity: Activity) -> int:
    """How many one person may be credited with: as long as it lasted, and MARGIN (docs/domain.md §7)."""
    return min(_length(activity) + MARGIN, LONGEST)


def _length(activity: Activity) -> int:
    return int((activity.ends_at - activity.starts_at).total_seconds()) // 60


def _checked(activity: Activity, minutes: Mapping[str, int], people: list[Listed]) -> dict[str, int]:
    """What was confirmed before the rule may stay as it is, so that others can be corrected beside it."""
    there, most = {one.person.member_no: one.attendance.minutes for one in people}, most_minutes(activity)
    wrong: dict[str, Refused] = {}
    for number, said in minutes.items():
        field = f"minutes-{number}"
        if number not in there:
            wrong[field] = Refused("unknown_person", field=field)
        elif not 0 <= said <= LONGEST:
            wrong[field] = Refused("out_of_range", field=field, min=0, max=LONGEST)
        elif said > most and said != there[number]:
            wrong[field] = Refused("longer_than_activity", field=field, whole=_length(activity), max=most)
    if wrong:
        raise Invalid(wrong)
    return dict(minutes)


async def _check(session: AsyncSession, activity: Activity, people: list[Listed], minutes: Mapping[str, int]) -> None:
    if not any(minutes.values()):
        raise WrongState("nobody_came")
    needed = await skills_needed(session, activity)
    if needed and not any(minutes[number] for number in await licensed(session, activity, people)):
        raise WrongState("nobody_licensed", skills="、".join(sorted(needed)))
