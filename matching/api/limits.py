"""Rate limits of the public door, by address and by what is tried. In process, or in Redis where there is one.

Redis may be away: then this process counts alone, so that nobody is turned away for it and nobody may guess freely.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from matching.api.rush import Rush
from matching.errors import TooMany

log = logging.getLogger("matching.limits")

CODE_TRIES = parse("5/15minutes")  # docs/domain.md §5: wrong codes per address and code
CODE_TRIES_OF_ALL = parse("60/15minutes")  # per address, right codes then included: with 49 bits no guess comes near
PAPERS = parse("20/5minutes")  # PDFs and sheets per person: each takes a moment of a core
FIGURES = parse("120/minute")  # reads of figures per person: two a second, as nobody presses reload for a minute
FILINGS = parse("600/10minutes")  # per address: a whole hospital's visitors share one behind its Wi-Fi
UPLOADS = parse("60/hour")  # photos per person: each takes a moment of a core and stays on the disk
MANY = 100  # from this many on two counters stand for the list of moments: it would cost time and memory
MAIL_CODES = parse("5/15minutes")  # confirmation mails per person or request, and guesses at their digits
TESTS = parse("10/5minutes")  # test messages per person
PREVIEWS = parse("6/minute")  # of the dials, per person: each takes seconds of a core
SIGN_INS = parse("20/5minutes")  # per address, above the lock of one account
PATIENCE = 0.5  # seconds that a filing waits for Redis
ALONE = 5.0  # seconds before Redis is asked again once it did not answer


class Counter:
    """The two ways of counting on one storage."""

    def __init__(self, storage: Storage) -> None:
        self._exact = MovingWindowRateLimiter(storage)
        self._many = SlidingWindowCounterRateLimiter(storage)

    def of(self, limit: RateLimitItem) -> RateLimiter:
        """The way for a limit of this size."""
        return self._many if limit.amount >= MANY else self._exact


class Limiter:
    """`hit` counts and refuses; `refuse_spent` only asks. Neither fails when Redis does."""

    def __init__(self, redis_url: str = "") -> None:
        self._own = Counter(MemoryStorage())
        self._rush = Rush(redis_url)
        self._shared: Counter | None = None
        self._alone_until = 0.0
        if redis_url:
            storage = RedisStorage(
                f"async+{redis_url}", wrap_exceptions=True, implementation="redispy",
                socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE,
            )  # fmt: skip
            self._shared = Counter(storage)

    async def hit(self, limit: RateLimitItem, code: str, *keys: str) -> None:
        """Count one; raises TooMany(code) when there were too many already."""
        if not await self._ask(lambda counter: counter.of(limit).hit(limit, code, *keys)):
            raise TooMany(code, retry_after=limit.get_expiry())

    def count_filing(self, address: str, at: datetime) -> None:
        """Count a filing, at once and without waiting; raises TooMany when the address filed too much."""
        if not self._rush.admits(FILINGS, address, at):
            raise TooMany("too_many_filings", retry_after=FILINGS.get_expiry())

    async def close(self) -> None:
        """Give Redis back."""
        await self._rush.close()

    async def refuse_spent(self, limit: RateLimitItem, code: str, *keys: str) -> None:
        """Raises TooMany(code) when nothing is left, and counts nothing."""
        if not await self._ask(lambda counter: counter.of(limit).test(limit, code, *keys)):
            raise TooMany(code, retry_after=limit.get_expiry())

    async def _ask(self, question: Callable[[Counter], Awaitable[bool]]) -> bool:
        if self._shared is not None and time.monotonic() >= self._alone_until:
            try:
                return await question(self._shared)
            except StorageError as error:
                log.warning(
                    "limits are counted here for %d s, Redis is away: %s", ALONE, type(error.storage_error).__name__
                )
                self._alone_until = time.monotonic() + ALONE
        return await question(self._own)
