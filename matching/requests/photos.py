"""Photos of what was done: one sealed file each, outside the database, in a folder for each request.

A photo is drawn anew from its pixels (drawing.py) and named by its content: the same photo sent twice is one file. Each
request has files of its own, so erasing one never touches another's.
"""

import asyncio
import logging
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from matching.errors import NotSeen
from matching.privacy.codes import new_token
from matching.privacy.sealed import Sealer, Unreadable
from matching.requests.drawing import Photo, draw

log = logging.getLogger("matching.files")

P = ParamSpec("P")
T = TypeVar("T")

DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
Named = Callable[[Collection[int]], Awaitable[set[tuple[int, str]]]]
"""Of things by their numbers: the files that they name, as number and digest."""


class Photos:
    """The photos of one installation; `folder` is shared by its processes. Disk errors are OSError."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self.folder, self.sealer = folder, sealer
        self._easel = ThreadPoolExecutor(1, "photo")
        self._thread = ThreadPoolExecutor(1, "files")  # of its own: who keeps a file never waits for a drawing

    async def drawn(self, raw: bytes) -> Photo:
        """What was uploaded, as it may be kept. Raises Invalid at `photo`."""
        return await asyncio.get_running_loop().run_in_executor(self._easel, draw, raw)

    async def keep(self, number: str, photo: Photo) -> None:
        """Put it on the disk for this request: whole, or not at all."""
        path = self._path(number, photo.digest)
        sealed = self.sealer.seal_bytes(photo.jpeg, _place(number, photo.digest))
        if not await self._aside(_is_there, path):
            await self._aside(_write, path, sealed)

    async def open(self, number: str, digest: str) -> bytes:
        """The JPEG. Raises NotSeen when this request has no such photo, has it no more, or it cannot be opened: what
        became of it is for the log."""
        if not self.holds(number, digest):
            raise NotSeen()
        try:
            sealed = await self._aside(self._path(number, digest).read_bytes)
        except FileNotFoundError:
            raise NotSeen() from None
        try:
            return self.sealer.open_bytes(sealed, _place(number, digest))
        except Unreadable as why:
            log.error("file %s/%s cannot be opened: %s", number, digest, why)
            raise NotSeen("file_damaged") from None

    def holds(self, number: str, digest: str) -> bool:
        """Whether this request has this photo; never for what is no digest at all."""
        return bool(DIGEST.fullmatch(digest)) and self._path(number, digest).is_file()

    async def erase(self, number: str, *, but: frozenset[str] = frozenset()) -> None:
        """Remove the photos of a request, except some. Does nothing the second time."""
        await self._aside(_remove, self.folder / number, but)

    async def erase_one(self, number: str, digest: str) -> None:
        """Remove one photo of a request and touch no other, which somebody may just be adding. Does nothing twice."""
        if DIGEST.fullmatch(digest):
            await self._aside(self._path(number, digest).unlink, missing_ok=True)

    async def all(self) -> list[tuple[str, str]]:
        """The request number and digest of every photo."""
        return await self._aside(_all, self.folder)

    async def older(self, place: str, than: datetime) -> list[tuple[str, str]]:
        """Folder and digest of the photos in folders whose names begin with `place` that nobody kept since `than`."""
        return await self._aside(_older, self.folder, f"{place}[0-9]*/*", than.timestamp())

    async def erase_unnamed(self, place: str, than: datetime, named: Named) -> int:
        """Remove what lies in folders called `place` and a number, kept before `than`, and nothing names: an upload
        that broke off, a picture that another replaced, what a process that was killed had half written. `named` is
        given the numbers, and says which of their files, as number and digest, are wanted. Returns how many went."""
        await self._aside(_remove_half_written, self.folder, f"{place}[0-9]*/.*", than.timestamp())
        old = await self.older(place, than)
        wanted = await named({int(folder.removeprefix(place)) for folder, _digest in old}) if old else set()
        gone = set(old) - {(f"{place}{number}", digest) for number, digest in wanted}
        old_files = [self.folder / folder / digest for folder, digest in gone]
        return sum([await self._aside(_remove_old, path, than.timestamp()) for path in old_files])

    async def reseal(self, number: str, digest: str) -> bool:
        """Seal one anew with the newest key; False when it is so sealed, or was erased meanwhile. Raises Unreadable."""
        path, place = self._path(number, digest), _place(number, digest)
        try:
            old = await self._aside(path.read_bytes)
            if self.sealer.is_newest(old):
                return False
            await self._aside(_replace, path, self.sealer.seal_bytes(self.sealer.open_bytes(old, place), place))
        except FileNotFoundError:
            return False
        return True

    def _path(self, number: str, digest: str) -> Path:
        return self.folder / number / digest

    async def _aside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))


def _place(number: str, digest: str) -> str:
    return f"photo:{number}:{digest}"


def _is_there(path: Path) -> bool:
    """Kept once more: from now on it is as young as one that was written now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _all(folder: Path, where: str = "*/*") -> list[tuple[str, str]]:
    found = (path for path in folder.glob(where) if DIGEST.fullmatch(path.name))
    return sorted((path.parent.name, path.name) for path in found)


def _older(folder: Path, where: str, than: float) -> list[tuple[str, str]]:
    found = []
    for place, digest in _all(folder, where):
        with suppress(FileNotFoundError):  # erased meanwhile
            if (folder / place / digest).stat().st_mtime < than:
                found.append((place, digest))
    return found


def _write(path: Path, sealed: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _replace(path, sealed, new=True)


def _replace(path: Path, sealed: bytes, *, new: bool = False) -> None:
    """Unless `new` it must still be there: nothing that was erased meanwhile comes back."""
    fresh = path.with_name(f".{new_token(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        if not (new or path.exists()):
            raise FileNotFoundError(path)
        fresh.replace(path)
    except BaseException:  # a full disk, for instance: what is half written must not fill it for good
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove_old(path: Path, than: float) -> bool:
    """Unless it was kept once more while its names were looked up."""
    with suppress(FileNotFoundError):
        if path.stat().st_mtime < than:
            path.unlink()
            return True
    return False


def _remove_half_written(folder: Path, where: str, than: float) -> None:
    for path in folder.glob(where):
        _remove_old(path, than)


def _remove(folder: Path, but: frozenset[str]) -> None:
    if not but:
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.is_dir():
        for path in folder.iterdir():
            if path.name not in but:
                path.unlink(missing_ok=True)
