"""What the filing page knows about a place, kept for a few seconds: a rush at one poster costs the database nothing."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from matching.api import i18n
from matching.clock import CHINA, Calendar
from matching.db import Database
from matching.deadlines.promises import Usual, promises_at
from matching.requests.queries import asked_lately
from matching.services.model import Audience, Service
from matching.services.queries import catalogue
from matching.units.model import Spot, Unit
from matching.units.queries import calendar_of, spot_by_slug
from matching.words import _

FRESH = timedelta(seconds=5)  # a spot that is closed is closed for everybody after this
COMMON = 6  # tiles that stand before 'more'
HERE_COUNTS = 5  # a request from this very spot says more about what is wanted here than one from elsewhere


@dataclass(frozen=True)
class Place:
    """A spot, its hospital, and the services that patients may ask for there, by code in the catalogue's order."""

    spot: Spot
    root: Unit
    services: dict[str, Service]
    common: tuple[str, ...]
    """Codes of the services asked for most here, the most wanted first."""
    calendar: Calendar = CHINA
    promises: Mapping[int, Usual] = field(default_factory=dict)
    """By service's id: what is usual here. A service that is not among them has its limits only."""

    def promised(self, service: Service) -> Usual | None:
        """What may be promised for a service."""
        return self.promises.get(service.id or 0)


class Places:
    """The places of one process. Only places that exist are kept, so that it does not grow by guessing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, tuple[datetime, Place]] = {}
        self._one_reads = asyncio.Lock()

    async def find(self, slug: str, at: datetime) -> Place:
        """The place a poster leads to, not older than FRESH; while the database is away, the one last known.

        Raises NotSeen("unknown_spot"), Refused("spot_closed"), Refused("spot_rotated", spot=<new slug>).
        """
        if place := self._fresh(slug, at):
            return place
        async with self._one_reads:
            if place := self._fresh(slug, at):
                return place
            last = self._kept.pop(slug, None)
            try:
                place = await self._read(slug)
            except (DBAPIError, OSError):
                if last is None:
                    raise
                place = last[1]
            self._kept[slug] = (at, place)
            return place

    def _fresh(self, slug: str, at: datetime) -> Place | None:
        kept = self._kept.get(slug)
        return kept[1] if kept and abs(at - kept[0]) < FRESH else None

    async def _read(self, slug: str) -> Place:
        async with self._database.reading() as session:
            spot, root = await spot_by_slug(session, slug)
            services = await catalogue(session, spot.root_id, (Audience.patient, Audience.both))
            wanted: Counter[int | None] = Counter()
            for service_id, spot_id in await asked_lately(session, spot.root_id):
                wanted[service_id] += HERE_COUNTS if spot_id == spot.id else 1
            calendar = await calendar_of(session, spot.root_id)
            promises = await promises_at(session, spot.root_id, spot.unit_id)
        most = sorted(services, key=lambda service: -wanted[service.id])[:COMMON]
        by_code = {service.code: service for service in services}
        return Place(spot, root, by_code, tuple(one.code for one in most), calendar, promises)


def where(spot: Spot | None, lang: str) -> str:
    """Building and floor in words: '门诊楼 1 层', '门诊楼地下 1 层'; outdoors just the name of the grounds."""
    if spot is None:
        return ""
    if spot.floor == 0:
        return spot.building
    pattern = _("{building} {floor} 层") if spot.floor > 0 else _("{building}地下 {floor} 层")
    return i18n.translate(lang, pattern, {"building": spot.building, "floor": abs(spot.floor)})


def service_name(service: Service, lang: str) -> str:
    """The service as the catalogue calls it in the visitor's language."""
    return service.name_en or service.name if lang == "en" else service.name
