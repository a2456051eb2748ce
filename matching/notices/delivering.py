"""Bring what waits out of the building: as many at a time as are due, each called outside any transaction."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from matching.db import Database, Work
from matching.notices import queueing
from matching.notices.composing import Say, for_requester, for_staff
from matching.notices.model import Delivery, Way
from matching.notices.receiving import Receiver, receiver
from matching.notices.ways.answer import Answer, Outcome
from matching.notices.ways.carrying import Ways
from matching.privacy.sealed import Sealer

SIDE_BY_SIDE = 8  # calls of one process
ENOUGH = timedelta(minutes=2)  # a run takes nothing new after this: a job has five minutes in all

log = logging.getLogger("matching.notices")


@dataclass(frozen=True)
class Courier:
    """What delivering needs besides the database: channels, keys to the addresses, languages, our address."""

    ways: Ways
    sealer: Sealer
    say: Say
    base_url: str

    async def deliver(self, database: Database, work: Work, at: datetime) -> int:
        """Send what is due; returns how many messages were tried. Any number of processes may do so at once."""
        now = _running(at)
        async with database.reading() as session:
            waiting, lost = await queueing.due(session, at, SIDE_BY_SIDE)
        if lost:
            waiting += await work(queueing.lapse, at)
        line = Line(work, now, at + ENOUGH)
        lanes = (self._lane(database, work, line) for _ in range(min(waiting, SIDE_BY_SIDE)))
        return sum(await asyncio.gather(*lanes))

    async def _lane(self, database: Database, work: Work, line: "Line") -> int:
        """One message after the other, until nothing is due that another lane is not at."""
        count = 0
        while (rows := await line.next()) is not None:
            try:
                count += await self._send(database, work, rows, line.now)
            finally:
                line.done(rows)
        return count

    async def _send(self, database: Database, work: Work, rows: list[Delivery], now: Callable[[], datetime]) -> int:
        async with database.reading() as session:
            found = await receiver(session, rows[0], self.sealer)
        if found is None:
            await work(queueing.drop, rows)
            return 0
        answer = await self._carry(rows, found, now())
        await work(queueing.settle, rows, answer, now())
        if answer.outcome in {Outcome.never, Outcome.unsure}:
            log.warning("delivery=%s way=%s outcome=%s why=%s", rows[0].id, rows[0].way, answer.outcome, answer.why)
        return 1

    async def _carry(self, rows: list[Delivery], found: Receiver, at: datetime) -> Answer:
        way = Way(rows[0].way)
        if found.group:
            return await self.ways.to_group(way, found.address, for_staff(rows, self.base_url, self.say, at))
        if found.lang:
            message = for_requester(rows[0], found.lang, self.base_url, self.say, at)
        else:
            message = for_staff(rows, self.base_url, self.say, at)
        return await self.ways.to_one(way, found.address, message)


class Line:
    """What one run may take next: no two messages of one group at a time, nothing once the run has lasted enough."""

    def __init__(self, work: Work, now: Callable[[], datetime], until: datetime) -> None:
        self.now = now
        self._work, self._until = work, until
        self._busy: set[int] = set()
        self._turn = asyncio.Lock()

    async def next(self) -> list[Delivery] | None:
        """One message, now under our lease; None when nothing is left for another lane."""
        async with self._turn:  # so that a lane sees which groups the others are at
            while self.now() < self._until:
                rows = await self._work(queueing.take, self._busy, self.now())
                if rows is None:
                    break
                if rows:
                    self._busy.update(row.endpoint_id for row in rows if row.endpoint_id is not None)
                    return rows
        return None

    def done(self, rows: list[Delivery]) -> None:
        """Its group may hear the next one."""
        self._busy.difference_update(row.endpoint_id for row in rows if row.endpoint_id is not None)


def _running(at: datetime) -> Callable[[], datetime]:
    """The time goes on from `at`: a run lasts longer than a lease or a robot's minute."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    return lambda: at + timedelta(seconds=loop.time() - begun)
