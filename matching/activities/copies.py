"""What activities hold about somebody, for the copy that is theirs to have (PIPL art. 45)."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, ActivityPhoto, Attendance
from matching.people.actor import Actor


async def copy_of(session: AsyncSession, *, by: Actor) -> dict[str, Any]:
    """The lists they stand on, with their times and minutes; the photos they handed in. JSON values; moments in
    ISO 8601, UTC."""
    stands = select(Attendance, Activity).join(Activity, col(Activity.id) == Attendance.activity_id)
    stands = stands.where(Attendance.person_id == by.id).order_by(col(Attendance.id))
    shown = select(ActivityPhoto).where(ActivityPhoto.by_id == by.id).order_by(col(ActivityPhoto.id))
    return {
        "activities": [
            {
                "title": activity.title, "kind": activity.kind, "state": activity.state,
                "starts_at": _iso(activity.starts_at), "ends_at": _iso(activity.ends_at),
                "leads": activity.lead_id == by.id, "signed_at": _iso(place.signed_at), "signed_how": place.signed_how,
                "left_at": _iso(place.left_at), "doubtful": place.doubtful, "minutes": place.minutes,
            }
            for place, activity in await session.exec(stands)
        ],
        "activity_photos": [
            {"at": _iso(one.at), "caption": one.caption, "photo": f"/activities/{one.activity_id}/photos/{one.digest}"}
            for one in await session.exec(shown)
        ],
    }  # fmt: skip


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
