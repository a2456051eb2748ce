"""Certificates of volunteer service (志愿服务证明): issued, revoked, verified by number and check code (§7).

A certificate says what the ledger said when it was issued, and goes on saying it: what is corrected later is put right
by another that takes its place, and whoever verifies the former is told its number. Of the same person and days one is
valid at a time, so that nobody shows two papers that differ. It never holds an ID number.
"""

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import false, or_
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed, NotSeen, WrongState
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Person
from matching.privacy.codes import check_code, normal_check_code
from matching.privacy.masking import masked_name
from matching.recognition.ledger import minutes_between, seen_person
from matching.recognition.model import Certificate
from matching.recognition.points import hours
from matching.recognition.policy import held, may, refuse_outsiders
from matching.requests.acting import clean
from matching.units.model import Unit

MOST_LINES = 8  # of what was done; the rest is summed up in one


class Issued(NamedTuple):
    """A certificate with whom it is about."""

    certificate: Certificate
    person: Person
    unit: Unit


@dataclass(frozen=True)
class Genuine:
    """What anybody is told who holds the number and the check code of a certificate: masked, and no content."""

    no: str
    name: str
    volunteer_no: str
    hours: str
    first_on: date
    last_on: date
    issuer: str
    issued_on: date
    revoked_on: date | None
    replaced_by: str | None  # the number of the one that took its place


async def issue(
    session: AsyncSession, member_no: str, first_on: date, last_on: date, in_charge: str, handler: str, phone: str,
    notes: str, replaces: str = "", *, by: Actor, at: datetime,
) -> Certificate:  # fmt: skip
    """For what the ledger says of those days; nobody issues one to themselves.

    `replaces` is the number of a valid one of the same person, which is revoked by it. Raises NotSeen, NotAllowed,
    Invalid; WrongState("certificate_there", no=…) on `replaces` where another of the same days stays valid.
    """
    person, unit = await seen_person(session, member_no, by=by, verb="certify")
    if person.id == by.id:
        raise NotAllowed("own_certificate")
    today = at.astimezone(SHANGHAI).date()
    if last_on > today:
        raise Invalid.field_is("last_on", "time_in_future")
    if first_on > last_on:
        raise Invalid.field_is("last_on", "day_order")
    done = await minutes_between(session, person.id or 0, first_on, last_on)
    minutes = sum(line[2] for line in done)
    if minutes <= 0:
        raise Invalid.field_is("first_on", "nothing_to_certify")
    root = (await session.exec(select(Unit).where(Unit.id == by.root_id).with_for_update(key_share=True))).one()
    former = await _former(session, person, first_on, last_on, replaces)
    made = Certificate(
        root_id=by.root_id, no=await _next_no(session, by.root_id, today.year), check=check_code(),
        person_id=person.id or 0, first_on=first_on, last_on=last_on, minutes=minutes, issued_by=by.id, issued_at=at,
        content={
            "name": person.name, "gender": person.gender, "volunteer_no": person.member_no, "unit": unit.name,
            "lines": _summed(done), "issuer": root.house, "in_charge": in_charge, "handler": handler, "phone": phone,
            "notes": clean(notes),
        },
    )  # fmt: skip
    session.add(made)
    note(session, "issue_certificate", f"{made.no} {person.member_no} {hours(minutes)}h", by=by, at=at)
    if former is not None:
        former.revoked_at, former.replaced_by = at, made.no
        note(session, "revoke_certificate", f"{former.no} → {made.no}", by=by, at=at)
    await session.flush()
    return made


async def revoke(session: AsyncSession, no: str, why: str, *, by: Actor, at: datetime) -> Certificate:
    """From now on its page says that it is void. Raises NotSeen, NotAllowed, WrongState."""
    found, _person, unit = await visible_certificate(session, no, by=by, lock=True)
    if not may("certify", by, unit.path):
        raise NotAllowed
    if found.revoked_at is not None:
        raise WrongState("certificate_revoked")
    found.revoked_at, found.why = at, why
    note(session, "revoke_certificate", found.no, by=by, at=at)
    return found


async def visible_certificate(session: AsyncSession, no: str, *, by: Actor, lock: bool = False) -> Issued:
    """One's own, or of somebody in one's units. Raises NotSeen."""
    statement = _joined(by.root_id).where(Certificate.no == no)
    if lock:
        statement = statement.with_for_update(of=Certificate)
    found = (await session.exec(statement)).first()
    if found is None or not (by.id == found[1].id or may("see_points", by, found[2].path)):
        raise NotSeen
    return Issued(*found)


async def own_certificates(session: AsyncSession, *, by: Actor) -> list[Certificate]:
    """One's own, the newest first."""
    statement = select(Certificate).where(Certificate.person_id == refuse_outsiders(by))
    return list(await session.exec(statement.order_by(col(Certificate.id).desc())))


async def certificates(
    session: AsyncSession, *, before: int | None = None, size: int = 30, by: Actor
) -> tuple[list[Issued], int | None]:
    """Those of one's units, the newest first, and the id before which the rest lies. Raises NotAllowed."""
    paths = held("see_points", by)
    if not paths:
        raise NotAllowed
    statement = _joined(by.root_id).where(or_(false(), *(col(Unit.path).startswith(path) for path in paths)))
    if before is not None:
        statement = statement.where(col(Certificate.id) < before)
    found = await session.exec(statement.order_by(col(Certificate.id).desc()).limit(size + 1))
    rows = [Issued(*row) for row in found]
    return rows[:size], rows[size - 1].certificate.id if len(rows) > size else None


async def genuine(session: AsyncSession, no: str, check: str) -> Genuine:
    """For anybody who holds the paper. A wrong number and a wrong code look alike. Raises NotSeen."""
    typed = normal_check_code(check)
    for found in await session.exec(select(Certificate).where(Certificate.no == no.strip())):
        if typed and hmac.compare_digest(found.check, typed):
            said = found.content
            return Genuine(
                found.no, masked_name(said["name"]), masked_number(said["volunteer_no"]), hours(found.minutes),
                found.first_on, found.last_on, said["issuer"], _day(found.issued_at),
                _day(found.revoked_at) if found.revoked_at else None, found.replaced_by,
            )  # fmt: skip
    raise NotSeen("unknown_certificate")


def masked_number(number: str) -> str:
    """A volunteer number as strangers see it: its last two characters."""
    return "*" * max(len(number) - 2, 1) + number[-2:]


def _summed(done: list[tuple[str, int, int]]) -> list[list[str | int]]:
    """Title, times and minutes; what is beyond MOST_LINES in one last line with an empty title."""
    lines: list[list[str | int]] = [list(line) for line in done[:MOST_LINES]]
    rest = done[MOST_LINES:]
    if rest:
        lines.append(["", sum(times for _title, times, _minutes in rest), sum(line[2] for line in rest)])
    return lines


async def _former(
    session: AsyncSession, person: Person, first_on: date, last_on: date, replaces: str
) -> Certificate | None:
    """The one to be replaced, None where nothing is; the hospital's row is locked, so that two at once take turns."""
    valid = select(Certificate).where(Certificate.person_id == person.id, col(Certificate.revoked_at).is_(None))
    theirs = {one.no: one for one in await session.exec(valid.order_by(col(Certificate.id)).with_for_update())}
    former = theirs.pop(replaces.strip(), None)
    if replaces.strip() and former is None:
        raise Invalid.field_is("replaces", "certificate_not_theirs", no=replaces.strip())
    for other in theirs.values():
        if (other.first_on, other.last_on) == (first_on, last_on):
            raise WrongState("certificate_there", field="replaces", no=other.no)
    return former


async def _next_no(session: AsyncSession, root_id: int, year: int) -> str:
    """'2026-00017': the year and which one in it; the hospital's row is locked, and none is ever deleted."""
    made = select(func.count()).where(Certificate.root_id == root_id, col(Certificate.no).startswith(f"{year}-"))
    return f"{year}-{(await session.exec(made)).one() + 1:05d}"


def _joined(root_id: int) -> Any:
    statement = select(Certificate, Person, Unit).join(Person, col(Person.id) == Certificate.person_id)
    return statement.join(Unit, col(Unit.id) == Person.unit_id).where(Certificate.root_id == root_id)


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()
