"""What the lobby screens show, read again only when something changed for them: they stand open for weeks."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.hearing import screen_key
from matching.api.news import Wire, now_ms
from matching.clock import SHANGHAI
from matching.db import Database
from matching.people.actor import Actor
from matching.reports.figures import Group, Period, by_group
from matching.requests.lobby import Base, Figures, base, figures, latest_fulfilled
from matching.requests.model import ServiceRequest
from matching.requests.queries import asked_lately
from matching.units.model import Spot, UnitKind
from matching.units.queries import hospital, open_spots

TOLD, BEST = 12, 3  # wishes that take turns on a screen, branches that it names
AT_MOST = 30_000  # milliseconds after which it is read again in any case
RECOUNT = timedelta(hours=1)


@dataclass(frozen=True)
class Shown:
    """The figures, the latest fulfilled wishes, the place most asked from, for a screen that names none, and the
    branches that did most this quarter, with how much; all of it as it was at `read_at`."""

    root_id: int
    figures: Figures
    latest: list[ServiceRequest]
    spot: Spot | None
    best: list[tuple[str, int]]
    read_at: datetime


class Lobby:
    """The screens of one process."""

    def __init__(self, database: Database, wire: Wire) -> None:
        self._database, self._wire = database, wire
        self._kept: tuple[int, Shown] | None = None
        self._base: tuple[datetime, Base, Spot | None, list[tuple[str, int]]] | None = None
        self._one_reads = asyncio.Lock()

    async def now(self, at: datetime) -> Shown | None:
        """As it is, or as it was last known while the database is away; None while there is no hospital."""
        async with self._one_reads:
            if self._kept and self._is_fresh(*self._kept):
                return self._kept[1]
            begun = now_ms()
            try:
                shown = await self._read(at)
            except (DBAPIError, OSError):
                if self._kept is None:
                    raise
                return self._kept[1]
            if shown is not None:
                self._kept = (begun, shown)
            return shown

    def _is_fresh(self, begun: int, shown: Shown) -> bool:
        return self._wire.mark(screen_key(shown.root_id)) < begun and 0 <= now_ms() - begun < AT_MOST

    async def _read(self, at: datetime) -> Shown | None:
        midnight = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        async with self._database.reading() as session:
            root = await hospital(session)
            if root is None or root.id is None:
                return None
            kept = self._base
            if kept is None or kept[1].midnight != midnight or not timedelta() <= at - kept[0] < RECOUNT:
                counted, spot = await base(session, root.id, midnight), await _busiest(session, root.id)
                self._base = kept = (at, counted, spot, await _best(session, root.id, midnight))
            now = await figures(session, kept[1])
            return Shown(root.id, now, await latest_fulfilled(session, root.id, TOLD), *kept[2:], read_at=at)


async def _busiest(session: AsyncSession, root_id: int) -> Spot | None:
    spots = {spot.id: spot for spot in await open_spots(session, root_id)}
    asked = Counter(spot_id for _service, spot_id in await asked_lately(session, root_id) if spot_id in spots)
    most = asked.most_common(1)
    return spots[most[0][0]] if most else next(iter(spots.values()), None)


async def _best(session: AsyncSession, root_id: int, midnight: datetime) -> list[tuple[str, int]]:
    """Branches of the quarter: by what they completed in it, the most first; equal ones in the order of the tree."""
    quarter = Period.quarter_of(midnight.date())
    rows = await by_group(session, root_id, Group.branch, quarter, by=Actor.system(root_id))
    done = [(row.name, int(row.figures["done"].exact or 0)) for row in rows if row.kind == UnitKind.branch]
    return sorted((one for one in done if one[1]), key=lambda one: -one[1])[:BEST]
