"""八、附表: the requests and activities behind the numbers, one line each; then the lines to sign on."""

from matching.documents.model import Align, Block, Column, Shown, Signatures, Table
from matching.reports.written.chapters.data import hours
from matching.reports.written.material import Material


def blocks(of: Material) -> list[Block]:
    """Two wide tables and the signatures. Where there is more than a table takes, it says how much."""
    requests = Table(
        "点单一览",
        (
            Column("序号", 0.5), Column("工单号", 1.2), Column("提交", 1), Column("服务", 1.4, Align.left),
            Column("地点", 1.6, Align.left), Column("承办", 1.5, Align.left), Column("状态", 0.8), Column("办结", 1),
            Column("结果", 0.8), Column("评价", 0.9),
        ),
        [
            (
                n, one.number, one.filed_on, one.service, one.place, one.unit, one.state, one.completed_on,
                one.result, one.level,
            )
            for n, one in enumerate(of.asked, 1)
        ],
        note=_rest(of.asked_all, len(of.asked), "需求台账"),
        wide=True,
        empty="本期没有点单。",
    )  # fmt: skip
    activities = Table(
        "活动一览",
        (
            Column("序号", 0.5), Column("日期", 1), Column("活动名称", 2, Align.left), Column("类别", 1),
            Column("共建单位", 1.5, Align.left), Column("地点", 1.4, Align.left), Column("牵头支部", 1.4, Align.left),
            Column("参加人数", 0.8), Column("服务人次", 0.8), Column("发放资料(份)", 0.9), Column("时长(h)", 0.7),
        ),
        [
            (
                n, one.on, one.title, one.kind, one.partner, one.place, one.unit, one.people, one.person_times,
                one.materials, Shown.of(hours(one.minutes)),
            )
            for n, one in enumerate(of.held, 1)
        ],
        note=_rest(of.held_all, len(of.held), "活动台账"),
        wide=True,
        empty="本期没有已确认的活动。",
    )  # fmt: skip
    return [requests, activities, Signatures()]


def _rest(all_of_them: int, here: int, ledger: str) -> str:
    return f"共 {all_of_them} 条，这里列出前 {here} 条，其余见{ledger}。" if all_of_them > here else ""
