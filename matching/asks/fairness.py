"""Who carries how much: hours, asks, pleasant and hard requests of people and branches, for those who lead them.

What counts as what stands in docs/domain.md §11. Sums are made by the database, from the index of what ended lately
(`served_lately`) and of asks by time (`asks_by_time`): what is older than the period is never read.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, case, cast, extract, false, or_
from sqlalchemy import literal_column as written
from sqlalchemy import select as sql_select
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.load import Branch, Fairness, Load
from matching.asks.model import Answer, Ask, AskCount, Availability, Leave
from matching.asks.reading import LATELY
from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests.claims import Claim, ClaimerKind, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.queries import LEADING
from matching.services.model import Service, Tier
from matching.units.model import Unit, UnitKind
from matching.units.queries import unit_by_code, units_under

PERIODS = (14, 30, 90, 365)  # days to choose from; none shorter than LATELY
USUAL = 90
HARD_FROM = 1.2  # coefficient of difficulty (docs/domain.md §7: 1.0, 1.2, 1.5)
NIGHT = (21 * 60 + 30, 7 * 60 + 30)  # from, to: minutes after midnight in Shanghai; the usual quiet hours
AHEAD = 8 * 60  # minutes that Shanghai is before UTC, since 1992


def may_read_fairness(by: Actor, path: str | None = None) -> bool:
    """Dispatchers, leads, the committee office and auditors, of the units their role covers."""
    return by.holds(*LEADING, path=path)


async def fairness(session: AsyncSession, unit: str = "", days: int = USUAL, *, by: Actor, at: datetime) -> Fairness:
    """Of all one's units, or of a unit (its code) and what lies below. Raises NotAllowed, Invalid."""
    if not may_read_fairness(by):
        raise NotAllowed
    if days not in PERIODS:
        raise Invalid.field_is("days", "not_a_choice")
    paths = by.paths(*LEADING)
    if unit:
        chosen = await unit_by_code(session, by.root_id, unit)
        if not may_read_fairness(by, chosen.path):
            raise NotAllowed("outside_your_units", field="unit")
        paths = (chosen.path,)
    since = at - timedelta(days=days)
    return Fairness(days, since, await carried(session, by.root_id, paths, since, at))


async def carried(
    session: AsyncSession, root_id: int, paths: Sequence[str], since: datetime, until: datetime
) -> list[Branch]:
    """What the people of these subtrees carried from one moment to another, both in it, branch by branch.

    Whoever calls it has asked whether this is for the reader.
    """
    units = await units_under(session, root_id, paths)
    loads = await _people(session, root_id, paths, {unit.id or 0: unit for unit in units})
    await _add_served(session, root_id, loads, since, until)
    await _add_asks(session, root_id, loads, since, until)
    await _add_absences(session, root_id, loads, until)
    return _by_branch(units, loads.values())


def _by_branch(units: Sequence[Unit], loads: Iterable[tuple[Load, Unit]]) -> list[Branch]:
    """People under the branch that holds their unit; under their unit where no branch does."""
    branches = [unit for unit in units if unit.kind == UnitKind.branch]
    of_unit = {one.id: next((branch for branch in branches if branch.holds(one)), one) for one in units}
    made = {unit.id or 0: Branch(unit) for unit in units}
    for load, unit in loads:
        made[of_unit[unit.id].id or 0].people.append(load)
    return [branch for branch in made.values() if branch.people]


async def _people(
    session: AsyncSession, root_id: int, paths: Sequence[str], units: Mapping[int, Unit]
) -> dict[int, tuple[Load, Unit]]:
    statement = (
        select(Person.id, Person.member_no, Person.name, Person.unit_id)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(Person.root_id == root_id, Person.status != "left", col(Person.partner_id).is_(None), _below(paths))
        .order_by(col(Person.id))
    )
    found: dict[int, tuple[Load, Unit]] = {}
    for id_, number, name, unit_id in await session.exec(statement):
        found[id_ or 0] = Load(id_ or 0, number, name, units[unit_id].name), units[unit_id]
    return found


async def _add_served(
    session: AsyncSession, root_id: int, loads: dict[int, tuple[Load, Unit]], since: datetime, until: datetime
) -> None:
    hard, pleasant = _hard_and_pleasant(session)
    minutes = func.coalesce(Claim.minutes, 0)
    statement = (
        sql_select(
            col(Claim.person_id),
            func.count(col(Claim.id)),
            _sum_if(col(Claim.ended_at) >= since, minutes),
            _sum_if(col(Claim.ended_at) >= until - LATELY, minutes),
            _sum_if(hard, 1),
            _sum_if(pleasant, 1),
        )
        .join(ServiceRequest, col(ServiceRequest.id) == Claim.request_id)
        .join(Service, col(Service.id) == ServiceRequest.service_id)
        .where(
            col(Claim.root_id) == root_id,
            col(Claim.status) == written(f"'{ClaimStatus.done}'"),  # in words, as its index has it
            col(Claim.kind).in_((ClaimerKind.member, ClaimerKind.group)),  # a branch's hours are nobody's own
            col(Claim.ended_at).between(since, until),
        )
        .group_by(col(Claim.person_id))
    )
    served_by = await (await session.connection()).execute(statement)
    for person_id, done, served, lately, heavy, light in served_by:
        if person_id in loads:
            one = loads[person_id][0]
            one.done, one.hours, one.hours14 = done, float(served) / 60, float(lately) / 60
            one.hard, one.pleasant = int(heavy), int(light)


async def _add_asks(
    session: AsyncSession, root_id: int, loads: dict[int, tuple[Load, Unit]], since: datetime, until: datetime
) -> None:
    counted = (
        select(col(Ask.person_id), func.count(col(Ask.id)), _sum_if(col(Ask.answer) == Answer.accepted, 1))
        .where(Ask.root_id == root_id, col(Ask.asked_at).between(since, until))
        .group_by(col(Ask.person_id))
    )
    for person_id, asks, accepted in await session.exec(counted):
        if person_id in loads:
            loads[person_id][0].asks, loads[person_id][0].accepted = asks, int(accepted)
    ever = select(AskCount.person_id, AskCount.last_asked).where(AskCount.root_id == root_id, AskCount.category == "")
    for person_id, last_asked in await session.exec(ever):
        if person_id in loads:
            loads[person_id][0].last_asked = last_asked


async def _add_absences(session: AsyncSession, root_id: int, loads: dict[int, tuple[Load, Unit]], at: datetime) -> None:
    muted = select(Availability.person_id, Availability.muted_until)
    muted = muted.where(Availability.root_id == root_id, col(Availability.muted_until) > at)
    for person_id, until in await session.exec(muted):
        if person_id in loads:
            loads[person_id][0].muted_until = until
    today = at.astimezone(SHANGHAI).date()
    away = select(Leave.person_id).where(
        Leave.root_id == root_id, col(Leave.first_on) <= today, col(Leave.last_on) >= today
    )
    for person_id in await session.exec(away):
        if person_id in loads:
            loads[person_id][0].on_leave = True


def _hard_and_pleasant(session: AsyncSession) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Hard: difficult by its coefficient, of the most urgent tier, or at night. Pleasant: none of it, and planned."""
    ended: Any = col(Claim.ended_at)
    if session.get_bind().dialect.name == "postgresql":
        ended = func.timezone("UTC", ended)  # else the hour would be that of the server's zone
    of_day = (extract("hour", ended) * 60 + extract("minute", ended) + AHEAD) % (24 * 60)
    night = or_(of_day >= NIGHT[0], of_day < NIGHT[1])
    tier, difficult = col(ServiceRequest.tier), cast(Service.coefficient, Float) >= HARD_FROM
    hard = or_(difficult, tier == Tier.T1, night)
    return hard, ~hard & tier.in_((Tier.T3, Tier.T4))


def _sum_if(condition: ColumnElement[bool], amount: Any) -> ColumnElement[Any]:
    return func.sum(case((condition, amount), else_=0))


def _below(paths: Sequence[str]) -> ColumnElement[bool]:
    return or_(false(), *(col(Unit.path).startswith(path) for path in paths))
