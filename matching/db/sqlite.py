"""What SQLite needs, and a thread of its own for batches of rows.

Three things must be said to it or it loses updates silently: the driver must not open transactions of its own, a
writer must take its lock when it begins, and a full sync must follow each commit.
"""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.engine import Connection, make_url

from matching.db.batches import Answer, Batch, Row


def set_pragmas(connection: Any, _record: Any) -> None:
    """For each new connection."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "busy_timeout=10000", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin(connection: Connection) -> None:
    """For each transaction: one that may write takes its lock at once."""
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Filer:
    """SQLite's line: its own connection in its own thread, which takes its turn among this process's writers."""

    def __init__(self, url: str, turn: asyncio.Lock) -> None:
        self._path, self._turn = make_url(url).database or "", turn
        self._thread = ThreadPoolExecutor(1, "filer")
        self._connection: sqlite3.Connection | None = None

    async def __call__(self, batch: Batch[Row, Answer], rows: list[Row]) -> list[Answer]:
        async with self._turn:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, batch, rows)

    async def close(self) -> None:
        """Ends the thread; a line that is used again opens everything anew."""
        await asyncio.to_thread(self._thread.shutdown)
        if self._connection is not None:
            self._connection.close()
        self._connection, self._thread = None, ThreadPoolExecutor(1, "filer")

    def _commit(self, batch: Batch[Row, Answer], rows: list[Row]) -> list[Answer]:
        if self._connection is None:
            opened = sqlite3.connect(self._path, check_same_thread=False)
            set_pragmas(opened, None)
            self._connection = opened
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            answers = batch.on_sqlite(cursor, rows)
            cursor.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                cursor.execute("ROLLBACK")
            raise
        return answers
