"""Figures: of a scope, of its groups, as a series, as heat maps and as a league table. Definitions: definitions.py.

All that is read comes through `by` (policy.py): every function raises NotAllowed or NotSeen. What one of them
has learnt the next one of the same session does not ask again (reading.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.partners.model import Partner
from matching.people.actor import Actor
from matching.reports.chosen import Chosen, Scope, ScopeKind, scope_by_code
from matching.reports.definitions import COMPOSITE
from matching.reports.periods import Period, Step
from matching.reports.reading import Reading, reading_of
from matching.reports.values import Figure, Figures, added, worked_out
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
KINDS = {Group.service: ScopeKind.service, Group.place: ScopeKind.place, Group.partner: ScopeKind.partner}
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
    places: list[tuple[Scope, str, list[int]]]


@dataclass(frozen=True)
class Standing:
    """A branch in the league table. `rank` is None where there are fewer than 5 valid ratings: such ones come last."""

    rank: int | None
    row: Row


async def figures(session: AsyncSession, root_id: int, scope: Scope, period: Period, *, by: Actor) -> Figures:
    """All figures of a scope in a period."""
    reading = reading_of(session, root_id, by)
    found = (await reading.sums(await reading.choose(scope, period))).get((), {})
    [weights] = await reading.weights(period.last)
    return worked_out(found, weights)


async def by_group(
    session: AsyncSession, root_id: int, group: Group, period: Period, *, by: Actor, scope: Scope = EVERYTHING
) -> list[Row]:
    """One row a group within the scope, in the order of the tree or catalogue.

    Branches with nothing are there too, in a table of the hospital or a unit. What stands with a unit that is in no
    such group is a row of that unit, so that rows add up; what has no place, or no partner, is in no row.
    """
    reading = reading_of(session, root_id, by)
    chosen = await reading.choose(scope, period)
    found = {key: sums for (key,), sums in (await reading.sums(chosen, COLUMN[group])).items()}
    [weights] = await reading.weights(period.last)
    rows = []
    for scope_of, one, sums in await _grouped(reading, chosen, group, found):
        kind = one.kind if isinstance(one, Unit) else ""
        rows.append(Row(scope_of, one.code, one.name, kind, worked_out(sums, weights)))
    return rows


async def series(
    session: AsyncSession, root_id: int, scope: Scope, period: Period, step: Step, *, by: Actor
) -> list[Point]:
    """The figures of each day, week or month of a period."""
    reading = reading_of(session, root_id, by)
    found = {day: sums for (day,), sums in (await reading.sums(await reading.choose(scope, period), "day")).items()}
    points, parts = [], list(period.cut(step))
    for part, weights in zip(parts, await reading.weights(*(part.last for part in parts)), strict=True):
        within = [sums for day, sums in found.items() if part.first <= day <= part.last]
        points.append(Point(part, worked_out(added(*within), weights)))
    return points


async def heat(session: AsyncSession, root_id: int, scope: Scope, period: Period, *, by: Actor) -> Heat:
    """What was filed, by weekday and hour, and by place and hour (in Shanghai)."""
    reading = reading_of(session, root_id, by)
    found = await reading.of_requests(await reading.choose(scope, period), "day", "hour", "spot_id")
    week, places = [[0] * 24 for _day in range(7)], dict[int, list[int]]()
    for (day, hour, spot_id), sums in found.items():
        if n := sums.get("filed", 0):
            week[day.weekday()][hour] += n
            if spot_id:
                places.setdefault(spot_id, [0] * 24)[hour] += n
    names = {spot.id: spot.name for spot in await reading.all_of(ScopeKind.place)}
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


async def _grouped(reading: Reading, chosen: Chosen, group: Group, found: Mapping[Any, Counted]) -> list[Grouped]:
    match group:
        case Group.service | Group.place | Group.partner:
            known = await reading.all_of(KINDS[group])
            return [(Scope(KINDS[group], one.id or 0), one, found[one.id]) for one in known if one.id in found]
        case _:
            tree = [unit for unit in await reading.all_of(ScopeKind.unit) if isinstance(unit, Unit)]
            return _by_unit(tree, chosen, UNITS[group], found)


def _by_unit(tree: Sequence[Unit], chosen: Chosen, kind: UnitKind, found: Mapping[Any, Counted]) -> list[Grouped]:
    """Units of the kind with all below them, and whatever else has something of its own."""
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
