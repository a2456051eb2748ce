"""One round of a job over many requests, each in a transaction of its own."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Work
from matching.errors import Refused, Unavailable

Act = Callable[[AsyncSession, int, datetime], Awaitable[bool]]  # on the request with that id; whether anything changed


async def each(work: Work, act: Act, found: Iterable[int], at: datetime) -> int:
    """Returns for how many something changed. One that fails holds up no other; the first failure is raised in the
    end, so that the job counts as failed and the next round tries again. Raises Unavailable at once."""
    count, failed = 0, list[Exception]()
    for request_id in found:
        try:
            count += await work(act, request_id, at)
        except Unavailable:
            raise
        except Refused:  # others were at it all the time; the next round looks again
            continue
        except Exception as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return count
