"""Two actions of an activity that meet: one holds on in the middle until the other waits for it."""

import asyncio
from typing import Any

from sqlmodel import text

from matching.db import Database

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


class Meeting:
    """`first` goes on with what it has read when the other one waits for its lock, or needed none and is done."""

    def __init__(self, database: Database) -> None:
        self.database, self.holds, self.second = database, asyncio.Event(), asyncio.Event()

    def first(self, read: Any) -> Any:
        async def read_and_hold(*args: Any, **kwargs: Any) -> Any:
            found = await read(*args, **kwargs)
            if not self.holds.is_set():
                self.holds.set()
                await self._somebody_waits()
            return found

        return read_and_hold

    async def _somebody_waits(self) -> None:
        async with self.database.reading() as session:
            while not self.second.is_set() and not (await session.exec(WAITING)).scalar_one():  # type: ignore[call-overload]
                await asyncio.sleep(0.005)
