"""Who acts in the demo: everybody of the roster with their roles, found once."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.people.actor import Actor, Kind, Scope
from matching.people.model import Grant, Person, Role
from matching.services.model import Service
from matching.units.model import Unit, UnitKind

STAFF = {  # member numbers of the roster; the first of each role gets the demo's sign-in
    Role.administrator: ("M0542",),
    Role.committee: ("M0503", "M0505"),
    Role.dispatcher: ("M0504", "M0495", "M0490"),
    Role.unit_lead: ("M0345",),  # 门诊部党支部
    Role.member: ("M0351",),  # of the same branch
    Role.auditor: ("M0489",),
    Role.liaison: ("P01-1",),  # 湘衡精密铸造有限公司
}
BY_THEMSELVES = {Role.unit_lead, Role.member, Role.liaison}  # made with the roster, and with the partners


async def grant_staff(session: AsyncSession, root: Unit, at: datetime) -> None:
    """The roles over the whole hospital, which no roster names."""
    numbers = {number: role for role, numbers in STAFF.items() if role not in BY_THEMSELVES for number in numbers}
    found = await session.exec(select(Person).where(Person.root_id == root.id, col(Person.member_no).in_(numbers)))
    for person in found:
        session.add(
            Grant(root_id=root.id or 0, person_id=person.id or 0, unit_id=root.id or 0,
                  role=numbers[person.member_no], granted_at=at, granted_by=person.id)
        )  # fmt: skip
    await session.flush()


@dataclass(frozen=True)
class Cast:
    """People by what they can do. Retired members stay at home unless nobody else knows how."""

    root_id: int
    units: dict[int, Unit]
    actors: dict[int, Actor]
    people: dict[int, Person]
    leads: dict[int, Actor]
    dispatchers: list[Actor]
    committee: list[Actor]
    by_unit: dict[int, list[Person]]
    known: dict[tuple[int, int | None], list[Person]] = field(default_factory=dict)  # what `able` found

    def branch_for(self, home: int, service: Service, dice: Random) -> Unit:
        """The branch of the place where somebody there knows how, else one that does."""
        if self.able(home, service):
            return self.units[home]
        knowing = [(len(self.able(id_, service)), id_) for id_ in self.by_unit if self.able(id_, service)]
        best = sorted(knowing, reverse=True)[:4] or [(1, home)]
        return self.units[dice.choice(best)[1]]

    def another_branch(self, than: Unit, service: Service, dice: Random) -> Unit:
        """A branch that could take it as well."""
        others = [id_ for id_ in self.by_unit if id_ != than.id and self.able(id_, service)]
        return self.units[dice.choice(sorted(others))]

    def able(self, unit_id: int, service: Service) -> list[Person]:
        """Serving members of the branch with one of the skills."""
        key = unit_id, service.id
        if key not in self.known:
            wanted = set(service.skills)
            serving = (person for person in self.by_unit.get(unit_id, ()) if person.status == "serving")
            self.known[key] = [person for person in serving if not wanted or wanted & set(person.skills)]
        return self.known[key]

    def team(self, unit: Unit, service: Service, size: int, dice: Random) -> list[Actor]:
        """`size` members of the branch, those who know how first."""
        able = self.able(unit.id or 0, service)
        knowing = {person.id for person in able}
        others = [person for person in self.by_unit[unit.id or 0] if person.id not in knowing]
        chosen = dice.sample(able, min(size, len(able)))
        chosen += dice.sample(others, size - len(chosen))
        return [self.actors[person.id or 0] for person in chosen]


async def cast(session: AsyncSession, root: Unit) -> Cast:
    """Read everybody in three statements."""
    units = {unit.id or 0: unit for unit in await session.exec(select(Unit).where(Unit.root_id == root.id))}
    people = {one.id or 0: one for one in await session.exec(select(Person).where(Person.root_id == root.id))}
    scopes: dict[int, list[Scope]] = defaultdict(list)
    for grant in await session.exec(select(Grant).where(Grant.root_id == root.id, col(Grant.revoked_at).is_(None))):
        scopes[grant.person_id].append(Scope(Role(grant.role), grant.unit_id, units[grant.unit_id].path))
    actors = {
        id_: Actor(
            Kind.person,
            root.id or 0,
            id_,
            one.name,
            one.unit_id,
            units[one.unit_id].path,
            tuple(scopes[id_]),
            partner_id=one.partner_id,
        )
        for id_, one in people.items()
    }
    by_unit: dict[int, list[Person]] = defaultdict(list)
    for person in people.values():
        if units[person.unit_id].kind == UnitKind.branch:
            by_unit[person.unit_id].append(person)
    leads = {one.unit_id or 0: one for one in actors.values() if one.holds(Role.unit_lead)}

    def holding(role: Role) -> list[Actor]:
        return [actor for actor in actors.values() if actor.holds(role, path=root.path)]

    return Cast(root.id or 0, units, actors, people, leads, holding(Role.dispatcher), holding(Role.committee), by_unit)
