"""One's own record of a year, to take away: the same lines as PDF and as XLSX."""

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from matching.clock import SHANGHAI
from matching.documents.excel import RISKY
from matching.documents.model import printable
from matching.documents.typesetting import pdf
from matching.recognition.ledger import Standing
from matching.recognition.model import ENTRY_KINDS, EntryKind, PointsEntry
from matching.recognition.papers import HERE
from matching.recognition.points import hours, points

SOURCE = (HERE / "record.typ").read_text(encoding="utf-8")
COLUMNS = ("序号", "日期", "来源", "内容", "时长（小时）", "难度", "积分")
MORE = ("工单号", "说明", "记账时间")  # in the sheet only
WIDTHS = (6, 12, 8, 40, 12, 8, 10, 16, 36, 18)


def record_pdf(year: int, standing: Standing, house: str, lines: Sequence[PointsEntry], at: datetime) -> bytes:
    """As many pages as it takes."""
    return pdf(SOURCE, told(year, standing, house, lines, at), at=at)


def told(year: int, standing: Standing, house: str, lines: Sequence[PointsEntry], at: datetime) -> dict[str, object]:
    """What the source is given."""
    person, stars = standing.person, "★" * standing.star + "☆" * (5 - standing.star)
    return {
        "heading": f"{year} 年志愿服务记录",
        "about": f"{person.name}　编号 {person.member_no}　{standing.unit.name}　{house}　"
        f"制表时间 {at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "sums": [
            [f"{year} 年服务时长", f"{hours(standing.minutes)} 小时"],
            [f"{year} 年积分", points(standing.centipoints)],
            ["历年累计时长", f"{hours(standing.all_minutes)} 小时"],
            ["星级", stars],
        ],
        "columns": COLUMNS,
        "lines": [
            [str(n), str(one.on), ENTRY_KINDS[EntryKind(one.kind)], _content(one), hours(one.minutes),
             f"{one.coefficient:g}", points(one.centipoints)]
            for n, one in enumerate(lines, 1)
        ],
        "nothing": "这一年还没有记录。",
        "rule": "时长按实际服务时间计，不含路途。记账后不修改：有变动时先冲正原来的一行，再另记一行。",
    }  # fmt: skip


def record_xlsx(year: int, standing: Standing, lines: Sequence[PointsEntry]) -> bytes:
    """One sheet: one header row, frozen; real dates and numbers; text that begins like a formula stays text."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(f"{year}")
    head = book.add_format({"bold": True, "bg_color": "#F2EEE6", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
    quoted = book.add_format({"quote_prefix": True})  # text even when somebody edits the cell
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    for column, words in enumerate((*COLUMNS, *MORE)):
        sheet.write_string(0, column, words, head)
    for row, one in enumerate(lines, 1):
        sheet.write_number(row, 0, row)
        sheet.write_datetime(row, 1, datetime.combine(one.on, datetime.min.time()), day)
        sheet.write_string(row, 2, ENTRY_KINDS[EntryKind(one.kind)])
        sheet.write_string(row, 3, printable(one.title), quoted if one.title.startswith(RISKY) else None)
        sheet.write_number(row, 4, round(one.minutes / 60, 1))
        sheet.write_number(row, 5, one.coefficient)
        sheet.write_number(row, 6, one.centipoints / 100)
        sheet.write_string(row, 7, one.about)
        sheet.write_string(row, 8, printable(one.why), quoted if one.why.startswith(RISKY) else None)
        sheet.write_datetime(row, 9, one.at.astimezone(SHANGHAI).replace(tzinfo=None), moment)
    last = len(lines) + 2
    sheet.write_string(last, 0, f"{standing.person.name}　{standing.person.member_no}　{standing.unit.name}")
    book.close()
    return made.getvalue()


def _content(entry: PointsEntry) -> str:
    return f"{entry.title}（{entry.about}）" if entry.about else entry.title
