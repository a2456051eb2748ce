"""What each figure means, once: its words, its formula, and what it is worked out from. Source: docs/domain.md §4.

Rates are worked out from whole numbers at the end; below `FEW` they say little and are marked.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from matching.words import _

FEW = 5  # docs/domain.md §4
LEVEL3 = Fraction(9, 10)  # what 基本满意 counts of a satisfied one


class Kind(StrEnum):
    """What a figure is counted in."""

    number = "number"
    rate = "rate"  # 0 to 1, shown as per cent
    score = "score"  # 0 to 1, shown out of 100
    minutes = "minutes"


@dataclass(frozen=True)
class Definition:
    """`over` and `of`: the counters (reports/counted.py) above and below the line, each with what one of it counts.

    `of` is also the n. A figure without it is a sum, and its n is that of `all_of`, where it says one.
    """

    code: str
    name: str
    formula: str
    over: tuple[tuple[str, Fraction], ...]
    of: tuple[str, ...] = ()
    kind: Kind = Kind.number
    all_of: str = ""


def _count(code: str, name: str, formula: str, all_of: str = "filed") -> Definition:
    return Definition(code, name, formula, ((code, Fraction(1)),), all_of=all_of)


def _rate(code: str, name: str, formula: str, over: str, *of: str) -> Definition:
    return Definition(code, name, formula, ((over, Fraction(1)),), of, Kind.rate)


_ALL = (
    _count("filed", _("点单数"), _("当期提交的需求")),
    _count("accepted", _("受理数"), _("当期提交、已受理的需求")),
    _count("dispatched", _("派单数"), _("当期提交、已派单的需求")),
    _count("claimed", _("接单数"), _("当期提交、已有人接单的需求")),
    _count("completed", _("办结数"), _("当期提交、已报告结果的需求")),
    _count("solved", _("解决数"), _("当期提交、报告为已解决的需求"), "completed"),
    _count("rejected", _("拒绝数"), _("当期提交、未予受理的需求")),
    _count("withdrawn", _("撤回数"), _("当期提交、群众撤回的需求")),
    _rate("response_rate", _("响应率"), _("已联系 ÷ 有效评价"), "valid_contacted", "valid"),
    _rate("resolution_rate", _("解决率"), _("已解决 ÷ 有效评价"), "valid_solved", "valid"),
    Definition(
        "satisfaction_rate", _("满意率"), _("（非常满意 + 满意 + 0.9 × 基本满意）÷ 有效评价"),
        (("level5", Fraction(1)), ("level4", Fraction(1)), ("level3", LEVEL3)), ("valid",), Kind.rate,
    ),
    _rate("participation_rate", _("参评率"), _("已评价 ÷（已评价 + 到期未评价）"), "rated", "rated", "unrated"),
    _rate("on_time_rate", _("按时办结率"), _("限期内办结 ÷ 办结数"), "in_time", "completed"),
    _count("late", _("超时数"), _("接单或办理超过时限的需求"), "dispatched"),
    _count("late_desk", _("派单超时数"), _("审核派单超过时限的需求")),
    _count("returns", _("退单数"), _("退回的次数，计入退单的支部"), "dispatched"),
    _count("bad", _("差评数"), _("不满意或非常不满意，误评除外"), "rated"),
    _rate("rectified_rate", _("整改完成率"), _("已整改 ÷ 差评数"), "rectified", "bad"),
    _rate("kept_rate", _("承诺兑现率"), _("在承诺时间内办结 ÷ 有承诺的办结数"), "kept", "told"),
    _count("urges", _("催办次数"), _("群众催办和到期自动催办")),
    _count("supervised", _("督办数"), _("党委办公室督办过的需求")),
    _count("done", _("完成服务"), _("当期办结的需求，不论何时提交"), ""),
    Definition(
        "minutes", _("服务时长"), _("当期办结的需求和已确认的活动，每人实际服务时间之和"),
        (("minutes", Fraction(1)),), kind=Kind.minutes, all_of="helpers",
    ),
    _count("helpers", _("服务人次"), _("当期办结的需求和已确认的活动，参加服务的人次"), "done"),
    _count("activities", _("活动场次"), _("当期举行并确认的服务活动"), ""),
    _count("person_times", _("受益人次"), _("当期已确认的服务活动惠及的人次"), "activities"),
    _count("meetings", _("组织生活"), _("当期举行并确认的三会一课、主题党日和学习"), ""),
)  # fmt: skip
DEFINITIONS = {one.code: one for one in _ALL}
RATES = ("response_rate", "resolution_rate", "satisfaction_rate")
COMPOSITE = "composite"
COMPOSITE_NAME = _("综合得分")
COMPOSITE_FORMULA = _("%(response)s × 响应率 + %(resolution)s × 解决率 + %(satisfaction)s × 满意率")
OF_ACTIVITIES = frozenset({"activities", "person_times", "meetings"})
"""Counted from activities, which have no request to be listed behind them."""
