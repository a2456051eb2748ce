"""Who may look at load, of whom and of when: of a report's scope and period, or of one's units over the last days."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed
from matching.people.actor import Actor
from matching.reports.chosen import Scope, ScopeKind, choose
from matching.reports.load.counting import carried
from matching.reports.load.values import Branch, Fairness
from matching.reports.periods import Period
from matching.reports.policy import may_read, may_read_unit
from matching.requests.queries import LEADING
from matching.units.model import Unit
from matching.units.queries import unit_by_code

OF = (ScopeKind.hospital, ScopeKind.unit)  # who has people
PERIODS = (14, 30, 90, 365)  # days to choose from
USUAL = 90


async def load(session: AsyncSession, root_id: int, scope: Scope, period: Period, *, by: Actor) -> list[Branch]:
    """The branches of a unit, or of all units that `by` leads or audits; those without people are left out.

    Raises NotAllowed, NotSeen; Invalid on `scope` for one that has no people of its own.
    """
    return await carried(session, root_id, await paths_of(session, root_id, scope, period, by), period)


async def fairness(session: AsyncSession, unit: str = "", days: int = USUAL, *, by: Actor, at: datetime) -> Fairness:
    """Of all one's units, or of a unit (its code) and what lies below, over so many days with today.

    Raises NotAllowed, Invalid.
    """
    if not may_read(by):
        raise NotAllowed
    if days not in PERIODS:
        raise Invalid.field_is("days", "not_a_choice")
    paths = by.paths(*LEADING)
    if unit:
        chosen = await unit_by_code(session, by.root_id, unit)
        if not may_read_unit(by, chosen.path):
            raise NotAllowed("outside_your_units", field="unit")
        paths = (chosen.path,)
    today = at.astimezone(SHANGHAI).date()
    period = Period(today - timedelta(days=days - 1), today)
    return Fairness(period, await carried(session, by.root_id, paths, period, now=at))


async def paths_of(session: AsyncSession, root_id: int, scope: Scope, period: Period, by: Actor) -> Sequence[str]:
    """Whose people a scope means to this reader: subtrees. Raises as `load`."""
    if scope.kind not in OF:
        raise Invalid.field_is("scope", "not_a_choice")
    await choose(session, root_id, scope, period, by)
    return by.paths(*LEADING) if scope.kind is ScopeKind.hospital else ((await session.get_one(Unit, scope.id)).path,)
