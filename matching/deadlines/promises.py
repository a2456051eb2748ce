"""What may honestly be promised at filing, from the last 90 days of that service and place (docs/domain.md §3).

The promise is the time within which four of five requests (QUANTILE) of that service at the places of that unit were
taken, and done: a median would be broken every second time, and one in twenty would promise what the worst days are
like. It is natural time, as the requester lives it: nights, parked time and questions count. Counted by counting.py.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.deadlines.model import Promise

QUANTILE = 0.8
MINUTE, HOUR, DAY = 60, 3600, 86400
ENOUGH, LEAST = 10, 5  # done at a unit's places; in the whole hospital
PLAIN = (
    *(15 * MINUTE, 30 * MINUTE, *(n * HOUR for n in (1, 2, 3, 4, 6, 8, 12))),
    *(n * DAY for n in (1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 30, 45, 60, 90)),
)
"""Lengths that people say."""

Lasted = tuple[int, bool, int]
"""Seconds, whether it came to its end then (or was only still waiting), how many."""


class Usual(NamedTuple):
    """What may be said of a service: within how many seconds it is usually taken and done, in PLAIN lengths."""

    taken: int
    done: int


def usual(promise: Promise, least: int) -> Usual | None:
    """The promise in plain lengths; None where too few were done, or too many are still waiting."""
    if promise.n < least or promise.taken_seconds is None or promise.done_seconds is None:
        return None
    taken, done = plain(promise.taken_seconds), plain(promise.done_seconds)
    return Usual(taken, max(taken, done)) if taken and done else None


def plain(seconds: int) -> int | None:
    """Rounded up to a length that people say; None beyond the longest."""
    return next((length for length in PLAIN if seconds <= length), None)


def within(lasted: Iterable[Lasted], share: float = QUANTILE) -> int | None:
    """The seconds within which `share` of all came to their end; None when that many never did.

    Kaplan and Meier's estimate: who still waits counts too, for as long as they have waited. A request that is open for
    three days was not done within three days, and leaving it out would promise more than happens.
    """
    ends: dict[int, list[int]] = {}
    for seconds, ended, n in lasted:
        ends.setdefault(seconds, [0, 0])[0 if ended else 1] += n
    at_risk, waiting = sum(map(sum, ends.values())), 1.0
    for seconds in sorted(ends):
        ended_now, left = ends[seconds]
        waiting *= 1 - ended_now / at_risk
        if waiting <= 1 - share + 1e-9:
            return seconds
        at_risk -= ended_now + left
    return None


async def promises_at(session: AsyncSession, root_id: int, unit_id: int) -> dict[int, Usual]:
    """By service: what is promised at the places of a unit, its own figures before the whole hospital's."""
    here = col(Promise.unit_id).in_((unit_id, root_id))
    rows = list(await session.exec(select(Promise).where(Promise.root_id == root_id, here)))
    found: dict[int, Usual] = {}
    for row in sorted(rows, key=lambda row: row.unit_id != root_id):  # the hospital's first, the unit's over it
        if said := usual(row, LEAST if row.unit_id == root_id else ENOUGH):
            found[row.service_id] = said
    return found


async def scores(session: AsyncSession, root_id: int) -> dict[int, Promise]:
    """By service: the figures of the whole hospital, with how many promises are decided and how many were kept."""
    rows = await session.exec(select(Promise).where(Promise.root_id == root_id, Promise.unit_id == root_id))
    return {row.service_id: row for row in rows}
