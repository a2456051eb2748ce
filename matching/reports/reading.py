"""One look at the figures: what is learnt once is not asked again, however many figures a page or report shows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.partners.model import Partner
from matching.people.actor import Actor
from matching.reports import activities, sums
from matching.reports.chosen import TABLES, Chosen, Scope, ScopeKind, choose
from matching.reports.model import RateWeights
from matching.reports.periods import Period
from matching.reports.sums import Line, Newer, Sums
from matching.reports.values import added
from matching.reports.weights import Weights, all_weights, in_force
from matching.services.model import Service
from matching.units.model import Spot, Unit

Named = Unit | Service | Spot | Partner
ORDER = {
    ScopeKind.unit: "path", ScopeKind.service: "position", ScopeKind.place: "code", ScopeKind.partner: "code",
}  # fmt: skip
WHOLE = ("day", "unit_id", "service_id")
"""Columns that no line lacks: what stands by them adds up to everything."""


class Reading:
    """A hospital, seen through the eyes of `by`, as it was when its figures were first asked for in this session."""

    def __init__(self, session: AsyncSession, root_id: int, by: Actor) -> None:
        self.session, self.root_id, self.by = session, root_id, by
        self._chosen: dict[Scope, Chosen] = {}
        self._tables: dict[ScopeKind, Sequence[Named]] = {}
        self._newer: tuple[Newer | None, list[Line]] | None = None
        self._activities: dict[Chosen, list[activities.Line]] = {}
        self._sums: dict[tuple[Chosen, tuple[str, ...]], Sums] = {}
        self._weights: Sequence[RateWeights] | None = None

    async def choose(self, scope: Scope, period: Period) -> Chosen:
        """What the scope means. Raises NotSeen, NotAllowed."""
        if scope not in self._chosen:
            self._chosen[scope] = await choose(self.session, self.root_id, scope, period, self.by)
        return self._chosen[scope].during(period)

    async def all_of(self, kind: ScopeKind) -> Sequence[Named]:
        """The hospital's units, services, spots or partners, in the order of the tree, the catalogue or their codes."""
        if kind not in self._tables:
            table: Any = TABLES[kind]
            rows = select(table).where(table.root_id == self.root_id).order_by(getattr(table, ORDER[kind]))
            self._tables[kind] = (await self.session.exec(rows)).all()
        return self._tables[kind]

    async def weights(self, *days: date) -> list[Weights]:
        """Those that were in force on each of the days; a period goes by its last one."""
        if self._weights is None:
            self._weights = await all_weights(self.session, self.root_id)
        return [in_force(self._weights, day) for day in days]

    async def sums(self, chosen: Chosen, *keys: str) -> Sums:
        """The counters of requests and of activities by these columns of the lines; without keys under ()."""
        if (chosen, keys) not in self._sums:
            known = self._from_others(chosen, keys)
            self._sums[chosen, keys] = await self._read(chosen, keys) if known is None else known
        return self._sums[chosen, keys]

    async def of_requests(self, chosen: Chosen, *keys: str) -> Sums:
        """The same without activities."""
        since, some = await self._uncounted()
        found = await sums.sums(self.session, since, chosen, *keys)
        return _together(found, sums.summed(some, chosen, *keys))

    async def _read(self, chosen: Chosen, keys: tuple[str, ...]) -> Sums:
        if chosen not in self._activities:
            self._activities[chosen] = await activities.lines(self.session, chosen)
        found = await self.of_requests(chosen, *keys)
        return _together(found, activities.summed(self._activities[chosen], *keys))

    def _from_others(self, chosen: Chosen, keys: tuple[str, ...]) -> Sums | None:
        """The whole from its parts, where they are known; of one partner there is one row by partner."""
        if keys == () or (keys == (chosen.column,) and len(chosen.ids) == 1):
            for known in ((), *((key,) for key in WHOLE)):
                if (parts := self._sums.get((chosen, known))) is not None:
                    return {chosen.ids[: len(keys)]: added(*parts.values())} if parts else {}
        return None

    async def _uncounted(self) -> tuple[Newer | None, list[Line]]:
        if self._newer is None:
            since = await sums.newer(self.session)
            self._newer = since, await sums.newer_lines(self.session, since, self.root_id)
        return self._newer


def reading_of(session: AsyncSession, root_id: int, by: Actor) -> Reading:
    """The one of this session, which a page or report opens and drops again."""
    known: Reading | None = session.info.get(Reading)
    if known is None or (known.root_id, known.by) != (root_id, by):
        known = session.info[Reading] = Reading(session, root_id, by)
    return known


def _together(one: Sums, other: Sums) -> Sums:
    return {key: added(one.get(key, {}), other.get(key, {})) for key in {**one, **other}}
