"""Many who write at once share a commit: filing at a rush (docs/scale.md)."""

import asyncio
import sqlite3
from typing import Any, Generic

from sqlalchemy.exc import DBAPIError, IntegrityError

from matching.db import Database, away
from matching.db.batches import Answer, Batch, Line, Row
from matching.errors import Unavailable

TAKEN = (IntegrityError, sqlite3.IntegrityError)


class GroupCommit(Generic[Row, Answer]):
    """Rows that arrive while a commit is on its way share the next one.

    Each caller gets its answer only after the commit. When a batch fails each row is tried alone, so that nobody
    suffers from a neighbour's row.
    """

    def __init__(self, database: Database, batch: Batch[Row, Answer], *, most: int = 64) -> None:
        self._database, self._batch, self._most = database, batch, most
        self._waiting: list[tuple[Row, asyncio.Future[Answer]]] = []
        self._drain: asyncio.Task[None] | None = None

    async def __call__(self, row: Row) -> Answer:
        """Return the row's answer once it is committed; raises Unavailable when the database is away."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, future))
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._commit_waiting())
        return await future

    async def _commit_waiting(self) -> None:
        while batch := self._next():
            try:
                async with self._database.line() as line:
                    while batch:
                        await self._commit(line, batch)
                        batch = self._next()
            except Exception as error:
                if len(batch) == 1 and not isinstance(error, TAKEN):  # another process was first: see its row
                    _fail(batch[0][1], error)
                    continue
                for alone in batch:
                    try:
                        async with self._database.line() as line:
                            await self._commit(line, [alone])
                    except Exception as own:
                        _fail(alone[1], own)

    def _next(self) -> "list[tuple[Row, asyncio.Future[Answer]]]":
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        return batch

    async def _commit(self, line: Line, batch: "list[tuple[Row, asyncio.Future[Answer]]]") -> None:
        answers = await line(self._batch, [row for row, _future in batch])
        for (_row, future), answer in zip(batch, answers, strict=True):
            if not future.done():  # its caller may have hung up
                future.set_result(answer)


def _fail(future: "asyncio.Future[Any]", error: Exception) -> None:
    if future.done():
        return
    if isinstance(error, DBAPIError):
        error = away(error)
    future.set_exception(Unavailable() if isinstance(error, (OSError, sqlite3.OperationalError)) else error)
