"""Can this process do its work? What must be there (database, tables), and what it can do without for a while."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from matching import clock, migrations
from matching.api.metrics import outbox_lag
from matching.db import Database

PATIENCE = 3.0  # seconds; who asks gives up soon after
LATE_OUTBOX = timedelta(minutes=2)  # announcing takes a second; the sweep comes every few


@dataclass
class Readiness:
    """Each part with what was found. `wrong` keeps visitors away; `warnings` are for people to look at."""

    parts: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """`ready`, `degraded` (ready, with something to look at) or `unready`."""
        if self.wrong:
            return "unready"
        return "degraded" if self.warnings else "ready"

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {"status": self.status, **self.parts, "wrong": self.wrong, "warnings": self.warnings}


async def readiness(database: Database, redis_url: str, at: datetime) -> Readiness:
    """Ask all parts at once. Without Redis pages work, so that its absence is a warning and no reason to be unready."""
    found = Readiness({"calendar_years_missing": clock.years_to_enter(at)})  # for people to enter; nothing is late yet
    await asyncio.gather(_ask_database(found, database, at), _ask_redis(found, redis_url))
    return found


async def _ask_database(found: Readiness, database: Database, at: datetime) -> None:
    found.parts |= {"database": "away", "migrations": "unknown"}
    try:
        async with asyncio.timeout(PATIENCE), database.reading() as session:
            current = await migrations.is_current(session)
            found.parts |= {"database": "ok", "migrations": "current" if current else "not current"}
            lag = await outbox_lag(session, at) if current else 0.0
    except (DBAPIError, OSError):  # TimeoutError is one
        found.wrong.append("database away")
        return
    if not current:
        found.wrong.append("not migrated")
        return
    found.parts["outbox_lag_seconds"] = round(lag, 1)
    if lag > LATE_OUTBOX.total_seconds():
        found.warnings.append("outbox late")


async def _ask_redis(found: Readiness, url: str) -> None:
    if not url:
        found.parts["redis"] = "not used"
        return
    try:
        async with (
            asyncio.timeout(PATIENCE),
            Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE) as redis,
        ):
            await redis.ping()
            found.parts["redis"] = "ok"
    except (RedisError, OSError):
        found.parts["redis"] = "away"
        found.warnings.append("redis away")
