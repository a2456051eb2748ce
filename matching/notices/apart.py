"""What people are told that hangs on no Step of a request and is no post: agreements that end, declarations that were
decided, activities they are to come to. From this table the page of docs is written; `aside.py` tells it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from matching.clock import SHANGHAI
from matching.privacy import guard
from matching.words import _

OF_THIS_YEAR, OF_ANOTHER = _("{month}月{day}日"), _("{year}年{month}月{day}日")


class Apart(NamedTuple):
    """What happened, who is told, and what they read. No sentence names anybody."""

    what: str
    who: str
    said: str


class Subject(NamedTuple):
    """What a sentence names: a title that somebody typed, its day in Shanghai, the hour as '14:00' or ''."""

    title: str
    on: date
    hour: str = ""

    @classmethod
    def at(cls, title: str, moment: datetime) -> "Subject":
        """Of what begins at a moment."""
        there = moment.astimezone(SHANGHAI)
        return cls(title, there.date(), f"{there:%H:%M}")

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Subject":
        """As a Delivery keeps it."""
        return cls(said["title"], date.fromisoformat(said["on"]), said["hour"])

    def kept(self) -> dict[str, str]:
        """For a Delivery. What looks personal in the title is masked, for it leaves the building."""
        return {"title": guard.masked(self.title), "on": self.on.isoformat(), "hour": self.hour}

    def params(self, say: Callable[[str, Mapping[str, Any]], str], told_at: datetime) -> dict[str, str]:
        """For the sentence; `say` gives a pattern in the reader's language. The year is named unless it is the one in
        which they were told."""
        pattern = OF_THIS_YEAR if self.on.year == told_at.astimezone(SHANGHAI).year else OF_ANOTHER
        day = say(pattern, {"year": self.on.year, "month": self.on.month, "day": self.on.day})
        return {"title": guard.masked(self.title), "when": f"{day} {self.hour}".strip()}


class About(NamedTuple):
    """What somebody is told of: one activity, or one declaration of theirs, by its id."""

    subject: Subject
    declared_id: int | None = None
    activity_id: int | None = None

    @property
    def page(self) -> str:
        """Where they read more."""
        return "/points#declared" if self.declared_id else f"/activities/{self.activity_id}"


ENDING, OURS = "agreement.ending", "agreement.ours"  # as the hospital reads it, and as the partner does
AGREEMENT_PAGES = {ENDING: "/partners?ending=1", OURS: "/partner"}
OFFICE, LIAISONS = _("党委办公室，结对支部和上级的负责人"), _("共建单位联络员")
DECLARER, LISTED = _("申报人"), _("名单上的人，不含操作的人")
LEAD, FORMER, ALL = _("负责人，不含操作的人"), _("原负责人，不含操作的人"), _("名单上的人和负责人，不含操作的人")
REVIEWED = _("申报的服务审核了")
APART: dict[str, Apart] = {
    ENDING: Apart(_("共建协议 60 天内到期"), OFFICE, _("有一份共建协议快到期了，请和对方商量要不要续签。")),
    OURS: Apart(_("共建协议 60 天内到期"), LIAISONS, _("贵单位和医院的共建协议快到期了，请和医院商量要不要续签。")),
    "declared.accept": Apart(REVIEWED, DECLARER, _("您申报的“{title}”（{when}）已认定，积分已经记上。")),
    "declared.refuse": Apart(REVIEWED, DECLARER, _("您申报的“{title}”（{when}）没有认定，请看原因。")),
    "declared.take_back": Apart(
        _("认定被撤销"), DECLARER, _("您申报的“{title}”（{when}）认定被撤销，积分已冲正，请看原因。")
    ),
    "activity.listed": Apart(
        _("列入还没结束的活动的名单"), LISTED, _("您被列入“{title}”的名单，{when} 开始，请看地点。")
    ),
    "activity.leading": Apart(
        _("被定为还没结束的活动的负责人"), LEAD, _("请您负责“{title}”，{when} 开始，请看名单和地点。")
    ),
    "activity.relieved": Apart(_("活动换了负责人"), FORMER, _("“{title}”（{when}）改由别的同志负责了，谢谢您。")),
    "activity.changed": Apart(
        _("活动的时间或地点改了"), ALL, _("“{title}”改了时间或地点，现在是 {when} 开始，请再看一下。")
    ),
    "activity.cancelled": Apart(_("活动取消"), ALL, _("“{title}”（{when}）取消了，请看原因。")),
}
