"""What one process counts for Prometheus. No label holds anything personal: routes are named as the code names them.

Each process counts for itself and is asked by itself; what the tables know (late requests, the outbox, messages on
their way) any of them can tell, so take the maximum of those over the processes and the sum of the others.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from sqlalchemy import func, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Ask, Wave
from matching.db import Database, News
from matching.notices.model import Delivery, Fate, Way
from matching.requests.model import ServiceRequest
from matching.requests.states import OPEN
from matching.requests.steps import IN_TROUBLE, Step

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a counter began tells nobody anything, and doubles the page
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
DISPATCHING = {"dispatch", "final_ruling"}
STANDS_STILL = timedelta(minutes=1)  # four rounds of the job that sends waves
ON_THEIR_WAY, GIVEN_UP = (Fate.waiting, Fate.sending), (Fate.unsure, Fate.dead)


class Metrics:
    """The counters of one process; `page` is what Prometheus reads."""

    def __init__(self) -> None:
        self._all = CollectorRegistry()
        ProcessCollector(registry=self._all)
        self.filed = self._counter("dianliang_requests_filed", "Requests filed through this process")
        self.dispatched = self._counter("dianliang_requests_dispatched", "Requests dispatched through this process")
        self.late = self._gauge("dianliang_requests_late", "Open requests whose running limit is over")
        self.lag = self._gauge("dianliang_outbox_lag_seconds", "How long the oldest due Step waits to be announced")
        self.trouble = self._gauge("dianliang_steps_in_trouble", "Steps that could not be announced so far")
        self.asks = self._gauge("dianliang_asks_open", "Asks that members have not answered yet")
        self.waves = self._gauge("dianliang_waves_late", "Waves that were due a minute ago and did not go out")
        self.up = self._gauge("dianliang_database_up", "Whether the database answered just now")
        self.pool = self._gauge("dianliang_database_connections", "Connections of this process", "state")
        self.deliveries = self._gauge("dianliang_deliveries", "Messages that are not sent, by fate", "way", "fate")
        self.job_runs = self._counter("dianliang_job_runs", "Rounds of a job that ended well or badly", "job")
        self.job_failures = self._counter("dianliang_job_failures", "Rounds of a job that failed", "job")
        self.job_done = self._counter("dianliang_job_done", "What a job dealt with", "job")
        self.job_seconds = self._histogram("dianliang_job_seconds", "How long a round took", "job")
        self._http = self._histogram(
            "dianliang_http_request_duration_seconds", "Until the answer begins", "method", "route", "status"
        )
        self._timed: dict[tuple[str, str, int], Histogram] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer. `route` is a template, so that there are only as many series as routes."""
        known = method, route, status // 100
        found = self._timed.get(known)
        if found is None:
            labels = method if method in METHODS else "other", route, f"{status // 100}xx"
            found = self._timed[known] = self._http.labels(*labels)
        found.observe(seconds)

    def ran(self, job: str, seconds: float, done: int | None) -> None:
        """Count one round of a job; `done` is None when it failed."""
        self.job_runs.labels(job).inc()
        self.job_failures.labels(job).inc(done is None)
        self.job_done.labels(job).inc(done or 0)
        self.job_seconds.labels(job).observe(seconds)

    def count(self, news: Sequence[News]) -> None:
        """Count what was committed."""
        for one in news:
            if one.verb == "file":
                self.filed.inc()
            elif one.verb in DISPATCHING:
                self.dispatched.inc()

    async def page(self, database: Database, at: datetime) -> bytes:
        """All of it in Prometheus' text format; without the database's own figures when it is away."""
        self.up.set(0)
        self.deliveries.clear()
        try:
            async with database.reading() as session:
                await self._read(session, at)
            self.up.set(1)
        except (DBAPIError, OSError):
            for figure in (self.late, self.lag, self.trouble, self.asks, self.waves):
                figure.set(float("nan"))
        used = database.engine.pool.checkedout()  # type: ignore[attr-defined]
        self.pool.labels("in_use").set(used)
        self.pool.labels("idle").set(database.engine.pool.checkedin())  # type: ignore[attr-defined]
        return generate_latest(self._all)

    async def _read(self, session: AsyncSession, at: datetime) -> None:
        request = ServiceRequest
        late = select(func.count()).select_from(request).where(col(request.due_at) < at, col(request.state).in_(OPEN))
        self.late.set((await session.exec(late)).one())
        self.lag.set(await outbox_lag(session, at))
        troubled = select(func.count()).select_from(Step).where(text(IN_TROUBLE))
        self.trouble.set((await session.exec(troubled)).one())
        waiting = select(func.count()).select_from(Ask).where(text("answer = 'waiting'"))  # as its index says it
        self.asks.set((await session.exec(waiting)).one())
        overdue = select(func.count()).select_from(Wave).where(col(Wave.next_at) < at - STANDS_STILL)
        self.waves.set((await session.exec(overdue)).one())
        for way in Way:
            for fate in ON_THEIR_WAY + GIVEN_UP:
                self.deliveries.labels(way, fate).set(0)
        due = col(Delivery.next_try_at).is_not(None)  # each half has a partial index; what was sent has none
        for those in (due & col(Delivery.fate).in_(ON_THEIR_WAY), col(Delivery.fate).in_(GIVEN_UP)):
            each = select(Delivery.way, Delivery.fate, func.count()).where(those)
            for of_way, with_fate, count in await session.exec(each.group_by(Delivery.way, Delivery.fate)):
                self.deliveries.labels(of_way, with_fate).set(count)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self._all)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=self._all)

    def _histogram(self, name: str, about: str, *labels: str) -> Histogram:
        return Histogram(name, about, labels, registry=self._all, buckets=BUCKETS)


async def outbox_lag(session: AsyncSession, at: datetime) -> float:
    """Seconds since the oldest Step that nobody announced was due; 0 when none is."""
    oldest = (await session.exec(select(func.min(Step.next_try_at)))).one()
    return max(0.0, (at - oldest).total_seconds()) if oldest is not None else 0.0
