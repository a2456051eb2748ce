"""Bring what waits out of the building: as many at a time as are due, each called outside any transaction."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.errors import Unavailable
from matching.notices import queueing
from matching.notices.audience import TO_ANSWER
from matching.notices.composing import Say, for_requester, for_staff
from matching.notices.model import Delivery, Way
from matching.notices.receiving import Receiver, receiver
from matching.notices.ways.answer import Answer, Message, Outcome, never, unsure
from matching.notices.ways.carrying import Ways
from matching.privacy.sealed import Sealer

SIDE_BY_SIDE = 8  # calls of one process
ENOUGH = timedelta(minutes=2)  # a run takes nothing new after this: a job has five minutes in all
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds; in all far less than a lease

log = logging.getLogger("matching.notices")


Answers = Callable[[AsyncSession, Delivery], Awaitable[str]]
"""Finds the path where the person of a Delivery answers what it asks; '' where there is nothing to answer any more."""


class Parcel(NamedTuple):
    """What goes out as one message, and to whom."""

    rows: list[Delivery]
    to: Receiver
    answer: str = ""  # the path where one answers it without signing in


PASSED_OVER = Parcel([], Receiver(""))  # the first in line could not go now


@dataclass(frozen=True)
class Courier:
    """What delivering needs besides the database: channels, keys to the addresses, languages, our address, and where
    asks are answered."""

    ways: Ways
    sealer: Sealer
    say: Say
    base_url: str
    answers: Answers | None = None

    async def deliver(self, database: Database, work: Work, at: datetime) -> int:
        """Send what is due; returns how many messages were tried. Any number of processes may do so at once."""
        now = _running(at)
        async with database.reading() as session:
            waiting, lost = await queueing.due(session, at, SIDE_BY_SIDE)
        if lost:
            waiting += await work(queueing.lapse, at)
        line = Line(self, work, now, at + ENOUGH)
        lanes = [self._lane(work, line) for _ in range(min(waiting, SIDE_BY_SIDE))]
        counts = await asyncio.gather(*lanes, return_exceptions=True)  # none is left behind in the middle of a call
        for count in counts:
            if isinstance(count, BaseException):
                raise count
        return sum(count for count in counts if isinstance(count, int))

    async def taken(self, session: AsyncSession, busy: Collection[int], at: datetime) -> Parcel | None:
        """The next message under our lease and where it goes; None when nothing is due.

        PASSED_OVER when the first in line could not go now: its robot rests, or nobody wants it any more.
        """
        rows = await queueing.take(session, busy, at)
        if not rows:
            return None if rows is None else PASSED_OVER
        found = await receiver(session, rows[0], self.sealer)
        if found is None:
            await queueing.drop(session, rows)
            return PASSED_OVER
        return Parcel(rows, found, await self._answer(session, rows))

    async def _lane(self, work: Work, line: "Line") -> int:
        """One message after the other, until nothing is due that another lane is not at."""
        count = 0
        while (parcel := await line.next()) is not None:
            try:
                answer = await self._carry(parcel, line.now())
                await self._settled(work, parcel, answer, line.now)
            finally:
                line.done(parcel)
            count += 1
        return count

    async def _settled(self, work: Work, parcel: Parcel, answer: Answer, now: Callable[[], datetime]) -> None:
        """Write down what became of it; a database that is away for moments must not make it unsure."""
        for pause in (*PAUSES, None):
            try:
                await work(queueing.settle, parcel.rows, answer, now())
                break
            except Unavailable:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        if answer.outcome in {Outcome.never, Outcome.unsure}:
            first = parcel.rows[0]
            log.warning("delivery=%s way=%s outcome=%s why=%s", first.id, first.way, answer.outcome, answer.why)

    async def _carry(self, parcel: Parcel, at: datetime) -> Answer:
        """A message that cannot be written, or a channel that trips over its own feet, holds up no other."""
        way, called = Way(parcel.rows[0].way), False
        try:
            message = self._message(parcel, at)
            called = True
            carry = self.ways.to_group if parcel.to.group else self.ways.to_one
            return await carry(way, parcel.to.address, message)
        except Exception as error:
            log.exception("delivery=%s way=%s", parcel.rows[0].id, way)
            return unsure(type(error).__name__) if called else never("bad_message")

    def _message(self, parcel: Parcel, at: datetime) -> Message:
        if parcel.to.lang:
            return for_requester(parcel.rows[0], parcel.to.lang, self.base_url, self.say, at)
        return for_staff(parcel.rows, self.base_url, self.say, at, parcel.answer)

    async def _answer(self, session: AsyncSession, rows: list[Delivery]) -> str:
        """Where one person answers what they are asked; a group gets no such path, nor does a digest."""
        first = rows[0]
        asks = len(rows) == 1 and first.person_id is not None and first.words in TO_ANSWER
        return await self.answers(session, first) if asks and self.answers is not None else ""


class Line:
    """What one run may take next: no two messages of one group at a time, nothing once the run has lasted enough."""

    def __init__(self, courier: Courier, work: Work, now: Callable[[], datetime], until: datetime) -> None:
        self.now = now
        self._courier, self._work, self._until = courier, work, until
        self._busy: set[int] = set()
        self._turn = asyncio.Lock()

    async def next(self) -> Parcel | None:
        """One message; None when nothing is left for another lane."""
        async with self._turn:  # so that a lane sees which groups the others are at
            while self.now() < self._until:
                parcel = await self._work(self._courier.taken, self._busy, self.now())
                if parcel is None:
                    break
                if parcel is not PASSED_OVER:
                    self._busy.update(row.endpoint_id for row in parcel.rows if row.endpoint_id is not None)
                    return parcel
        return None

    def done(self, parcel: Parcel) -> None:
        """Its group may hear the next one."""
        self._busy.difference_update(row.endpoint_id for row in parcel.rows if row.endpoint_id is not None)


def _running(at: datetime) -> Callable[[], datetime]:
    """The time goes on from `at`: a run lasts longer than a lease or a robot's minute."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    return lambda: at + timedelta(seconds=loop.time() - begun)
