"""The wire: what was committed here is heard by every open page and by the workers, on this machine and on others.

It carries that something changed and never what. It may lose: nothing depends on it but how soon somebody looks.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Self
from weakref import WeakSet

from matching import clock
from matching.api.hearing import Keys, keys_of
from matching.api.newsline import Line
from matching.db import News

SOON = 0.03  # seconds in which news gather, so that a burst of commits wakes everybody once
EACH, WIDEST = 0.004, 1.0  # seconds a page, and in all, over which the pages are woken that all fetch at once then

log = logging.getLogger("matching.news")


class Listener:
    """Hears that something changed since it last asked, however often it did: nobody waits for a slow one."""

    def __init__(self, keys: Keys | None, at_once: bool) -> None:
        self.keys, self.at_once = keys, at_once
        self.ending, self._woken = asyncio.Event(), asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the wire was closed."""
        return self.ending.is_set()

    def concerned(self, keys: Collection[str] | None) -> bool:
        """None stands for everything, on either side."""
        return keys is None or self.keys is None or not self.keys.isdisjoint(keys)

    def wake(self) -> None:
        """Something changed."""
        self._woken.set()

    def end(self) -> None:
        """The wire is closed."""
        self.ending.set()
        self._woken.set()

    async def heard(self, within: float) -> bool:
        """Whether something changed, or the wire was closed (`ended`), within so many seconds."""
        try:
            async with asyncio.timeout(within):
                await self._woken.wait()
        except TimeoutError:
            return False
        if not self.ended:
            self._woken.clear()
        return True

    def __aiter__(self) -> AsyncIterator[None]:
        return self

    async def __anext__(self) -> None:
        await self._woken.wait()
        if self.ended:
            raise StopAsyncIteration
        self._woken.clear()


class Wire:
    """One process's end of it. `async with` while the process serves; `hang_up` when it begins to stop.

    Without Redis it stays within the process.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._line = Line(redis_url, self._hear) if redis_url else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hung_up = False
        self._listeners = WeakSet[Listener]()
        self._waiting: list[News] = []
        self._changed_at = dict[str, int]()
        self._all_changed_at = now_ms()  # what happened before this process began

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        if self._line:
            self._line.open()
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.hang_up()
        self._pass_on()
        self._loop = None
        if self._line:
            await self._line.close()

    def hang_up(self) -> None:
        """End every listener now, and every later one at once: a server that stops would wait for open pages.

        What is still committed here is told to the other processes.
        """
        self._hung_up = True
        for listener in list(self._listeners):
            listener.end()

    def tell(self, news: Sequence[News]) -> None:
        """Pass it on in a moment. Never raises, never waits; a wire that is not open drops it."""
        if self._loop is None:
            return
        if not self._waiting:
            self._loop.call_later(SOON, self._pass_on)
        self._waiting += news

    def listen(self, keys: Keys | None = None, *, at_once: bool = True) -> Listener:
        """Hear of what shares a key with these; of everything without. `async for _ in wire.listen(): look()`.

        Without `at_once` the listeners of one piece of news are woken one after the other within a second, so that
        their pages do not all ask in the same instant.
        """
        listener = Listener(keys, at_once)
        if self._hung_up:
            listener.end()
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """It hears no more. One that nobody holds leaves by itself, though later."""
        self._listeners.discard(listener)

    def listening(self, keys: Keys | None = None) -> int:
        """How many listen, to exactly these keys where some are named."""
        return len(self._listeners) if keys is None else sum(one.keys == keys for one in self._listeners)

    def mark(self, keys: Keys) -> int:
        """When something last changed for these keys, in milliseconds since 1970 as this process heard of it."""
        return max(self._all_changed_at, *(self._changed_at.get(key, 0) for key in keys))

    def _pass_on(self) -> None:
        news, self._waiting = self._waiting, []
        try:
            keys = keys_of(news)
            self._hear(keys)
            if self._line:
                self._line.send(keys)
        except Exception:
            log.exception("news were lost")

    def _hear(self, keys: Collection[str] | None) -> None:
        """Wake whom it concerns; None: anything may have changed."""
        at = now_ms()
        if keys is None:
            self._all_changed_at = at
        else:
            self._changed_at |= dict.fromkeys(keys, at)
        concerned = [listener for listener in self._listeners if listener.concerned(keys)]
        width = min(WIDEST, EACH * len(concerned))
        for listener in concerned:
            if listener.at_once or self._loop is None:
                listener.wake()
            else:
                self._loop.call_later(random.uniform(0, width), listener.wake)  # noqa: S311


def now_ms() -> int:
    """The clock as marks have it."""
    return int(clock.now().timestamp() * 1000)
