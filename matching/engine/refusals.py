"""The hard rules by name, and what one of them says of somebody (docs/domain.md §11)."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from matching.words import _


class Rule(StrEnum):
    """The hard rules in the order they are looked at."""

    scope = "scope"
    active = "active"
    muted = "muted"
    skills = "skills"
    licence = "licence"
    leave = "leave"
    availability = "availability"
    overlap = "overlap"
    engaged = "engaged"
    gender = "gender"
    safeguarding = "safeguarding"
    hours_cap = "hours_cap"
    ask_cap = "ask_cap"
    waiting = "waiting"
    asked = "asked"
    deadline = "deadline"


RULES = {
    Rule.scope: _("不在承办支部"),
    Rule.active: _("已停用"),
    Rule.muted: _("已设置暂时不打扰"),
    Rule.skills: _("没有所需的技能"),
    Rule.licence: _("资质没有登记或已过期"),
    Rule.leave: _("正在休假"),
    Rule.availability: _("这段时间没有空"),
    Rule.overlap: _("和已接的任务时间冲突"),
    Rule.engaged: _("届时有活动"),
    Rule.gender: _("性别与要求不符"),
    Rule.safeguarding: _("没有参加过未成年人服务培训"),
    Rule.hours_cap: _("近 14 天的服务时长已到上限"),
    Rule.ask_cap: _("最近收到的邀请已到上限"),
    Rule.waiting: _("还有一个邀请没有答复"),
    Rule.asked: _("这件事已经问过了"),
    Rule.deadline: _("来不及在时限前办完"),
}


class Refusal(NamedTuple):
    """The first rule that fails. `detail`: the missing skill or the figures, as data; `until`: the moment from which
    the rule would no longer stand in the way, where it is known (for `deadline`: the deadline itself); `since`: when
    what they are busy with begins (`overlap`, `engaged`)."""

    rule: Rule
    detail: str = ""
    until: datetime | None = None
    since: datetime | None = None
