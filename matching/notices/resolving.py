"""From a row of the table to people: `House` knows who has which office, `audience_of` applies it to one Step.

Pure once the house is read, so that a batch of Steps costs a handful of statements however many people it concerns.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from matching.notices.audience import REQUESTER
from matching.notices.step_rows import unit_told
from matching.notices.who import Row, Who
from matching.people.actor import Kind
from matching.people.model import Grant, Person, Role
from matching.requests.claims import Claim, ClaimStatus
from matching.units.model import Unit

LEADING = (Role.unit_lead, Role.dispatcher, Role.committee)
LEFT = "left"  # the status of who is told nothing any more


class Fact(NamedTuple):
    """What a Step says, and of its request what the audience depends on."""

    id: int
    root_id: int
    request_id: int
    seq: int
    at: datetime
    verb: str
    from_state: str
    to_state: str
    by_kind: str
    by_id: int | None
    step_unit_id: int | None
    detail: dict[str, Any]
    filed_at: datetime
    home_unit_id: int
    stands_in: int
    emergency: bool
    service: str
    service_en: str
    partner_id: int | None

    @property
    def unit_id(self) -> int:
        """The unit that the sentence names."""
        return unit_told(self.verb, self.step_unit_id, self.detail, self.stands_in)


class Held(NamedTuple):
    """One claim, as far as it tells who had the request at a moment."""

    person_id: int
    status: str
    at: datetime
    ended_at: datetime | None

    def counts_at(self, at: datetime) -> bool:
        """Whether they had it when a Step was made, had done it by then, or lost it by that very Step."""
        lasting = self.ended_at is None or self.ended_at >= at or self.status == ClaimStatus.done
        return self.at <= at and lasting


@dataclass
class House:
    """Units with their paths and names; offices by unit; nobody who has left."""

    paths: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    offices: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))  # role, unit -> people
    members: dict[int, list[int]] = field(default_factory=dict)  # of units that nobody leads, the subtree's
    claims: dict[int, list[Held]] = field(default_factory=lambda: defaultdict(list))  # by request
    liaisons: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # by partner
    _above: dict[int, tuple[int, ...]] = field(default_factory=dict)  # thousands of Steps ask the same
    _covering: dict[tuple[Role, tuple[int, ...]], list[int]] = field(default_factory=dict)

    def above(self, unit_id: int) -> tuple[int, ...]:
        """The unit and those it lies in, the nearest first."""
        found = self._above.get(unit_id)
        if found is None:
            parts = reversed(self.paths.get(unit_id, "").split("/"))
            found = self._above[unit_id] = tuple(int(part) for part in parts if part)
        return found

    def nearest(self, role: Role, unit_id: int) -> Sequence[int]:
        """Who holds the role on the unit, else on the nearest one above."""
        return next((held for one in self.above(unit_id) if (held := self.offices.get((role, one)))), ())

    def covering(self, role: Role, *unit_ids: int) -> Sequence[int]:
        """Who holds the role on a unit that covers all of these."""
        asked = (role, unit_ids)
        found = self._covering.get(asked)
        if found is None:
            common = set.intersection(*(set(self.above(unit_id)) for unit_id in unit_ids))
            found = [person for one in sorted(common) for person in self.offices.get((role, one), ())]
            self._covering[asked] = found
        return found


UNITS: tuple[Any, ...] = (Unit.id, Unit.path, Unit.name)
OFFICES: tuple[Any, ...] = (Grant.role, Grant.unit_id, Grant.person_id)
HELD: tuple[Any, ...] = (Claim.request_id, Claim.person_id, Claim.status, Claim.at, Claim.ended_at)
PERSON: tuple[Any, ...] = (Person.id,)
LIAISONS: tuple[Any, ...] = (Person.partner_id, Person.id)


async def read_house(connection: AsyncConnection, facts: Collection[Fact]) -> House:
    """Everything that the audience of these Steps depends on, but for members."""
    house, roots = House(), {fact.root_id for fact in facts}
    for unit_id, path, name in await connection.execute(select(*UNITS).where(col(Unit.root_id).in_(roots))):
        house.paths[unit_id], house.names[unit_id] = path, name
    offices = (
        select(*OFFICES)
        .join(Person, col(Person.id) == col(Grant.person_id))
        .where(col(Grant.root_id).in_(roots), col(Grant.role).in_(LEADING), col(Grant.revoked_at).is_(None))
        .where(col(Person.status) != LEFT)
        .order_by(col(Grant.id))
    )
    for role, unit_id, person_id in await connection.execute(offices):
        house.offices[role, unit_id].append(person_id)
    if asking := {fact.partner_id for fact in facts if fact.partner_id}:
        liaisons = select(*LIAISONS).where(col(Person.partner_id).in_(asking), col(Person.status) != LEFT)
        for partner_id, person_id in await connection.execute(liaisons.order_by(col(Person.id))):
            house.liaisons[partner_id].append(person_id)
    if further := {fact.request_id for fact in facts if fact.verb != "file"}:
        claims = select(*HELD).where(col(Claim.request_id).in_(further)).order_by(col(Claim.id))
        for request_id, *held in await connection.execute(claims):
            house.claims[request_id].append(Held(*held))
    return house


async def read_members(connection: AsyncConnection, house: House, unit_ids: Iterable[int]) -> None:
    """The members of these units and of what lies below them, for those that nobody leads."""
    for unit_id in {one for one in unit_ids if not house.nearest(Role.unit_lead, one)}:
        below = (
            select(*PERSON)
            .join(Grant, col(Grant.person_id) == col(Person.id))
            .join(Unit, col(Unit.id) == col(Person.unit_id))
            .where(col(Unit.path).startswith(house.paths[unit_id]), col(Grant.role) == Role.member)
            .where(col(Grant.revoked_at).is_(None), col(Person.status) != LEFT)
            .order_by(col(Person.id))
        )
        house.members[unit_id] = list((await connection.execute(below)).scalars())


def audience_of(fact: Fact, row: Row, house: House) -> dict[int, str]:
    """Each person to be told with the part in which they are (a Who, or REQUESTER for the liaisons of the partner that
    asks), once. Never who did it.

    Whether a claimer has left is not known here.
    """
    told: dict[int, str] = {}
    did_it = fact.by_id if fact.by_kind == Kind.person else None
    for who in row.order:
        for person in _people(who, fact, house):
            if person != did_it:
                told.setdefault(person, who)
    if row.requester and fact.partner_id:
        told |= {person: REQUESTER for person in house.liaisons.get(fact.partner_id, ()) if person != did_it}
    return told


def _people(who: Who, fact: Fact, house: House) -> Sequence[int]:
    unit = fact.step_unit_id if fact.step_unit_id is not None else fact.stands_in
    match who:
        case Who.chosen:
            return (fact.detail["person"],)
        case Who.asked:
            return tuple(fact.detail.get("people", ()))
        case Who.claimers:
            held = house.claims.get(fact.request_id, ())
            return [claim.person_id for claim in held if claim.counts_at(fact.at)]
        case Who.leads:
            return house.nearest(Role.unit_lead, unit)
        case Who.members:
            return house.members.get(unit, ())
        case Who.in_charge:
            return house.nearest(Role.unit_lead, unit) or _people(Who.dispatchers, fact, house)
        case Who.leads_before:
            return house.nearest(Role.unit_lead, fact.detail["before"])
        case Who.dispatchers:
            return house.covering(Role.dispatcher, fact.home_unit_id, unit) or _people(Who.committee, fact, house)
        case Who.committee:
            return house.covering(Role.committee, unit)
