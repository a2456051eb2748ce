"""How long it is kept who was told: a year, read or not, since both stand beside each other; of a post for as long as
it is shown, for its page says by name who has read it (docs/domain.md §9).

Nobody is told again because a row is gone. A Step is put away in its own row once it is announced, a post tells once
when it is published, activities and declarations tell of an act; only agreements look whom they told (`partners`), and
they end long before a row of theirs goes.
"""

from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from matching.db import Database, Work
from matching.notices.model import Notice, Post

KEPT = timedelta(days=366)  # of a post from when it was withdrawn
BATCH, MOST_BATCHES = 500, 40  # of each kind in a round


async def forget_notices(_database: Database, work: Work, at: datetime) -> int:
    """The job: drop what was told KEPT ago, in small transactions; returns how many."""
    count = 0
    for over in (_of_no_post(at - KEPT), _of_posts(at - KEPT)):
        for _batch in range(MOST_BATCHES):
            count += (dropped := await work(_drop, over))
            if dropped < BATCH:
                break
    return count


def _of_no_post(before: datetime) -> SelectOfScalar[int | None]:
    """The oldest first: the index `notices_of_post` answers it, where those of none stand by their age."""
    told = select(col(Notice.id)).where(col(Notice.post_id).is_(None), col(Notice.at) < before)
    return told.order_by(col(Notice.post_id), col(Notice.at)).limit(BATCH)  # else PostgreSQL would sort them all


def _of_posts(before: datetime) -> SelectOfScalar[int | None]:
    """Withdrawn posts are few, and the same index finds what is left of each."""
    withdrawn = select(Post.id).where(col(Post.withdrawn_at) < before)
    return select(col(Notice.id)).where(col(Notice.post_id).in_(withdrawn)).limit(BATCH)


async def _drop(session: AsyncSession, over: SelectOfScalar[int | None]) -> int:
    ids = list(await session.exec(over))
    if ids:
        gone = delete(Notice).where(col(Notice.id).in_(ids))
        await session.exec(gone.execution_options(synchronize_session=False))
    return len(ids)
