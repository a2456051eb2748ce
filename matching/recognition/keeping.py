"""How long the photos of declared service are kept (docs/domain.md §7). What was decided stays, without its photo."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.recognition.declaring import EVIDENCE, folder
from matching.recognition.model import Declared, DeclaredState
from matching.requests.photos import Photos

AFTER_REFUSAL, AFTER_ACCEPTANCE = timedelta(days=90), timedelta(days=366)
UNDECLARED = timedelta(days=2)  # that a photo may lie there before the declaration it was uploaded for
BATCH = 200


async def erase_evidence(photos: Photos, database: Database, work: Work, at: datetime) -> int:
    """The job: photos of what was withdrawn, or decided long ago, and those that were never declared. Returns how many
    declarations lost theirs. The file goes first: what breaks off in between is begun again in the next round."""
    async with database.reading() as session:
        due = list(await session.exec(select(Declared).where(_due(at)).order_by(col(Declared.id)).limit(BATCH)))
        kept = await _named(session, {one.person_id for one in due}, but=[one.id or 0 for one in due])
    for one in due:
        if (one.person_id, one.evidence) not in kept:
            await photos.erase_one(folder(one.person_id), one.evidence)
    if due:
        await work(_forget, [one.id or 0 for one in due])
    await _erase_undeclared(photos, database, at)
    return len(due)


def _due(at: datetime) -> ColumnElement[bool]:
    state, decided = col(Declared.state), col(Declared.reviewed_at)
    refused = and_(state == DeclaredState.refused, decided <= at - AFTER_REFUSAL)
    accepted = and_(state == DeclaredState.accepted, decided <= at - AFTER_ACCEPTANCE)
    return and_(col(Declared.evidence) != "", or_(state == DeclaredState.withdrawn, refused, accepted))


async def _forget(session: AsyncSession, ids: Collection[int]) -> None:
    await session.exec(update(Declared).where(col(Declared.id).in_(ids)).values(evidence=""))


async def _named(session: AsyncSession, people: Collection[int], *, but: Collection[int] = ()) -> set[tuple[int, str]]:
    """Whose folder must hold which photo: one may be the evidence of several declarations."""
    kept = select(Declared.person_id, Declared.evidence).where(col(Declared.person_id).in_(people))
    return set(await session.exec(kept.where(col(Declared.evidence) != "", col(Declared.id).not_in(but))))


async def _erase_undeclared(photos: Photos, database: Database, at: datetime) -> None:
    async def named(people: Collection[int]) -> set[tuple[int, str]]:
        async with database.reading() as session:
            return await _named(session, people)

    await photos.erase_unnamed(EVIDENCE, at - UNDECLARED, named)
