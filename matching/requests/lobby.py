"""What a screen in the lobby tells: how many wishes were made and came true, and the latest that may be told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded
from matching.requests.states import Result

R = ServiceRequest
UNDER_WAY = 1000  # ids that may have been given out and not committed yet when the newest one is seen
LOOKED_AT = 500  # the newest fulfilled ones among which those with reviewed wording are looked for


@dataclass(frozen=True)
class Base:
    """What needs no counting again for a while: wishes up to an id, and those fulfilled before the day."""

    root_id: int
    midnight: datetime
    up_to: int
    filed: int
    filed_today: int
    fulfilled: int


@dataclass(frozen=True)
class Figures:
    """Wishes filed and fulfilled, in all and today; `last_at` is when the latest came true today."""

    filed: int
    filed_today: int
    fulfilled: int
    fulfilled_today: int
    last_at: datetime | None


async def base(session: AsyncSession, root_id: int, midnight: datetime) -> Base:
    """Counts every row of the hospital: not for every visit."""
    newest = (await session.exec(select(func.max(R.id)).where(R.root_id == root_id))).one() or 0
    up_to = max(newest - UNDER_WAY, 0)
    counted = select(func.count(), _since(midnight)).where(R.root_id == root_id, col(R.id) <= up_to)
    filed, today = (await session.exec(counted)).one()
    before = select(func.count()).where(_fulfilled(root_id), col(R.completed_at) < midnight)
    return Base(root_id, midnight, up_to, filed, today or 0, (await session.exec(before)).one())


async def figures(session: AsyncSession, base: Base) -> Figures:
    """As it is now: only what came since is counted."""
    newer = select(func.count(), _since(base.midnight)).where(R.root_id == base.root_id, col(R.id) > base.up_to)
    filed, today = (await session.exec(newer)).one()
    since = select(func.count(), func.max(R.completed_at)).where(
        _fulfilled(base.root_id), col(R.completed_at) >= base.midnight
    )
    fulfilled, last_at = (await session.exec(since)).one()
    return Figures(base.filed + filed, base.filed_today + (today or 0), base.fulfilled + fulfilled, fulfilled, last_at)


async def latest_fulfilled(session: AsyncSession, root_id: int, size: int) -> list[ServiceRequest]:
    """The newest that came true and have reviewed wording, as on the wall (docs/domain.md §5)."""
    newest = select(col(R.id), col(R.wording_at)).where(_fulfilled(root_id)).order_by(col(R.completed_at).desc())
    some = newest.limit(LOOKED_AT).subquery()
    told = loaded(select(R).where(col(R.id).in_(select(some.c.id).where(some.c.wording_at.is_not(None)))))
    return list((await session.exec(told.order_by(col(R.completed_at).desc()).limit(size))).unique())


def _fulfilled(root_id: int) -> ColumnElement[bool]:
    return and_(col(R.root_id) == root_id, col(R.completed_at).is_not(None), col(R.result) == Result.solved)


def _since(midnight: datetime) -> ColumnElement[int]:
    return func.sum(case((col(R.filed_at) >= midnight, 1), else_=0))
