"""Where a file is made, and how others know that somebody still makes it.

A file lies at its own place whole or not at all: it is made in a folder beside it and put there at once. Whoever makes
it says so every BEAT; of whom nothing is heard for GIVEN_UP has died, and the next one begins anew.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

BEAT = timedelta(seconds=20)
GIVEN_UP = timedelta(minutes=2)
FORGOTTEN = timedelta(hours=3)  # after which nobody can be at work in a folder that was left


class Watch:
    """The time as it goes on from `at`, when a job began: what it does may take minutes."""

    def __init__(self, at: datetime) -> None:
        self._at, self._began = at, time.monotonic()

    def now(self) -> datetime:
        """The moment it is."""
        return self._at + timedelta(seconds=time.monotonic() - self._began)


@asynccontextmanager
async def heard(say: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """`say` every BEAT while the block lasts. A word that cannot be said is said again."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT.total_seconds())
            with suppress(Exception):
                await say()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


@contextmanager
def workplace(place: Path) -> Iterator[Path]:
    """The path to write to for a file that is to lie at `place`, in a folder that nobody else reads (0700) and that
    goes however the block ends; so does what somebody left who died at the same file."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in place.parent.glob(f"{place.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=f"{place.name}-", dir=place.parent))
    try:
        yield folder / "file"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(made: Path, place: Path) -> int:
    """Put a whole file in its place, readable by nobody else; whoever is reading an older one reads that to its end.
    Returns its size in bytes."""
    made.chmod(0o600)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(place)
    return place.stat().st_size


def sweep(folder: Path, files_before: datetime, at: datetime) -> None:
    """Take away files older than that, and folders in which nobody can be at work any more."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        before = at - FORGOTTEN if path.is_dir() else files_before
        if path.stat().st_mtime >= before.timestamp():
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
