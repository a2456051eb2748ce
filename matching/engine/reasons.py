"""Why somebody stands where they stand on a list, in plain words: what speaks for them against the median member."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engine.model import Member, Request, Tally
from matching.words import _

COUNT = 3


class Part(StrEnum):
    """What the score and, from `load` on, the equity price are made of."""

    base = "base"
    member = "member"
    category = "category"
    distance = "distance"
    recent = "recent"
    hours = "hours"
    wish = "wish"
    load = "load"
    asks = "asks"
    unasked = "unasked"


PARTS = {
    Part.base: _("全院平均"),
    Part.member: _("以往的答复"),
    Part.category: _("这类服务的答复"),
    Part.distance: _("距离"),
    Part.recent: _("最近收到的邀请"),
    Part.hours: _("近期服务时长"),
    Part.wish: _("符合对方的希望"),
    Part.load: _("均衡：服务时长"),
    Part.asks: _("均衡：收到的邀请"),
    Part.unasked: _("均衡：久未邀请"),
}
SCORE_PARTS = (Part.base, Part.member, Part.category, Part.distance, Part.recent, Part.hours, Part.wish)
EQUITY_PARTS = (Part.load, Part.asks, Part.unasked)
TOGETHER = {Part.load: Part.hours, Part.asks: Part.recent}  # the same fact counts in the score and in the price
NONE = Tally()

NEW = _("还没有答复记录，先按全院平均估计")
ACCEPTS = _("{asked} 次邀请答应了 {accepted} 次，比一般人多")
NEVER_DECLINED = _("这类服务没有推辞过")
ACCEPTS_THESE = _("这类服务 {asked} 次邀请答应了 {accepted} 次")
SAME_HOUSE = _("就在同一栋楼")
NEARER = _("离得比一般人近")
UNASKED_LATELY = _("最近没有收到邀请")
FEWER_ASKS = _("最近收到的邀请比一般人少")
NO_HOURS = _("近 14 天没有服务任务")
FEWER_HOURS = _("近 14 天服务 {hours} 小时，一般是 {usual} 小时")
A_WOMAN, A_MAN = _("对方希望女性帮忙"), _("对方希望男性帮忙")
SPEAKS = _("对方希望会{skill}的人")
NEVER_ASKED = _("还没有被邀请过")
DAYS_UNASKED = _("已有 {days} 天没有被邀请")
HAS_SKILL = _("会{skill}")
IS_FREE = _("这段时间有空")
BELOW_CAP = _("近 14 天的服务时长没有到上限")
NOT_YET = _("这件事还没有问过")


class Reason(NamedTuple):
    """A sentence (msgid) with its values by name. `part`: what it is about, empty for a plain fact."""

    part: str
    sentence: str
    values: dict[str, str | int]


class Usual(NamedTuple):
    """The median member of those who may be asked: each contribution, and the hours in 14 days."""

    parts: Mapping[Part, float]
    hours: float


def usual(contributions: NDArray[np.float64], hours14: NDArray[np.float64]) -> Usual:
    """From the contributions to score and price (one row a part, at least one person) and the hours."""
    middle = np.median(contributions, axis=1).tolist()
    return Usual(dict(zip(SCORE_PARTS + EQUITY_PARTS, middle, strict=True)), float(np.median(hours14)))


def reasons(
    member: Member, contributions: Mapping[str, float], middle: Usual, request: Request, now: datetime
) -> tuple[Reason, ...]:
    """Three: what speaks most for the member against the median one, then facts that hold for everybody asked."""
    better: dict[Part, float] = {}
    for part, value in middle.parts.items():
        about = TOGETHER.get(part, part)
        better[about] = better.get(about, 0.0) + contributions[part] - value
    order = sorted((part for part, by in better.items() if by > 0), key=lambda part: -better[part])
    spoken = (_reason(part, member, middle, request, now) for part in order)
    said = list(islice((reason for reason in spoken if reason is not None), COUNT))
    return tuple(said if len(said) == COUNT else (said + _facts(member, request))[:COUNT])


def _reason(part: Part, member: Member, middle: Usual, request: Request, now: datetime) -> Reason | None:
    match part:
        case Part.member:
            return _counted(part, member.tally, NEW, ACCEPTS)
        case Part.category:
            return _counted(part, member.categories.get(request.category, NONE), NEVER_DECLINED, ACCEPTS_THESE)
        case Part.distance:
            return Reason(part, NEARER if request.place.distance(member.place) else SAME_HOUSE, {})
        case Part.recent:
            return Reason(part, UNASKED_LATELY if member.recent < 0.1 else FEWER_ASKS, {})
        case Part.hours if not member.hours14:
            return Reason(part, NO_HOURS, {})
        case Part.hours:
            return Reason(part, FEWER_HOURS, {"hours": f"{member.hours14:.1f}", "usual": f"{middle.hours:.1f}"})
        case Part.wish if request.dialect and request.dialect in member.skills:
            return Reason(part, SPEAKS, {"skill": request.dialect})
        case Part.wish:
            return Reason(part, A_WOMAN if request.gender == "f" else A_MAN, {})
        case Part.unasked if member.last_asked is None:
            return Reason(part, NEVER_ASKED, {})
        case Part.unasked if member.last_asked is not None:
            return Reason(part, DAYS_UNASKED, {"days": (now - member.last_asked).days})
    return None


def _counted(part: Part, tally: Tally, none: str, some: str) -> Reason:
    return (
        Reason(part, some, {"asked": tally.asked, "accepted": tally.accepted})
        if tally.asked
        else Reason(part, none, {})
    )


def _facts(member: Member, request: Request) -> list[Reason]:
    held = sorted(skill for group in request.skills for skill in group & member.skills)
    skill = [Reason("", HAS_SKILL, {"skill": "、".join(held)})] if held else []
    return [*skill, *(Reason("", sentence, {}) for sentence in (IS_FREE, BELOW_CAP, NOT_YET))]
