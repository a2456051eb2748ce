"""Who is to be at activities, written where matching reads it (`asks.engagement`), so that nobody is asked for a wish
at the same hour (docs/domain.md §11). All of it follows from the lists, and is written anew with every change of one.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from sqlalchemy import CompoundSelect, case, delete, exists, insert, or_, select, union_all
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, Attendance
from matching.activities.queries import LIVING, Listed
from matching.asks.engagement import Engagement
from matching.asks.promises import Promise, promised
from matching.engine.model import Span

COLUMNS = ("activity_id", "person_id", "root_id", "request_id", "starts_at", "ends_at")
A, P = Activity, Attendance


async def engage(session: AsyncSession, activity_id: int, people: Collection[int] | None = None) -> None:
    """Bring what matching knows up to the list, of these people (ids) where only they are concerned. The activity is
    locked, or new."""
    await session.flush()
    gone = delete(Engagement).where(col(Engagement.activity_id) == activity_id)
    due = _due().subquery()
    fresh = select(due).where(due.c.activity_id == activity_id)
    if people is not None:
        gone = gone.where(col(Engagement.person_id).in_(people))
        fresh = fresh.where(due.c.person_id.in_(people))
    connection = await session.connection()
    await connection.execute(gone)
    await connection.execute(insert(Engagement).from_select(COLUMNS, fresh))


async def engage_all(session: AsyncSession) -> None:
    """The same for activities that were written in bulk, none of which is known yet."""
    await (await session.connection()).execute(insert(Engagement).from_select(COLUMNS, _due()))


async def promised_elsewhere(
    session: AsyncSession, activity: Activity, people: Sequence[Listed], at: datetime
) -> dict[int, list[Promise]]:
    """Who of its list, or its lead, is at something else then, by id: said beside their names, and no reason to refuse.
    Of what is over nobody is told."""
    if activity.state not in LIVING or activity.ends_at <= at:
        return {}
    them = {activity.lead_id, *(one.attendance.person_id for one in people)}
    return await promised(
        session, activity.root_id, sorted(them), Span(activity.starts_at, activity.ends_at), at,
        activity_id=activity.id or 0, request_id=activity.request_id,
    )  # fmt: skip


async def differences(session: AsyncSession) -> AsyncIterator[str]:
    """For `matching verify`: one line for each person of an activity of whom matching does not know what the list says,
    all as of one moment."""
    due = _due().subquery()
    kept = select(*(col(getattr(Engagement, name)) for name in COLUMNS))
    wrong, missing = kept.except_(select(due)).subquery(), select(due).except_(kept).subquery()
    either = union_all(*(select(one.c.activity_id, one.c.person_id) for one in (wrong, missing))).subquery()
    found = select(either).distinct().order_by(either.c.activity_id, either.c.person_id)
    for activity_id, person_id in await (await session.connection()).execute(found):
        yield f"activity {activity_id}, person {person_id}: engaged otherwise than its list says"


def _due() -> CompoundSelect[tuple[object, ...]]:
    """What should stand there: whoever is on the list of an activity that is planned or held, until they signed out,
    and its lead."""
    living, left = col(A.state).in_(LIVING), col(P.left_at)
    until = case((left < col(A.ends_at), left), else_=col(A.ends_at))
    hours = (col(A.root_id), col(A.request_id), col(A.starts_at))
    listed = select(col(A.id).label("activity_id"), col(P.person_id), *hours, until.label("ends_at"))
    listed = listed.join(P, col(P.activity_id) == col(A.id)).where(living, or_(left.is_(None), left > col(A.starts_at)))
    there = exists().where(col(P.activity_id) == col(A.id), col(P.person_id) == col(A.lead_id))
    leading = select(col(A.id), col(A.lead_id), *hours, col(A.ends_at)).where(living, ~there)
    return union_all(listed, leading)
