"""Who has promised a time already, for whoever puts people on a list: what the engine is told, and nothing else."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Select, bindparam
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.crowds import engaged, held
from matching.asks.drivers import tables
from matching.asks.engagement import LONGEST, Engagement
from matching.asks.reading import besides
from matching.engine.model import Span
from matching.requests.claims import Claim


class Promise(NamedTuple):
    """When somebody is at something: an activity, or else what they took."""

    start: datetime
    end: datetime
    activity: bool


async def promised(
    session: AsyncSession, root_id: int, people: Sequence[int], during: Span, at: datetime, *,
    activity_id: int = 0, request_id: int | None = None,
) -> dict[int, list[Promise]]:  # fmt: skip
    """What of it meets that time and is not over, of those of these people (ids) who have any, the first first; that
    activity and that request are not looked at."""
    since = max(at, during.start)
    known = await tables(
        session, _promised, root=root_id, lately=since - LONGEST, at=since, until=during.end, activity=activity_id,
        request=request_id or 0,
    )  # fmt: skip
    ids = np.array(sorted(people), np.int64)
    taken, lists = held(ids, known["held"], at), engaged(ids, known["engaged"]).each()
    found = {}
    for place, id_ in enumerate(ids.tolist()):
        theirs = [Promise(*span, False) for span in taken.get(place, ()) if span.meets(during)]
        theirs += [Promise(start, end, True) for start, end, _request in lists[place]]
        if theirs:
            found[id_] = sorted(theirs)
    return found


@cache
def _promised() -> dict[str, Select[Any]]:
    parts = besides()
    return {
        "held": parts["held"].where(col(Claim.request_id) != bindparam("request")),
        "engaged": parts["engaged"].where(col(Engagement.activity_id) != bindparam("activity")),
    }
