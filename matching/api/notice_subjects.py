"""What notices of activities and declarations name. They are arranged and decided in rooms above the notices, which
know their ids only; here both are known."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity
from matching.notices.apart import Subject
from matching.notices.queries import Heard
from matching.recognition.model import Declared


async def subjects(session: AsyncSession, found: Sequence[Heard]) -> dict[int | None, Subject]:
    """By the notice's id, as they are called and placed now; of others nothing."""
    activities = {heard.notice.activity_id for heard in found} - {None}
    declared = {heard.notice.declared_id for heard in found} - {None}
    of_activity: dict[int | None, Subject] = {}
    of_declared: dict[int | None, Subject] = {}
    if activities:
        wanted = select(col(Activity.id), col(Activity.title), col(Activity.starts_at)).where(
            col(Activity.id).in_(activities)
        )
        of_activity = {id_: Subject.at(title, starts_at) for id_, title, starts_at in await session.exec(wanted)}
    if declared:
        asked = select(col(Declared.id), col(Declared.title), col(Declared.on)).where(col(Declared.id).in_(declared))
        of_declared = {id_: Subject(title, on) for id_, title, on in await session.exec(asked)}
    return {
        notice.id: subject
        for notice in (heard.notice for heard in found)
        if (subject := of_activity.get(notice.activity_id) or of_declared.get(notice.declared_id)) is not None
    }
