"""The wire between processes: Redis pub/sub. Redis may be away, restarted or emptied at any time.

What was told meanwhile may be lost, so everything counts as changed once the line stands again.
"""

import asyncio
import json
import logging
import random
import secrets
from collections.abc import Callable, Collection
from contextlib import suppress

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

CHANNEL = "dianliang:news"
MOST = 5000  # keys that wait for Redis; of more than this nobody keeps count
SILENCE = 15.0  # seconds without a word until we ask whether the line still stands
LONGEST_WAIT = 5.0  # seconds between two tries
AWAY = (RedisError, OSError, TimeoutError)

log = logging.getLogger("matching.news")


class Line:
    """Sends sets of keys to the other processes and hears theirs; `hear(None)` when some may have been missed."""

    def __init__(self, redis_url: str, hear: Callable[[Collection[str] | None], None]) -> None:
        # The library's own retries would hide that the line was broken, and with it that news were lost.
        self._redis = Redis.from_url(redis_url, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0))
        self._hear, self._me = hear, secrets.token_hex(8)
        self._out = set[str]()
        self._to_send = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._broken = False

    def open(self) -> None:
        """Begin to send and to hear, as soon as Redis is there."""
        self._tasks = [asyncio.create_task(self._sending()), asyncio.create_task(self._hearing())]

    async def close(self) -> None:
        """Stop both; what Redis does not take at once is lost."""
        if self._out:
            with suppress(*AWAY):
                async with asyncio.timeout(1):
                    await self._redis.publish(CHANNEL, self._packed())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    def send(self, keys: Collection[str]) -> None:
        """Pass them on when Redis takes them."""
        if len(self._out) < MOST:
            self._out |= set(keys)
        self._to_send.set()

    async def _sending(self) -> None:
        tries = 0
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            message, kept = self._packed(), self._out
            self._out = set()
            try:
                async with asyncio.timeout(LONGEST_WAIT):
                    await self._redis.publish(CHANNEL, message)
                tries = 0
            except AWAY:
                self._out |= kept
                self._to_send.set()
                tries += 1
                await asyncio.sleep(_pause(tries))

    def _packed(self) -> str:
        return json.dumps([self._me, sorted(self._out) if len(self._out) < MOST else None])

    async def _hearing(self) -> None:
        tries = 0
        while True:
            try:
                async with self._redis.pubsub() as line:
                    await line.subscribe(CHANNEL)
                    while True:
                        await self._take(line)
                        tries = 0
            except AWAY as error:
                tries += 1
                if not self._broken:
                    self._broken = True
                    log.warning("Redis is away (%s): pages of other processes are heard of later", type(error).__name__)
                await asyncio.sleep(_pause(tries))

    async def _take(self, line: PubSub) -> None:
        """One message, or a question whether anybody is there when none comes. Raises what is in AWAY."""
        message = await line.get_message(timeout=SILENCE)
        if message is None:
            await line.ping()
            async with asyncio.timeout(LONGEST_WAIT):
                while message is None:
                    message = await line.get_message(timeout=LONGEST_WAIT)
        if message["type"] == "subscribe" and self._broken:
            self._broken = False
            log.warning("Redis is back")
            self._hear(None)
        elif message["type"] == "message":
            try:
                sender, keys = json.loads(message["data"])
                keys = keys if keys is None else frozenset(keys)
            except (ValueError, TypeError):  # another release's words: something changed
                sender, keys = "", None
            if sender != self._me:
                self._hear(keys)


def _pause(tries: int) -> float:
    """Seconds before the next try: growing, and never the same for all processes."""
    return min(LONGEST_WAIT, 0.1 * 2.0 ** min(tries, 10)) * random.uniform(0.7, 1)  # noqa: S311
