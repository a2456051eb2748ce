"""Photos of an activity: the rows. The pictures are sealed files (requests/photos.py) in a folder of the activity."""

from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.actions import locked_for
from matching.activities.model import ActivityPhoto
from matching.errors import NotSeen, WrongState
from matching.people.actor import Actor

MOST = 12  # of one activity


def folder(activity_id: int) -> str:
    """Where its files lie, among those of the requests."""
    return f"activity-{activity_id}"


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


async def remove_photo(session: AsyncSession, activity_id: int, digest: str, *, by: Actor, at: datetime) -> None:
    """Take it out of the album; its file is the caller's to erase, once this is committed. Raises NotSeen."""
    await locked_for("photograph", session, activity_id, by)
    named = select(ActivityPhoto).where(ActivityPhoto.activity_id == activity_id, ActivityPhoto.digest == digest)
    photo = (await session.exec(named)).first()
    if photo is None:
        raise NotSeen()
    await session.delete(photo)


async def photo_names(session: AsyncSession, activity_id: int) -> frozenset[str]:
    """The digests of its photos."""
    return frozenset(await session.exec(select(ActivityPhoto.digest).where(ActivityPhoto.activity_id == activity_id)))
