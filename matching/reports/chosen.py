"""What figures are asked for: of whom (a scope) and of when; found, and refused to whom they are not for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import NotAllowed, NotSeen
from matching.partners.model import Partner
from matching.people.actor import Actor, Kind
from matching.reports.periods import Period
from matching.reports.policy import may_read, may_read_partner, may_read_unit
from matching.services.model import Service
from matching.units.model import Spot, Unit


class ScopeKind(StrEnum):
    """Of what."""

    hospital = "hospital"
    unit = "unit"  # and all below it: a branch, a general branch
    service = "service"
    place = "place"
    partner = "partner"


@dataclass(frozen=True)
class Scope:
    """Of whom. `id` is the row's; 0 for the hospital."""

    kind: ScopeKind = ScopeKind.hospital
    id: int = 0


TABLES: dict[ScopeKind, type[Unit] | type[Service] | type[Spot] | type[Partner]] = {
    ScopeKind.unit: Unit, ScopeKind.service: Service, ScopeKind.place: Spot, ScopeKind.partner: Partner,
}  # fmt: skip
COLUMN_OF = {
    ScopeKind.hospital: "", ScopeKind.unit: "unit_id", ScopeKind.service: "service_id", ScopeKind.place: "spot_id",
    ScopeKind.partner: "partner_id",
}  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """A scope in terms of the tables: the column that must hold one of `ids`; no column: everything."""

    root_id: int
    period: Period
    column: str = ""
    ids: tuple[int, ...] = ()
    name: str = ""
    code: str = ""

    def during(self, period: Period) -> "Chosen":
        """The same in another period."""
        return replace(self, period=period)


async def scope_by_code(session: AsyncSession, root_id: int, kind: ScopeKind, code: str) -> Scope:
    """The scope that a page or a command names by its code. Raises NotSeen."""
    if kind is ScopeKind.hospital:
        return Scope()
    table = TABLES[kind]
    known = select(col(table.id)).where(col(table.root_id) == root_id, col(table.code) == code)
    found = (await session.exec(known)).first() if "\0" not in code else None
    if found is None:
        raise NotSeen
    return Scope(kind, found)


async def choose(session: AsyncSession, root_id: int, scope: Scope, period: Period, by: Actor) -> Chosen:
    """What the scope means, if `by` may read it. Raises NotSeen, NotAllowed."""
    system = by.kind is Kind.system and by.root_id == root_id
    if by.root_id != root_id:
        raise NotSeen
    if scope.kind is ScopeKind.hospital:
        _allow(system or may_read(by))
        root = await session.get_one(Unit, root_id)
        return Chosen(root_id, period, name=root.name, code=root.code)
    row: Unit | Service | Spot | Partner | None = await session.get(TABLES[scope.kind], scope.id)
    if row is None or row.root_id != root_id:
        raise NotSeen
    ids: Sequence[int] = (scope.id,)
    if isinstance(row, Unit):
        _allow(system or may_read_unit(by, row.path))
        below = select(col(Unit.id)).where(Unit.root_id == root_id, col(Unit.path).startswith(row.path))
        ids = [id_ or 0 for id_ in await session.exec(below)]
    elif isinstance(row, Partner):
        paired = await session.get_one(Unit, row.unit_id)
        _allow(system or may_read_partner(by, scope.id, paired.path))
    else:
        _allow(system or may_read(by))
    return Chosen(root_id, period, COLUMN_OF[scope.kind], tuple(ids), row.name, row.code)


def _allow(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed
