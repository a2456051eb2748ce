"""The jobs as loops inside a process: inside the web process where one machine does all, and beside arq's rounds for
what must start at once when there are news.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager

from matching import clock
from matching.api.news import Wire
from matching.db import Database, Work
from matching.workers.jobs import HEARD, Job

GRACE = 10.0  # seconds; whoever started us kills us after some more
PATIENCE = 1.0  # seconds until what was cancelled and goes on is cancelled once more
log = logging.getLogger("matching.jobs")
Ran = Callable[[str, float, int | None], None]  # job, seconds, how many it dealt with; None when it failed


def unwatched(_job: str, _seconds: float, _done: int | None) -> None:
    """Nobody counts."""


@asynccontextmanager
async def running(
    database: Database, work: Work, jobs: Sequence[Job], *, news: Wire | None = None, ran: Ran = unwatched,
    sweeping: bool = True,
) -> AsyncIterator[None]:  # fmt: skip
    """Run the jobs while the block lasts; a job that is at work when it ends is waited for, GRACE seconds at most: what
    it has not finished then is done again later, as after a crash.

    Without `sweeping` they run only when they are called for: somebody else keeps their rounds.
    """
    rounds = Rounds(database, work, jobs, ran)
    loops = [asyncio.create_task(rounds.of(job, sweeping), name=job.name) for job in jobs]
    ears = [asyncio.create_task(rounds.hear(news, what)) for what in HEARD] if news is not None else []
    try:
        yield
    finally:
        for ear in ears:
            ear.cancel()
        rounds.stop()
        late = (await asyncio.wait(loops, timeout=GRACE))[1] if loops else ()
        for loop in late:
            log.warning("job=%s cut off", loop.get_name())
        await ended(late)


class Rounds:
    """What the loops share: a bell for each job, and that they are asked to stop."""

    def __init__(self, database: Database, work: Work, jobs: Sequence[Job], ran: Ran) -> None:
        self.database, self.work, self.ran = database, work, ran
        self._bells = {job.name: asyncio.Event() for job in jobs}
        self._after: dict[str, list[str]] = {}
        for job in jobs:
            self._after.setdefault(job.soon_after, []).append(job.name)
        self._stopping = False

    async def of(self, job: Job, sweeping: bool) -> None:
        """One job's: now, then whenever its time has come or its bell rings."""
        bell = self._bells[job.name]
        while not self._stopping:
            bell.clear()  # what rings while it works is for the next round
            if await once(job, self.database, self.work, self.ran):
                self.call(job.name)
            if not self._stopping:
                await _rung(bell, job.every.total_seconds() if sweeping else None)

    async def hear(self, news: Wire, what: str) -> None:
        """Call those who wait for such news, as long as the wire stands; many news in a row call once."""
        async for _ in news.listen(HEARD[what]):
            self.call(what)

    def call(self, what: str) -> None:
        """Ring for the jobs that come soon after this."""
        for name in self._after.get(what, ()):
            self._bells[name].set()

    def stop(self) -> None:
        """No further round."""
        self._stopping = True
        for bell in self._bells.values():
            bell.set()


async def ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel them until they have ended; an error they ended with is not raised.

    Once is not enough: before Python 3.12 `asyncio.wait_for`, which the clients of Redis and of mail have under each
    command, forgets that it was cancelled when the command was answered in the same moment, and what was to end would
    go on: a worker's rounds for ever, a mailing until the last letter.
    """
    going = set(tasks)
    while going := {task for task in going if not task.done()}:
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=PATIENCE)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _rung(bell: asyncio.Event, within: float | None) -> None:
    try:
        async with asyncio.timeout(within):
            await bell.wait()
    except TimeoutError:
        return


async def once(job: Job, database: Database, work: Work, ran: Ran = unwatched) -> int:
    """Run one job now; returns how many it dealt with. An error is logged and not passed on: the next round tries
    again."""
    begun, done = time.perf_counter(), None
    try:
        done = await job.run(database, work, clock.now())
    except Exception:
        log.exception("job=%s failed", job.name)
    ran(job.name, time.perf_counter() - begun, done)
    if done:  # those that follow each commit would fill the log
        log.log(logging.DEBUG if job.soon_after else logging.INFO, "job=%s done=%d", job.name, done)
    return done or 0
