"""Service elsewhere that a member declares with a photo, and that somebody else accepts or refuses (§7)."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import false, or_
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed, NotSeen, Refused
from matching.notices.apart import About, Subject
from matching.notices.aside import tell
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Person
from matching.recognition.model import Declared, DeclaredState, EntryKind, PointsEntry
from matching.recognition.points import hours
from matching.recognition.policy import held, may, refuse_outsiders
from matching.recognition.posting import post_new, reverse
from matching.recognition.sources import standing
from matching.units.model import Unit

MOST_WAITING = 20
EVIDENCE = "evidence-"  # folders of photos, one a member
BACK = timedelta(days=366)  # how long ago it may have been


class Review(NamedTuple):
    """A declaration with who made it, and how many others carry the same photo."""

    declared: Declared
    person: Person
    unit: Unit
    alike: int


def folder(person_id: int) -> str:
    """Where the photos of somebody's evidence lie."""
    return f"{EVIDENCE}{person_id}"


async def declare(
    session: AsyncSession, title: str, on: date, minutes: int, organiser: str, said: str, photo: str, *, by: Actor,
    at: datetime,
) -> Declared:  # fmt: skip
    """It waits for a review. `photo` is the digest of a picture that was kept in one's folder.

    Raises NotAllowed, Invalid, Refused("too_many_declared").
    """
    person_id = refuse_outsiders(by)
    if not photo:
        raise Invalid.field_is("photo", "photo_needed")
    today = at.astimezone(SHANGHAI).date()
    if on > today:
        raise Invalid.field_is("on", "time_in_future")
    if on < today - BACK:
        raise Invalid.field_is("on", "day_too_long_ago", days=BACK.days)
    await session.exec(select(Person.id).where(Person.id == person_id).with_for_update())
    open_ones = select(func.count()).where(Declared.person_id == person_id, Declared.state == DeclaredState.waiting)
    if (await session.exec(open_ones)).one() >= MOST_WAITING:
        raise Refused("too_many_declared", n=MOST_WAITING)
    made = Declared(
        root_id=by.root_id, person_id=person_id, title=title, on=on, minutes=minutes, organiser=organiser, said=said,
        evidence=photo, made_at=at,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    return made


async def withdraw(session: AsyncSession, declared_id: int, *, by: Actor) -> Declared:
    """One's own, while it waits. Raises NotSeen, WrongState."""
    found = await _locked(session, declared_id, by)
    if found.declared.person_id != by.id:
        raise NotAllowed
    found.declared.withdraw()
    return found.declared


async def decide(
    session: AsyncSession, declared_id: int, verb: str, why: str = "", *, by: Actor, at: datetime
) -> Declared:
    """accept posts its points at once; refuse and take_back need a reason, and take_back reverses what was posted. Who
    declared it is told.

    Raises NotSeen, NotAllowed (also for one's own), WrongState, Invalid on `why`.
    """
    found = await _locked(session, declared_id, by)
    if not may("review_declared", by, found.unit.path):
        raise NotAllowed
    if verb != "accept" and not why:
        raise Invalid.field_is("why", "required")
    declared = found.declared
    declared.decide(verb, why, by.id, at)
    note(
        session, f"{verb}_declared", f"{found.person.member_no} {declared.on} {hours(declared.minutes)}h", by=by, at=at
    )
    await session.flush()
    if verb == "accept":
        await post_new(session, by.root_id, EntryKind.declared, at=at, only=declared.id)
    elif verb == "take_back":
        posted = select(PointsEntry).where(PointsEntry.kind == EntryKind.declared, standing())
        for entry in await session.exec(posted.where(PointsEntry.source_id == declared.id)):
            await reverse(session, entry, why, by=by, at=at)
    about = About(Subject(declared.title, declared.on), declared_id=declared.id)
    await tell(session, by.root_id, [declared.person_id], f"declared.{verb}", about, at=at)
    return declared


async def visible_declared(session: AsyncSession, declared_id: int, *, by: Actor) -> Review:
    """One's own, or of somebody in one's units. Raises NotSeen."""
    return await _found(session, declared_id, by, lock=False)


async def own_declared(session: AsyncSession, *, by: Actor) -> list[Declared]:
    """One's own, the newest first."""
    statement = select(Declared).where(Declared.person_id == refuse_outsiders(by))
    return list(await session.exec(statement.order_by(col(Declared.id).desc()).limit(50)))


async def to_review(
    session: AsyncSession, state: DeclaredState = DeclaredState.waiting, *, before: int | None = None, by: Actor
) -> list[Review]:
    """Of others in one's units: what waits the oldest first, what was decided the newest first.
    At most 50. Raises NotAllowed."""
    paths = held("review_declared", by)
    if not paths:
        raise NotAllowed
    below = or_(false(), *(col(Unit.path).startswith(path) for path in paths))
    key = col(Declared.id)
    statement = (
        select(Declared, Person, Unit)
        .join(Person, col(Person.id) == Declared.person_id)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(Declared.root_id == by.root_id, Declared.state == state, Declared.person_id != by.id, below)
        .order_by(key if state is DeclaredState.waiting else key.desc())
    )
    if before is not None:
        statement = statement.where(key > before if state is DeclaredState.waiting else key < before)
    rows = list(await session.exec(statement.limit(50)))
    alike = await _alike(session, by.root_id, [declared.evidence for declared, _person, _unit in rows])
    return [Review(declared, person, unit, alike.get(declared.evidence, 1) - 1) for declared, person, unit in rows]


async def _alike(session: AsyncSession, root_id: int, digests: list[str]) -> dict[str, int]:
    """How many declarations carry each photo, those that were withdrawn left out."""
    shown = [digest for digest in digests if digest]
    statement = select(Declared.evidence, func.count()).where(
        Declared.root_id == root_id, col(Declared.evidence).in_(shown), Declared.state != DeclaredState.withdrawn
    )
    return dict((await session.exec(statement.group_by(col(Declared.evidence)))).all())


async def _locked(session: AsyncSession, declared_id: int, by: Actor) -> Review:
    return await _found(session, declared_id, by, lock=True)


async def _found(session: AsyncSession, declared_id: int, by: Actor, *, lock: bool) -> Review:
    statement = (
        select(Declared, Person, Unit)
        .join(Person, col(Person.id) == Declared.person_id)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(Declared.root_id == by.root_id, Declared.id == declared_id)
    )
    if lock:
        statement = statement.with_for_update(of=Declared)
    found = (await session.exec(statement)).first()
    if found is None or by.id is None:
        raise NotSeen
    declared, person, unit = found
    if person.id != by.id and not may("see_points", by, unit.path):
        raise NotSeen
    alike = await _alike(session, by.root_id, [declared.evidence])
    return Review(declared, person, unit, alike.get(declared.evidence, 1) - 1)
