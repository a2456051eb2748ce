"""The requests behind the score of a service's promises: as many as counting.py counted, as of when it did."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.deadlines.counting import R, decided, recent
from matching.deadlines.model import Promise
from matching.errors import NotSeen
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded, visible
from matching.services.model import Service


class Scored(StrEnum):
    """The numbers of a service: promises of taking and of doing that are decided, and requests that were done."""

    taken = "taken"
    done = "done"
    n = "n"


@dataclass(frozen=True)
class Behind:
    """A page, the newest first. `total` and `kept` (of promises) are of all, also of those `by` may not open."""

    rows: list[ServiceRequest]
    service: Service
    total: int
    kept: int
    next: int | None


async def scored_behind(
    session: AsyncSession, code: str, of: Scored, *, by: Actor, after: int | None = None, size: int = 20
) -> Behind:
    """Of a service (its code), in the whole hospital. Who may read the scores is the caller's to ask. Raises NotSeen
    where nothing was counted. What happened since the count, within the hour, may have moved a request."""
    known = select(Promise, Service).join(Service, col(Service.id) == Promise.service_id)
    known = known.where(Promise.root_id == by.root_id, Promise.unit_id == by.root_id, Service.code == code)
    found = (await session.exec(known)).first() if "\0" not in code else None
    if found is None:
        raise NotSeen
    row, service = found
    theirs = [*recent(by.root_id, row.counted_at), R.service_id == service.id]
    theirs.append(R.completed_at.is_not(None) if of is Scored.n else decided(*_pair(of), row.counted_at))
    yes = _pair(of)[0] <= _pair(of)[1]
    sums = select(func.count(), func.sum(case((yes, 1), else_=0))).select_from(ServiceRequest)
    total, kept = (await session.exec(sums.where(*theirs))).one()
    page = loaded(select(ServiceRequest).where(visible(by), *theirs))
    if after is not None:
        page = page.where(col(ServiceRequest.id) < after)
    rows = list((await session.exec(page.order_by(col(ServiceRequest.id).desc()).limit(size + 1))).unique())
    following = rows[size - 1].id if len(rows) > size else None
    return Behind(rows[:size], service, total, int(kept or 0), following)


def _pair(of: Scored) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """When it happened, and when it was promised for."""
    return (R.taken_at, R.promised_taken_at) if of is Scored.taken else (R.completed_at, R.promised_done_at)
