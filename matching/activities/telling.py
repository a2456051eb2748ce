"""Whom an activity tells what, while they can still come: what is written down afterwards is no news to who was there.
Whoever did it is not told."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity
from matching.notices.apart import About, Subject
from matching.notices.aside import tell
from matching.people.actor import Actor


async def tell_listed(
    session: AsyncSession, activity: Activity, people: Collection[int], by: Actor, at: datetime
) -> None:
    """They are on its list now."""
    await _tell(session, activity, people, "activity.listed", by, at)


async def tell_led(
    session: AsyncSession, activity: Activity, by: Actor, at: datetime, *, instead_of: int | None = None
) -> None:
    """Who leads it, and who did before: both may stand on no list."""
    await _tell(session, activity, {activity.lead_id}, "activity.leading", by, at)
    if instead_of is not None:
        await _tell(session, activity, {instead_of}, "activity.relieved", by, at)


async def tell_changed(
    session: AsyncSession, activity: Activity, people: Collection[int], by: Actor, at: datetime
) -> None:
    """Another time or place, for those on the list and who leads it."""
    await _tell(session, activity, {*people, activity.lead_id}, "activity.changed", by, at)


async def tell_cancelled(
    session: AsyncSession, activity: Activity, people: Collection[int], by: Actor, at: datetime
) -> None:
    """It does not take place, for the same."""
    await _tell(session, activity, {*people, activity.lead_id}, "activity.cancelled", by, at)


async def _tell(
    session: AsyncSession, activity: Activity, people: Collection[int], words: str, by: Actor, at: datetime
) -> None:
    if activity.ends_at > at:
        about = About(Subject.at(activity.title, activity.starts_at), activity_id=activity.id)
        await tell(session, activity.root_id, set(people) - {by.id or 0}, words, about, at=at)
