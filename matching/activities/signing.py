"""Who is there: by the code on the lead's screen, by the lead's tick, or by ticks that a phone brings in later.

All of it can be done twice, from two phones and in any order, and comes out the same: of several times the earliest
counts for coming and the latest for leaving. Only taking back counts from when it arrives.
"""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.codes import Phone, is_fresh, phone_key, sealed_for, signature
from matching.activities.engaging import engage
from matching.activities.model import Activity, Attendance, SignedHow
from matching.activities.policy import may
from matching.activities.queries import Seen, attendance_of, locked, visible_activity
from matching.errors import NotAllowed, NotSeen, Refused, WrongState
from matching.people.actor import Actor
from matching.people.model import Person
from matching.people.queries import known_as, person_by_no
from matching.privacy.sealed import Sealer
from matching.units.model import Unit
from matching.words import _

BEFORE, AFTER = timedelta(hours=2), timedelta(hours=1)  # that members may sign around the activity (our own)
ONLINE = timedelta(minutes=2)  # a tick that arrives within it was made with network; clocks may differ as much
MOST = 500  # ticks of one call


class What(StrEnum):
    """What a tick says."""

    came = "in"
    left = "out"
    undo = "undo"


class Tick(NamedTuple):
    """As a phone sends it. `millis`: since 1970, by the phone's clock as it was set right when the page was opened."""

    who: str  # member number
    what: What
    millis: int
    phone: str
    signature: str


class Outcome(StrEnum):
    """What became of a tick. The phone forgets what was done or was there; the rest it shows to the lead."""

    done = "done"
    there = "there"
    forged = "forged"
    not_yours = "not_yours"
    unknown = "unknown"
    outside = "outside"
    over = "over"


OUTCOMES = {
    Outcome.done: _("已记下"),
    Outcome.there: _("原来就有"),
    Outcome.forged: _("记录被改动过，没有采用"),
    Outcome.not_yours: _("是另一位负责人记的，请他登录后上传"),
    Outcome.unknown: _("没有这个工号"),
    Outcome.outside: _("不是本支部的人，请本人扫码，或请党委办公室列入"),
    Outcome.over: _("活动已经确认或取消，没有记入"),
}


class Told(NamedTuple):
    """The answer to one tick; `doubtful`: the phone's clock was moved, somebody should look at the time."""

    tick: Tick
    outcome: Outcome
    name: str = ""
    doubtful: bool = False


async def scanned(session: AsyncSession, activity_id: int, code: str, *, sealer: Sealer, at: datetime) -> Activity:
    """The activity whose screen showed this code just now, for whoever scans. Raises NotSeen, Refused("code_old")."""
    activity = await session.get(Activity, activity_id)
    if activity is None or activity.sealed_key is None:
        raise NotSeen("unknown_link")
    if not is_fresh(key_of(activity, sealer), code, at):
        raise Refused("code_old")
    return activity


async def sign_in(session: AsyncSession, activity_id: int, seen_at: datetime, *, by: Actor, at: datetime) -> Attendance:
    """The caller was there at `seen_at`, when they scanned. Somebody who was not on the list comes onto it."""
    seen = await _opened(session, activity_id, by)
    activity = seen.activity
    if not may("sign", by, activity, seen.unit.path, listed=seen.mine is not None):
        raise NotAllowed()
    step = activity.begin(by, at)
    if not activity.starts_at - BEFORE <= seen_at <= activity.ends_at + AFTER:
        before, after = (int(one.total_seconds()) // 3600 for one in (BEFORE, AFTER))
        raise WrongState("not_signing_now", before=before, after=after)
    place = seen.mine or _walked_in(session, activity, by.id or 0)
    place.sign(seen_at, SignedHow.code)
    if step is not None:
        session.add(step)
    await engage(session, activity_id, [place.person_id])
    return place


async def sign_out(session: AsyncSession, activity_id: int, *, by: Actor, at: datetime) -> Attendance:
    """The caller leaves now. Raises WrongState when they never signed in."""
    seen = await visible_activity(session, activity_id, by, lock=True)
    seen.activity.check("sign")
    if seen.mine is None or seen.mine.signed_at is None:
        raise WrongState("not_signed_in")
    seen.mine.leave(at)
    await engage(session, activity_id, [seen.mine.person_id])
    return seen.mine


async def tick(
    session: AsyncSession, activity_id: int, member_no: str, what: What, *, by: Actor, at: datetime
) -> Attendance:
    """The lead saw them come or leave, or ticked by mistake. Raises Invalid for a stranger."""
    seen = await _ticking(session, activity_id, by)
    person = await person_by_no(session, by.root_id, member_no, field="person")
    place = await attendance_of(session, activity_id, person.id)
    if place is None and not await _may_walk_in(session, person, seen.unit):
        raise Refused("not_of_this_branch", field="person", name=await known_as(session, person, by))
    if (step := seen.activity.begin(by, at)) is not None:
        session.add(step)
    place = place or _walked_in(session, seen.activity, person.id or 0)
    _apply(place, what, at, SignedHow.lead, doubtful=False)
    await engage(session, activity_id, [place.person_id])
    return place


async def sync(
    session: AsyncSession, activity_id: int, ticks: Sequence[Tick], phone_now: int, *,
    sealer: Sealer, by: Actor, at: datetime,
) -> list[Told]:  # fmt: skip
    """What a phone brings in, in its order. `phone_now`: its clock when it sent them, in milliseconds.

    A tick counts from when the phone was given its keys until now; one that says otherwise, or comes from a phone whose
    clock is wrong, is brought within and marked, never lost. One that this phone did not sign counts nothing.
    """
    seen = await visible_activity(session, activity_id, by, lock=True)
    if not may("tick", by, seen.activity, seen.unit.path):
        raise NotAllowed()
    if not seen.activity.can("sign"):
        return [Told(one, Outcome.over) for one in ticks]
    key, told = key_of(seen.activity, sealer), []
    skewed = abs(int(at.timestamp() * 1000) - phone_now) > ONLINE.total_seconds() * 1000
    people = await _by_number(session, by.root_id, {one.who for one in ticks})
    for one in ticks[:MOST]:
        phone = Phone.read(one.phone)
        if phone is None or not _is_signed(one, activity_id, key, phone):
            told.append(Told(one, Outcome.forged))
        elif phone.person_id != by.id:
            told.append(Told(one, Outcome.not_yours))
        elif (person := people.get(one.who)) is None:
            told.append(Told(one, Outcome.unknown))
        else:
            told.append(await _take(session, seen, person, one, phone, by, at, skewed))
    if any(one.outcome is Outcome.done for one in told) and (step := seen.activity.begin(by, at)) is not None:
        session.add(step)
    await engage(session, activity_id, [person.id or 0 for person in people.values()])
    return told


def key_of(activity: Activity, sealer: Sealer) -> bytes:
    """The activity's own key. Raises NotSeen where it has none: it was brought in from elsewhere, long over."""
    if activity.sealed_key is None:
        raise NotSeen()
    return sealer.open_bytes(activity.sealed_key, sealed_for(activity.id or 0))


async def _take(
    session: AsyncSession, seen: Seen, person: Person, one: Tick, phone: Phone, by: Actor, at: datetime, skewed: bool
) -> Told:  # fmt: skip
    place = await attendance_of(session, seen.activity.id or 0, person.id)
    if place is None and not await _may_walk_in(session, person, seen.unit):
        return Told(one, Outcome.outside, await known_as(session, person, by))
    said = datetime.fromtimestamp(min(one.millis, 253_000_000_000_000) / 1000, UTC)
    doubtful = skewed or not phone.since - ONLINE <= said <= at + ONLINE
    moment = min(max(said, phone.since), at)
    place = place or _walked_in(session, seen.activity, person.id or 0)
    before = (place.signed_at, place.left_at)
    how = SignedHow.lead if at - moment <= ONLINE else SignedHow.offline
    _apply(place, one.what, moment, how, doubtful=doubtful)
    await session.flush()
    changed = (place.signed_at, place.left_at) != before
    return Told(one, Outcome.done if changed else Outcome.there, person.name, doubtful)


def _apply(place: Attendance, what: What, moment: datetime, how: SignedHow, *, doubtful: bool) -> None:
    if what is What.undo:
        place.take_back()
        return
    place.sign(moment, how, doubtful=doubtful) if what is What.came else place.leave(moment, doubtful=doubtful)
    if place.signed_at is None:  # who leaves was there, though nobody saw them come: from then on
        place.sign(moment, how, doubtful=True)


def _walked_in(session: AsyncSession, activity: Activity, person_id: int) -> Attendance:
    place = Attendance(root_id=activity.root_id, activity_id=activity.id or 0, person_id=person_id, planned=False)
    session.add(place)
    return place


async def _may_walk_in(session: AsyncSession, person: Person, unit: Unit) -> bool:
    """Of the activity's own unit: a lead ticks nobody of another branch who is not on the list."""
    own = await session.get_one(Unit, person.unit_id)
    return person.partner_id is None and person.status != "left" and own.path.startswith(unit.path)


async def _opened(session: AsyncSession, activity_id: int, by: Actor) -> Seen:
    """Locked, for whoever scanned its code, though they might not have found it in their own list."""
    statement = select(Activity, Unit).join(Unit, col(Unit.id) == Activity.unit_id)
    statement = statement.where(Activity.root_id == by.root_id, Activity.id == activity_id)
    found = (await session.exec(locked(statement))).first()
    if found is None:
        raise NotSeen()
    return Seen(found[0], found[1], await attendance_of(session, activity_id, by.id))


async def _ticking(session: AsyncSession, activity_id: int, by: Actor) -> Seen:
    seen = await visible_activity(session, activity_id, by, lock=True)
    if not may("tick", by, seen.activity, seen.unit.path):
        raise NotAllowed()
    seen.activity.check("sign")
    return seen


async def _by_number(session: AsyncSession, root_id: int, numbers: set[str]) -> dict[str, Person]:
    known = select(Person).where(Person.root_id == root_id, col(Person.member_no).in_(numbers))
    return {person.member_no: person for person in await session.exec(known)}


def _is_signed(one: Tick, activity_id: int, key: bytes, phone: Phone) -> bool:
    made = signature(phone_key(key, phone), activity_id, one.who, one.what, one.millis)
    return hmac.compare_digest(made.encode(), one.signature.encode())
