"""How many filings came from one address: counted here at once, and told to the other processes every second.

A filing does not wait for Redis: asking it each time costs about as much as reading the filing itself. So an address
that files through several processes at once may get a second's worth more than its limit.
"""

import asyncio
import logging
from datetime import datetime

from limits import RateLimitItem
from redis.asyncio import Redis
from redis.exceptions import RedisError

EVERY = 1.0  # seconds between two exchanges while filings come in
PATIENCE = 2.0  # seconds that Redis may take; nobody waits for it

log = logging.getLogger("matching.limits")


class Rush:
    """Counts by address in fixed windows of the limit's length. Redis may be away: then each process counts alone."""

    def __init__(self, redis_url: str = "") -> None:
        self._redis: Redis | None = None
        if redis_url:
            self._redis = Redis.from_url(redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        self._exchange: asyncio.Task[None] | None = None
        self._begin(0)

    def admits(self, limit: RateLimitItem, address: str, at: datetime) -> bool:
        """Count one filing from there, unless there were too many in this window."""
        window = int(at.timestamp()) // limit.get_expiry()
        if window != self._window:
            self._begin(window)
        here = self._here.get(address, 0)
        if here + self._elsewhere.get(address, 0) >= limit.amount:
            return False
        self._here[address] = here + 1
        if self._redis is not None:
            self._to_tell.add(address)
            if self._exchange is None or self._exchange.done():
                self._exchange = asyncio.create_task(self._tell(self._redis, limit.get_expiry()))
        return True

    async def close(self) -> None:
        """Tell nobody any more."""
        if self._exchange is not None:
            self._exchange.cancel()
            await asyncio.gather(self._exchange, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()

    def _begin(self, window: int) -> None:
        self._window = window
        self._here: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._elsewhere: dict[str, int] = {}
        self._to_tell: set[str] = set()

    async def _tell(self, redis: Redis, seconds: int) -> None:
        """Add what is new here to the common count, and learn from the sum what came in elsewhere."""
        await asyncio.sleep(EVERY)
        window, addresses = self._window, sorted(self._to_tell)
        fresh = [self._here[address] - self._told.get(address, 0) for address in addresses]
        try:
            async with redis.pipeline(transaction=False) as together:
                for address, count in zip(addresses, fresh, strict=True):
                    together.incrby(f"dianliang:filings:{window}:{address}", count)
                    together.expire(f"dianliang:filings:{window}:{address}", seconds)
                sums = (await together.execute())[::2]
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("filings are counted here alone, Redis is away: %s", type(error).__name__)
            return
        if window != self._window:
            return
        self._to_tell.difference_update(addresses)
        for address, count, common in zip(addresses, fresh, sums, strict=True):
            self._told[address] = self._told.get(address, 0) + count
            self._elsewhere[address] = common - self._told[address]
