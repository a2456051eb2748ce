"""How often each branch must meet in a quarter, and what is missing (三会一课, 主题党日; docs/domain.md §8)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import RHYTHM, Activity, ActivityKind, ActivityState, Rhythm
from matching.activities.policy import MAY, may_at
from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Role
from matching.units.model import Unit, UnitKind
from matching.units.queries import units_under

MOST = 30  # meetings of one kind in a quarter


class Quarter(NamedTuple):
    """Three months of a year, on Shanghai's calendar."""

    year: int
    number: int  # 1–4

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The one a day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Its first moment, and the first of the next."""
        return _first(self.year, self.number), _first(self.year + self.number // 4, self.number % 4 + 1)


class Kept(NamedTuple):
    """One kind of meeting of one branch: how many are asked for, were held (confirmed) and are still planned."""

    asked: int
    held: int
    planned: int

    @property
    def missing(self) -> int:
        """What nobody has planned yet."""
        return max(self.asked - self.held - self.planned, 0)


class Branch(NamedTuple):
    """A branch with its kinds, in the order of the table."""

    unit: Unit
    kinds: dict[ActivityKind, Kept]

    @property
    def held_all(self) -> bool:
        """Whether nothing is wanting any more."""
        return all(one.held >= one.asked for one in self.kinds.values())


async def rhythm_of(session: AsyncSession, root_id: int, day: date) -> dict[ActivityKind, int]:
    """What is asked for on that day, by kind: as the hospital set it by then, else the usual."""
    rows = select(Rhythm).where(Rhythm.root_id == root_id, Rhythm.since <= day).order_by(col(Rhythm.since))
    return RHYTHM | {ActivityKind(row.kind): row.a_quarter for row in await session.exec(rows)}


async def kept(session: AsyncSession, quarter: Quarter, *, by: Actor, own: bool = False) -> list[Branch]:
    """The branches that `by` may look at (their own alone with `own`), in the order of the tree; meetings of their
    groups count with them."""
    branches = await _branches(session, by, own)
    return await _kept(session, by.root_id, branches, quarter) if branches else []


async def kept_over(session: AsyncSession, branch: Unit, quarters: Sequence[Quarter]) -> dict[ActivityKind, Kept]:
    """One branch's kinds over several quarters. What one quarter held beyond what it asks for helps no other.

    Whoever calls it has asked whether this is for the reader.
    """
    made = dict.fromkeys(RHYTHM, Kept(0, 0, 0))
    for quarter in quarters:
        [(_unit, kinds)] = await _kept(session, branch.root_id, [branch], quarter)
        for kind, one in kinds.items():
            before = made[kind]
            held = before.held + min(one.held, one.asked)
            made[kind] = Kept(before.asked + one.asked, held, before.planned + one.planned)
    return made


async def set_rhythm(session: AsyncSession, numbers: Mapping[ActivityKind, int], *, by: Actor, at: datetime) -> None:
    """The committee sets how many are asked for from today on. Raises NotAllowed, Invalid."""
    root = await session.get_one(Unit, by.root_id)
    if not may_at("set_rhythm", by, root.path):
        raise NotAllowed()
    today = at.astimezone(SHANGHAI).date()
    now = await rhythm_of(session, by.root_id, today)
    set_today = select(Rhythm).where(Rhythm.root_id == by.root_id, Rhythm.since == today)
    there = {row.kind: row for row in await session.exec(set_today)}
    for kind, number in numbers.items():
        if kind not in RHYTHM:
            raise Invalid.field_is(kind, "not_a_choice")
        if not 0 <= number <= MOST:
            raise Invalid.field_is(kind, "out_of_range", min=0, max=MOST)
        if (row := there.get(kind)) is not None:
            row.a_quarter = number
        elif number != now[kind]:
            session.add(Rhythm(root_id=by.root_id, kind=kind, a_quarter=number, since=today))
    said = " ".join(f"{kind}={number}" for kind, number in numbers.items())
    note(session, "set_rhythm", said, by=by, at=at)


async def _kept(session: AsyncSession, root_id: int, branches: Sequence[Unit], quarter: Quarter) -> list[Branch]:
    first, until = quarter.bounds
    asked = await rhythm_of(session, root_id, (until - timedelta(days=1)).astimezone(SHANGHAI).date())
    statement = select(Unit.path, Activity.kind, Activity.state, func.count(col(Activity.id)))
    statement = statement.join(Unit, col(Unit.id) == Activity.unit_id).where(
        Activity.root_id == root_id, col(Activity.starts_at) >= first, col(Activity.starts_at) < until,
        col(Activity.kind).in_([str(kind) for kind in asked]), Activity.state != ActivityState.cancelled,
    )  # fmt: skip
    held: Counter[tuple[int, str, bool]] = Counter()
    rows = await session.exec(statement.group_by(Unit.path, col(Activity.kind), col(Activity.state)))
    for path, kind, state, number in rows:
        for branch in branches:
            if path.startswith(branch.path):
                held[branch.id or 0, kind, state == ActivityState.confirmed] += number
    return [
        Branch(unit, {
            kind: Kept(number, held[unit.id or 0, kind, True], held[unit.id or 0, kind, False])
            for kind, number in asked.items()
        })
        for unit in branches
    ]  # fmt: skip


async def _branches(session: AsyncSession, by: Actor, own: bool) -> Sequence[Unit]:
    if by.partner_id is not None:
        return []
    roles = [role for role in MAY["see_rhythm"] if isinstance(role, Role) and role is not Role.member]
    paths = () if own else by.paths(*roles)
    units = [unit for unit in await units_under(session, by.root_id, paths) if unit.kind == UnitKind.branch]
    if not units and by.holds(Role.member, Role.unit_lead):
        above = [int(part) for part in by.unit_path.split("/") if part]
        mine = select(Unit).where(col(Unit.id).in_(above), Unit.kind == UnitKind.branch)
        units = list(await session.exec(mine))
    return units


def _first(year: int, number: int) -> datetime:
    return datetime.combine(date(year, 3 * number - 2, 1), time(), SHANGHAI)
