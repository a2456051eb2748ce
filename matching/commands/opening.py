"""What commands share: exit codes, a line for whoever sits there, and the way to the database."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TextIO, TypeVar

from uvicorn.loops.auto import auto_loop_factory

from matching import migrations
from matching.db import Database, Work
from matching.errors import Refused
from matching.settings import Settings

T = TypeVar("T")
WELL, WRONG, CANNOT_START, INTERRUPTED = 0, 1, 2, 130


def say(line: str, stream: TextIO | None = None) -> None:
    """A line for whoever sits there, at once also through a pipe."""
    print(line, file=stream or sys.stdout, flush=True)


def run(settings: Settings, use: Callable[[Database, Work], Coroutine[Any, Any, T]]) -> T:
    """Open the database, use it, close it."""

    async def opened() -> T:
        database = Database(settings.database_url)
        try:
            return await use(database, Work(database))
        finally:
            await database.close()

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(opened())


def ready(settings: Settings) -> None:
    """One machine brings its tables up to date by itself; in production somebody decides when."""
    if settings.mode == "embedded":
        migrations.upgrade(settings.database_url)
    else:
        run(settings, refuse_outdated)


async def refuse_outdated(database: Database, _work: Work) -> None:
    async with database.reading() as session:
        if not await migrations.is_current(session):
            raise Refused("not_migrated")
