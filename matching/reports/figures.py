"""Figures: of a scope, of its groups, as a series, as heat maps and as a league table. Definitions: definitions.py.

All that is read comes through `by` (policy.py): every function raises NotAllowed or NotSeen, and Invalid for a period.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.partners.model import Partner
from matching.people.actor import Actor
from matching.reports import activities
from matching.reports.chosen import Chosen, Scope, ScopeKind, choose, scope_by_code
from matching.reports.definitions import COMPOSITE
from matching.reports.periods import Period, Step
from matching.reports.sums import sums as counted
from matching.reports.values import Figure, Figures, added, worked_out
from matching.reports.weights import weights_on
from matching.services.model import Service
from matching.units.model import Spot, Unit, UnitKind

__all__ = [
    "Figure", "Figures", "Group", "Heat", "Period", "Point", "Row", "Scope", "ScopeKind", "Standing", "Step",
    "by_group", "figures", "heat", "league", "scope_by_code", "series",
]  # fmt: skip


class Group(StrEnum):
    """What a table has one row for."""

    general_branch = "general_branch"
    branch = "branch"
    service = "service"
    place = "place"
    partner = "partner"


EVERYTHING = Scope()
Counted = Mapping[str, int]
Grouped = tuple[Scope, Unit | Service | Spot | Partner, Counted]
UNITS = {Group.general_branch: UnitKind.general_branch, Group.branch: UnitKind.branch}
COLUMN = {
    Group.general_branch: "unit_id", Group.branch: "unit_id", Group.service: "service_id", Group.place: "spot_id",
    Group.partner: "partner_id",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row of a table by groups. `scope` leads to its own figures; `kind` is that of a unit, '' for others."""

    scope: Scope
    code: str
    name: str
    kind: str
    figures: Figures


@dataclass(frozen=True)
class Point:
    """One part of a series."""

    period: Period
    figures: Figures


@dataclass(frozen=True)
class Heat:
    """When and where is asked: `week[weekday][hour]` from Monday, and each place's hours, the busiest place first."""

    week: list[list[int]]
    places: list[tuple[Scope | None, str, list[int]]]


@dataclass(frozen=True)
class Standing:
    """A branch in the league table. `rank` is None where there are fewer than 5 valid ratings: such ones come last."""

    rank: int | None
    row: Row


async def figures(session: AsyncSession, root_id: int, scope: Scope, period: Period, *, by: Actor) -> Figures:
    """All figures of a scope in a period."""
    chosen = await choose(session, root_id, scope, period, by)
    found = (await _sums(session, chosen)).get((), {})
    [weights] = await weights_on(session, root_id, period.last)
    return worked_out(found, weights)


async def by_group(
    session: AsyncSession, root_id: int, group: Group, period: Period, *, by: Actor, scope: Scope = EVERYTHING
) -> list[Row]:
    """One row a group within the scope, in the order of the tree or catalogue.

    Branches with nothing are there too, in a table of the hospital or a unit. What stands with a unit that is in no
    such group is a row of that unit, so that rows add up; what has no place, or no partner, is in no row.
    """
    chosen = await choose(session, root_id, scope, period, by)
    found = await _sums(session, chosen, COLUMN[group])
    [weights] = await weights_on(session, root_id, period.last)
    rows = []
    for scope_of, one, sums in await _grouped(session, chosen, group, {key: s for (key,), s in found.items()}):
        kind = one.kind if isinstance(one, Unit) else ""
        rows.append(Row(scope_of, one.code, one.name, kind, worked_out(sums, weights)))
    return rows


async def series(
    session: AsyncSession, root_id: int, scope: Scope, period: Period, step: Step, *, by: Actor
) -> list[Point]:
    """The figures of each day, week or month of a period."""
    chosen = await choose(session, root_id, scope, period, by)
    found = {day: sums for (day,), sums in (await _sums(session, chosen, "day")).items()}
    points, parts = [], list(period.cut(step))
    for part, weights in zip(parts, await weights_on(session, root_id, *(part.last for part in parts)), strict=True):
        within = [sums for day, sums in found.items() if part.first <= day <= part.last]
        points.append(Point(part, worked_out(added(*within), weights)))
    return points


async def heat(session: AsyncSession, root_id: int, scope: Scope, period: Period, *, by: Actor) -> Heat:
    """What was filed, by weekday and hour, and by place and hour (in Shanghai)."""
    chosen = await choose(session, root_id, scope, period, by)
    week, places = [[0] * 24 for _day in range(7)], dict[int, list[int]]()
    for (day, hour, spot_id), n in (await _filed_by_hour(session, chosen)).items():
        week[day.weekday()][hour] += n
        if spot_id:
            places.setdefault(spot_id, [0] * 24)[hour] += n
    known = await session.exec(select(Spot).where(Spot.root_id == root_id))
    names = {spot.id: spot.name for spot in known}
    busiest = sorted(places.items(), key=lambda place: (-sum(place[1]), place[0]))
    return Heat(week, [(Scope(ScopeKind.place, id_), names[id_], hours) for id_, hours in busiest])


async def league(session: AsyncSession, root_id: int, period: Period, *, by: Actor) -> list[Standing]:
    """Branches by their composite, the best first; equal ones share a rank. Those with n < 5 follow without one."""
    rows = [row for row in await by_group(session, root_id, Group.branch, period, by=by) if row.kind == UnitKind.branch]
    ranked = [row for row in rows if row.figures[COMPOSITE].exact is not None and not row.figures[COMPOSITE].few]
    scores = sorted((row.figures[COMPOSITE].exact or 0 for row in ranked), reverse=True)
    ranked.sort(key=lambda row: -(row.figures[COMPOSITE].exact or 0))
    standings = [Standing(scores.index(row.figures[COMPOSITE].exact or 0) + 1, row) for row in ranked]
    return standings + [Standing(None, row) for row in rows if all(row is not one for one in ranked)]


async def _sums(session: AsyncSession, chosen: Chosen, *keys: str) -> dict[tuple[Any, ...], dict[str, int]]:
    """Of requests and of activities together."""
    found = await counted(session, chosen, *keys)
    for key, sums in (await activities.sums(session, chosen, *keys)).items():
        found[key] = added(found.get(key, {}), sums)
    return found


async def _filed_by_hour(session: AsyncSession, chosen: Chosen) -> dict[tuple[date, int, int], int]:
    found = await counted(session, chosen, "day", "hour", "spot_id")
    return {(day, hour, spot_id or 0): sums["filed"] for (day, hour, spot_id), sums in found.items() if sums["filed"]}


async def _grouped(session: AsyncSession, chosen: Chosen, group: Group, found: Mapping[Any, Counted]) -> list[Grouped]:
    own = chosen.root_id
    match group:
        case Group.service:
            services = await session.exec(select(Service).where(Service.root_id == own).order_by(col(Service.position)))
            return [(Scope(ScopeKind.service, one.id or 0), one, found[one.id]) for one in services if one.id in found]
        case Group.place:
            spots = await session.exec(select(Spot).where(Spot.root_id == own).order_by(Spot.code))
            return [(Scope(ScopeKind.place, one.id or 0), one, found[one.id]) for one in spots if one.id in found]
        case Group.partner:
            partners = await session.exec(select(Partner).where(Partner.root_id == own).order_by(Partner.code))
            return [(Scope(ScopeKind.partner, one.id or 0), one, found[one.id]) for one in partners if one.id in found]
        case _:
            return await _by_unit(session, chosen, UNITS[group], found)


async def _by_unit(
    session: AsyncSession, chosen: Chosen, kind: UnitKind, found: Mapping[Any, Counted]
) -> list[Grouped]:
    """Units of the kind with all below them, and whatever else has something of its own."""
    tree = list(await session.exec(select(Unit).where(Unit.root_id == chosen.root_id).order_by(col(Unit.path))))
    shown = [unit for unit in tree if chosen.column != "unit_id" or unit.id in chosen.ids]
    all_shown = chosen.column in {"", "unit_id"}
    rows: list[Grouped] = []
    folded: set[int | None] = set()
    for unit in shown:
        below = [one for one in tree if unit.holds(one)] if unit.kind == kind else [unit]
        sums = added(*(found[one.id] for one in below if one.id in found and one.id not in folded))
        folded |= {one.id for one in below}
        if sums or (all_shown and unit.kind == kind):
            rows.append((Scope(ScopeKind.unit, unit.id or 0), unit, sums))
    return rows
