"""Telling people in the application of what hangs on no Step of a request and is no post: agreements that end,
declarations that were decided, activities they are on the list of. From this table the page of docs is written."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.notices.model import Notice
from matching.people.model import Person
from matching.words import _


class Apart(NamedTuple):
    """What happened, who is told, and what they read. No sentence names anybody."""

    what: str
    who: str
    said: str


OFFICE, LIAISONS = _("党委办公室，结对支部和上级的负责人"), _("共建单位联络员")
DECLARER, LISTED = _("申报人"), _("名单上的人，不含操作的人")
APART: dict[str, Apart] = {
    "agreement.ending": Apart(_("共建协议 60 天内到期"), OFFICE, _("有一份共建协议快到期了，请和对方商量要不要续签。")),
    "agreement.ours": Apart(
        _("共建协议 60 天内到期"), LIAISONS, _("贵单位和医院的共建协议快到期了，请和医院商量要不要续签。")
    ),
    "declared.accept": Apart(_("申报的服务审核了"), DECLARER, _("您申报的服务已认定，积分已经记上。")),
    "declared.refuse": Apart(_("申报的服务审核了"), DECLARER, _("您申报的服务没有认定，请看原因。")),
    "declared.take_back": Apart(_("认定被撤销"), DECLARER, _("您申报的服务认定被撤销，积分已冲正，请看原因。")),
    "activity.listed": Apart(
        _("列入还没结束的活动的名单"), LISTED, _("您被列入一场活动的名单，请看时间和地点。")
    ),
    "activity.changed": Apart(_("活动的时间或地点改了"), LISTED, _("您要参加的活动改了时间或地点，请再看一下。")),
    "activity.cancelled": Apart(_("活动取消"), LISTED, _("您要参加的活动取消了，请看原因。")),
}  # fmt: skip


async def tell(
    session: AsyncSession, root_id: int, people: Collection[int], words: str, *, at: datetime,
    declared_id: int | None = None, activity_id: int | None = None,
) -> None:  # fmt: skip
    """Each of them once by these words, and anew where it happens again; who has left is told nothing."""
    about = (col(Notice.declared_id) == declared_id) if declared_id else (col(Notice.activity_id) == activity_id)
    for some in _by(list(people), 1000):
        here = set(await session.exec(select(Person.id).where(col(Person.id).in_(some), Person.status != "left")))
        before = delete(Notice).where(about, col(Notice.words) == words, col(Notice.person_id).in_(here))
        await session.exec(before.execution_options(synchronize_session=False))
        session.add_all(
            Notice(root_id=root_id, person_id=one, words=words, declared_id=declared_id, activity_id=activity_id, at=at)
            for one in some
            if one in here
        )


async def forget_activity(session: AsyncSession, activity_id: int, person_id: int) -> None:
    """They are off its list: what they were told of it leads nowhere any more."""
    theirs = delete(Notice).where(col(Notice.activity_id) == activity_id, col(Notice.person_id) == person_id)
    await session.exec(theirs.execution_options(synchronize_session=False))


def _by(people: list[int], size: int) -> list[list[int]]:
    return [people[start : start + size] for start in range(0, len(people), size)]
