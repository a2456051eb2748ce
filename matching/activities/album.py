"""Photos of an activity: the rows. The pictures are sealed files (requests/photos.py) in a folder of the activity."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, or_
from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.actions import locked_for
from matching.activities.model import Activity, ActivityPhoto, ActivityState
from matching.activities.policy import may
from matching.activities.queries import visible_activity
from matching.db import Database, Work
from matching.errors import NotAllowed, NotSeen, WrongState
from matching.people.actor import Actor
from matching.requests.drawing import Photo
from matching.requests.photos import Photos

MOST = 12  # of one activity
PLACE = "activity-"
KEPT, KEPT_CANCELLED = timedelta(days=3 * 366), timedelta(days=90)  # after its end (docs/domain.md §7)
UNNAMED = timedelta(days=2)  # that a file may lie there without its row
BATCH = 200


def folder(activity_id: int) -> str:
    """Where its files lie, among those of the requests."""
    return f"{PLACE}{activity_id}"


async def album_to_fill(session: AsyncSession, activity_id: int, *, by: Actor) -> None:
    """Whether `by` may add a photo now, asked before it is drawn. Raises NotSeen, NotAllowed, WrongState."""
    seen = await visible_activity(session, activity_id, by)
    if not may("photograph", by, seen.activity, seen.unit.path, listed=seen.mine is not None):
        raise NotAllowed()
    seen.activity.check("photograph")


async def add_photo(
    session: AsyncSession, activity_id: int, digest: str, caption: str = "", *, by: Actor, at: datetime
) -> ActivityPhoto:
    """Name a photo that is kept. The same one twice is one. Raises WrongState("too_many_photos")."""
    await locked_for("photograph", session, activity_id, by)
    theirs = select(ActivityPhoto).where(ActivityPhoto.activity_id == activity_id)
    there = (await session.exec(theirs.where(ActivityPhoto.digest == digest))).first()
    if there is not None:
        return there
    counted = select(func.count(col(ActivityPhoto.id))).where(ActivityPhoto.activity_id == activity_id)
    if (await session.exec(counted)).one() >= MOST:
        raise WrongState("too_many_photos", n=MOST)
    photo = ActivityPhoto(
        root_id=by.root_id, activity_id=activity_id, digest=digest, caption=caption.strip(), by_id=by.id, at=at
    )
    session.add(photo)
    return photo


async def keep_photo(
    session: AsyncSession, activity_id: int, photo: Photo, caption: str = "", *, photos: Photos, by: Actor, at: datetime
) -> ActivityPhoto:
    """Name it, and keep its file while nobody else can change the album: the same photo may just be taken out of it.
    May be done again from the start, as every action. Raises WrongState("too_many_photos"), and then keeps nothing."""
    named = await add_photo(session, activity_id, photo.digest, caption, by=by, at=at)
    await photos.keep(folder(activity_id), photo)
    return named


async def erase_removed(session: AsyncSession, activity_id: int, digest: str, *, photos: Photos) -> None:
    """Its file goes once the removal is committed, unless somebody has put the same photo there again meanwhile."""
    await session.get(Activity, activity_id, with_for_update=True)
    if digest not in await photo_names(session, activity_id):
        await photos.erase_one(folder(activity_id), digest)


async def remove_photo(session: AsyncSession, activity_id: int, digest: str, *, by: Actor, at: datetime) -> None:
    """Take it out of the album; its file is the caller's to erase, once this is committed. Raises NotSeen."""
    await locked_for("photograph", session, activity_id, by)
    named = select(ActivityPhoto).where(ActivityPhoto.activity_id == activity_id, ActivityPhoto.digest == digest)
    photo = (await session.exec(named)).first()
    if photo is None:
        raise NotSeen()
    await session.delete(photo)


async def erase_old(photos: Photos, database: Database, work: Work, at: datetime) -> int:
    """The job: photos of activities that are long over, and files that no row names. Returns how many rows went.
    The file goes first: what breaks off in between is begun again in the next round."""
    over = or_(
        col(Activity.ends_at) <= at - KEPT,
        and_(col(Activity.state) == ActivityState.cancelled, col(Activity.ends_at) <= at - KEPT_CANCELLED),
    )
    due = select(ActivityPhoto).join(Activity, col(Activity.id) == ActivityPhoto.activity_id).where(over)
    async with database.reading() as session:
        gone = list(await session.exec(due.order_by(col(ActivityPhoto.id)).limit(BATCH)))
    for one in gone:
        await photos.erase_one(folder(one.activity_id), one.digest)
    if gone:
        await work(_forget, [one.id or 0 for one in gone])

    async def named(ids: Collection[int]) -> set[tuple[int, str]]:
        rows = select(ActivityPhoto.activity_id, ActivityPhoto.digest).where(col(ActivityPhoto.activity_id).in_(ids))
        async with database.reading() as session:
            return set(await session.exec(rows))

    await photos.erase_unnamed(PLACE, at - UNNAMED, named)
    return len(gone)


async def _forget(session: AsyncSession, ids: Collection[int]) -> None:
    await session.exec(delete(ActivityPhoto).where(col(ActivityPhoto.id).in_(ids)))


async def photo_names(session: AsyncSession, activity_id: int) -> frozenset[str]:
    """The digests of its photos."""
    return frozenset(await session.exec(select(ActivityPhoto.digest).where(ActivityPhoto.activity_id == activity_id)))
