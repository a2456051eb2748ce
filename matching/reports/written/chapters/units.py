"""四、分单位情况: by branch, by service, and for the hospital the league table."""

from collections.abc import Sequence

from matching.documents.model import Align, Block, Cell, Chart, ChartKind, Column, Heading, Paragraph, Series, Table
from matching.reports.definitions import COMPOSITE
from matching.reports.figures import Row
from matching.reports.values import Figures
from matching.reports.written.chapters.data import shown
from matching.reports.written.material import About, Material

SHOWN = ("filed", "done", "helpers", "minutes", "late", "response_rate", "resolution_rate", "satisfaction_rate")
MOST_BARS = 15


def blocks(of: Material) -> list[Block]:
    """Tables of those that have something; a chart where there are several."""
    made: list[Block] = []
    if of.branches:
        made += [Heading("分支部", 2), *_by(of.branches, "分支部情况", "支部", of.about is About.hospital)]
    if of.about is About.hospital and of.league:
        made.append(_league(of))
    made += [Heading("分服务", 2), *_by(of.services, "分服务情况", "服务", False)]
    return made


def _by(rows: Sequence[Row], caption: str, label: str, everyone: bool) -> list[Block]:
    kept = [row for row in rows if everyone or _busy(row.figures)]
    columns = [Column(label, 2.2, Align.left)]
    names = ("点单", "完成", "人次", "时长(h)", "超时", "响应率", "解决率", "满意率")
    columns += [Column(name, 0.85) for name in names]
    columns.append(Column("n", 0.5))
    cells: list[list[Cell]] = [
        [row.name, *(shown(row.figures[code]) for code in SHOWN), row.figures["response_rate"].n] for row in kept
    ]
    made: list[Block] = [Table(caption, columns, cells, note="n 为有效评价件数；不足 5 件的率仅供参考。")]
    busiest = sorted(
        (row for row in kept if row.figures["done"].value), key=lambda row: -(row.figures["done"].value or 0)
    )
    if len(busiest) > 1:
        top = busiest[:MOST_BARS]
        series = Series("完成服务", [shown(row.figures["done"]) for row in top])
        made.append(Chart(f"{caption}：完成服务（件）", [row.name for row in top], [series], ChartKind.bar))
    return made


def _busy(figures: Figures) -> bool:
    return any(figures[code].value for code in ("filed", "done", "activities"))


def _league(of: Material) -> Block:
    ranked = [one for one in of.league if one.rank is not None]
    if not ranked:
        return Paragraph("本期各支部有效评价均不足 5 件，不作排名。", note=True)
    rows: list[list[Cell]] = [
        [one.rank, one.row.name, shown(one.row.figures[COMPOSITE]), one.row.figures[COMPOSITE].n] for one in ranked
    ]
    columns = (Column("名次", 0.6), Column("支部", 2, Align.left), Column("综合得分", 1), Column("n", 0.6))
    return Table("支部排名", columns, rows, note="只排有效评价 5 件及以上的支部。")
