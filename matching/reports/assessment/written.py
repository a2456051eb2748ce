"""The assessment as a document: all branches in one table, then each branch's items with the reasons. Pure."""

from collections.abc import Sequence
from datetime import date

from matching.documents.model import Align, Block, Cell, Column, Document, Heading, Paragraph, Shown, Signatures, Table
from matching.reports.assessment.queries import Sheet, period_of
from matching.reports.assessment.scheme import DIMENSIONS, EACH, GRADES
from matching.reports.written.periods import said

NOTHING = "—"


def document(sheets: Sequence[Sheet], period: str, house: str, on: date) -> Document:
    """What this reader sees of these sheets: points that are not theirs to see yet are '—'."""
    when = said(period_of(period))
    blocks: list[Block] = [
        Heading("考核结果"),
        Paragraph(f"五个方面各{EACH}分，满分{EACH * len(DIMENSIONS)}分，由党委办公室按项打分。"),
        Paragraph("数据只作依据，不自动成为分数。"),
        _results(sheets),
        Heading("分项得分"),
    ]
    for sheet in sheets:
        blocks += [Heading(sheet.unit.name, 2), _items(sheet)]
    blocks.append(Signatures(("考核人", "审核人", "日期")))
    name = sheets[0].unit.name if len(sheets) == 1 else house
    return Document(f"{name}五化考核表", house, on, blocks, subtitle=when, about=f"{name} {period}")


def _results(sheets: Sequence[Sheet]) -> Table:
    columns = [Column("支部", 2.4, Align.left), *(Column(words, 1.2) for words in DIMENSIONS.values())]
    rows: list[list[Cell]] = [
        [
            sheet.unit.name, *(_points(points) for _dimension, points in sheet.by_dimension()), _points(sheet.points()),
            GRADES[sheet.grade] if sheet.grade else "草稿" if sheet.scores else NOTHING,
        ]
        for sheet in sheets
    ]  # fmt: skip
    note = "没有签字的是草稿，得分只含已打的项；“—”是还没有打分。"
    return Table("五化考核得分", [*columns, Column("总分"), Column("等次")], rows, note, wide=len(sheets) > 1)


def _items(sheet: Sheet) -> Table:
    columns = [Column("方面", 1.4), Column("项目", 2.6, Align.left), Column("分值", 0.7), Column("得分", 0.7)]
    rows: list[list[Cell]] = []
    for dimension, words in DIMENSIONS.items():
        for item in sheet.scheme.of(dimension):
            score = sheet.scores.get(item.code)
            given = _points(score.tenths / 10) if score else Shown(NOTHING, None)
            rows.append([words, item.words, item.points, given, score.reason if score else ""])
    rows.append(["合计", "", EACH * len(DIMENSIONS), _points(sheet.points()), ""])
    return Table(f"{sheet.unit.name}分项得分", [*columns, Column("扣分原因", 2.6, Align.left)], rows, total=True)


def _points(points: float | None) -> Shown:
    return Shown(NOTHING, None) if points is None else Shown(f"{points:g}", points)
