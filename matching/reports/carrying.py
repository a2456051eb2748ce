"""Load and fairness of a period: what people of each branch carried, as the room of asks counts it (docs/figures.md).

Of people, whoever they served for; figures are of requests, whoever served. So the hours of both may differ.
"""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.fairness import carried
from matching.asks.load import Branch
from matching.errors import Invalid
from matching.people.actor import Actor
from matching.reports.chosen import Scope, ScopeKind, choose
from matching.reports.periods import Period
from matching.requests.queries import LEADING
from matching.units.model import Unit

MOMENT = timedelta(microseconds=1)
OF = (ScopeKind.hospital, ScopeKind.unit)  # who has people


async def load(session: AsyncSession, root_id: int, scope: Scope, period: Period, *, by: Actor) -> list[Branch]:
    """The branches of a unit, or of all units that `by` leads or audits; those without people are left out.

    Raises NotAllowed, NotSeen; Invalid on `scope` for one that has no people of its own.
    """
    if scope.kind not in OF:
        raise Invalid.field_is("scope", "not_a_choice")
    await choose(session, root_id, scope, period, by)
    paths = by.paths(*LEADING)
    if scope.kind is ScopeKind.unit:
        paths = ((await session.get_one(Unit, scope.id)).path,)
    return await carried(session, root_id, paths, period.begins, period.ends - MOMENT)


def together(branches: list[Branch]) -> Branch | None:
    """Everybody in them, where there are several."""
    people = [one for branch in branches for one in branch.people]
    return Branch(branches[0].unit, people) if len(branches) > 1 else None
