"""What a branch is assessed by: five dimensions of 100 points, their items, and where one grade ends. Pure.

The dimensions and the sum are docs/domain.md §8; the usual items and cut-offs are our own, each hospital has its own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from matching.errors import Invalid, Refused
from matching.reports.definitions import DEFINITIONS
from matching.words import _

EACH = 100  # points of a dimension
MOST_ITEMS, MOST_PROOFS, LONGEST = 40, 4, 60  # of a scheme; figures beside an item; characters of it
KEPT = {
    "kept_members_meeting": _("支部党员大会（已开/应开）"),
    "kept_committee_meeting": _("支部委员会（已开/应开）"),
    "kept_group_meeting": _("党小组会（已开/应开）"),
    "kept_party_lesson": _("党课（已上/应上）"),
    "kept_theme_day": _("主题党日（已办/应办）"),
}
"""The rhythm of a branch's own life: `kept_` and the kind of activity (activities/rhythm.py)."""
EVIDENCE = {code: one.name for code, one in DEFINITIONS.items()} | KEPT
"""What may stand beside an item, by its code: any figure, and how far the rhythm was kept."""
CODE = re.compile(r"[a-z][a-z0-9_]{0,19}")


class Dimension(StrEnum):
    """The five 化."""

    building = "building"
    life = "life"
    management = "management"
    rules = "rules"
    grounds = "grounds"


DIMENSIONS = {
    Dimension.building: _("支部建设标准化"),
    Dimension.life: _("组织生活正常化"),
    Dimension.management: _("管理服务精细化"),
    Dimension.rules: _("工作制度体系化"),
    Dimension.grounds: _("阵地建设规范化"),
}


class Grade(StrEnum):
    """From the best; `fail` is whatever reaches no cut-off."""

    excellent = "excellent"
    good = "good"
    passed = "pass"
    fail = "fail"


GRADES = {
    Grade.excellent: _("优秀"),
    Grade.good: _("良好"),
    Grade.passed: _("合格"),
    Grade.fail: _("不合格"),
}
CUTS: dict[str, int] = {Grade.excellent: 450, Grade.good: 400, Grade.passed: 300}  # from so many of 500 points


class Item(NamedTuple):
    """One line of the sheet. `points` is the most it can bring; `evidence` are codes of figures shown beside it."""

    code: str
    dimension: str
    words: str
    points: int
    evidence: tuple[str, ...] = ()


class Scheme(NamedTuple):
    """Items in their order and the cut-offs; version 0 is the usual one that no hospital has changed."""

    version: int
    items: tuple[Item, ...]
    cuts: Mapping[str, int]

    def of(self, dimension: str) -> list[Item]:
        """The items of one dimension."""
        return [item for item in self.items if item.dimension == dimension]

    def grade(self, points: float) -> Grade:
        """Of a sum of points: the best grade whose cut-off it reaches."""
        return next((grade for grade in Grade if grade in self.cuts and points >= self.cuts[grade]), Grade.fail)


USUAL = Scheme(
    0,
    (
        Item("leaders", Dimension.building, _("班子健全，按期换届"), 30),
        Item("groups", Dimension.building, _("党小组设置合理，党员名册清楚"), 20),
        Item("taking_part", Dimension.building, _("党员主动接单、参加服务"), 30, ("claimed", "helpers", "minutes")),
        Item("dues", Dimension.building, _("党费收缴、发展党员按规定办"), 20),
        Item("meetings", Dimension.life, _("三会一课按期开展，记录完整"), 40, tuple(KEPT)[:-1]),
        Item("theme_days", Dimension.life, _("主题党日每月开展，有内容有成效"), 20, ("kept_theme_day",)),
        Item("attendance", Dimension.life, _("党员到会率高，缺席有请假"), 20),
        Item("review", Dimension.life, _("组织生活会、民主评议党员按期开展"), 20),
        Item("response", Dimension.management, _("派单有人接、及时联系"), 25, ("response_rate", "on_time_rate")),
        Item("resolution", Dimension.management, _("诉求真正解决"), 30, ("resolution_rate", "completed")),
        Item("satisfaction", Dimension.management, _("群众满意"), 25, ("satisfaction_rate", "participation_rate")),
        Item("rectified", Dimension.management, _("差评整改到位"), 20, ("rectified_rate", "bad")),
        Item("duty", Dimension.rules, _("接单、退单、延期、挂账有规矩"), 30, ("returns", "late")),
        Item("promise", Dimension.rules, _("承诺时限说到做到"), 30, ("kept_rate",)),
        Item("ledger", Dimension.rules, _("台账完整，服务时长认定、公示规范"), 20, ("minutes",)),
        Item("supervised", Dimension.rules, _("通报、督办事项按时回复并整改"), 20, ("supervised", "urges")),
        Item("room", Dimension.grounds, _("党员活动室、公开栏设施齐全、内容常新"), 40),
        Item("spots", Dimension.grounds, _("服务点位、二维码完好，有人值守"), 30, ("filed",)),
        Item("together", Dimension.grounds, _("共建阵地用起来，活动有声有色"), 30, ("activities", "person_times")),
    ),
    CUTS,
)


def checked(items: Sequence[Item], cuts: Mapping[str, int]) -> None:
    """Raises Invalid by field: `items` (codes, words, weights; each dimension must make 100), or a grade's name."""
    wrong: dict[str, Refused] = {}
    trouble = _trouble(items)
    if trouble is not None:
        wrong["items"] = trouble
    bounds = [EACH * len(Dimension), *(cuts.get(grade, -1) for grade in CUTS)]
    for grade, above, here in zip(CUTS, bounds, bounds[1:], strict=False):
        if not 0 < here <= above or (here == above and grade is not Grade.excellent):
            wrong[grade] = Refused("cuts_fall", field=grade)
    if wrong:
        raise Invalid(wrong)


def _trouble(items: Sequence[Item]) -> Refused | None:
    if len(items) > MOST_ITEMS:
        return Refused("too_many_items", field="items", max=MOST_ITEMS)
    if any(not item.words.strip() or not CODE.fullmatch(item.code) or item.points < 1 for item in items):
        return Refused("item_incomplete", field="items")
    if any(len(item.words) > LONGEST for item in items):
        return Refused("too_long", field="items", max=LONGEST, n=max(len(item.words) for item in items))
    if len({item.code for item in items}) < len(items):
        return Refused("item_twice", field="items")
    if any(len(item.evidence) > MOST_PROOFS or set(item.evidence) - set(EVIDENCE) for item in items):
        return Refused("not_a_choice", field="items")
    for dimension, words in DIMENSIONS.items():
        total = sums(items)[dimension]
        if total != EACH:
            return Refused("not_a_hundred", field="items", name=words, n=total)
    return None


def sums(items: Iterable[Item]) -> dict[str, int]:
    """The points of each dimension."""
    made = dict.fromkeys(map(str, Dimension), 0)
    for item in items:
        made[item.dimension] = made.get(item.dimension, 0) + item.points
    return made
