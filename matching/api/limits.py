"""Rate limits of the public door, by address and by what is tried. In process, or in Redis where there is one."""

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter

from matching.errors import TooMany

CODE_TRIES = parse("5/15minutes")  # docs/domain.md §5: wrong codes per address and code
CODE_TRIES_OF_ALL = parse("60/15minutes")  # per address, right codes then included: with 49 bits no guess comes near
FILINGS = parse("600/10minutes")  # per address: a whole hospital's visitors share one behind its Wi-Fi
MANY = 100  # from this many on two counters stand for the list of moments: it would cost time and memory
SIGN_INS = parse("20/5minutes")  # per address, above the lock of one account


class Limiter:
    """`hit` counts and refuses; `spent` only asks."""

    def __init__(self, redis_url: str = "") -> None:
        storage: Storage = MemoryStorage()
        if redis_url:
            storage = RedisStorage(f"async+{redis_url}", implementation="redispy")
        self._exact = MovingWindowRateLimiter(storage)
        self._many = SlidingWindowCounterRateLimiter(storage)

    async def hit(self, limit: RateLimitItem, code: str, *keys: str) -> None:
        """Count one; raises TooMany(code) when there were too many already."""
        if not await self._strategy(limit).hit(limit, code, *keys):
            raise TooMany(code, retry_after=limit.get_expiry())

    async def refuse_spent(self, limit: RateLimitItem, code: str, *keys: str) -> None:
        """Raises TooMany(code) when nothing is left, and counts nothing."""
        if not await self._strategy(limit).test(limit, code, *keys):
            raise TooMany(code, retry_after=limit.get_expiry())

    def _strategy(self, limit: RateLimitItem) -> RateLimiter:
        return self._many if limit.amount >= MANY else self._exact
