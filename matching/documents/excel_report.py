"""A document as Excel: what it says on the first sheet, each table on one of its own, charts beside their tables."""

import io
import re
from datetime import date, datetime
from typing import Any

import xlsxwriter

from matching.documents.excel import RISKY
from matching.documents.model import (
    Block,
    Cell,
    Chart,
    ChartKind,
    Document,
    Heading,
    Paragraph,
    Shown,
    Table,
    printable,
)
from matching.documents.numbering import numbered

COLOURS = ("#B3261E", "#C8963E", "#4A6572", "#9AA5AB")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")


def report_xlsx(document: Document, *, at: datetime | None = None) -> bytes:
    """The file. Its numbers are numbers, shown as they are in Word and PDF."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties(
            {
                "title": printable(document.title),
                "author": printable(document.issuer),
                "created": at and at.replace(tzinfo=None),
            }
        )
        _Sheets(book, document).write()
    return file.getvalue()


class _Sheets:
    """Writes a document sheet by sheet."""

    def __init__(self, book: Any, document: Document) -> None:
        self.book, self.document = book, document
        self._quoted: dict[Any, Any] = {}  # each form, and how it looks where the text might be taken for a formula
        self.title = self._form({"bold": True, "font_size": 18, "align": "center", "text_wrap": True})
        self.centred = self._form({"align": "center"})
        self.heading = self._form({"bold": True, "font_size": 13})
        self.text = self._form({"text_wrap": True, "valign": "top", "num_format": "@"})
        self.note = self._form({"text_wrap": True, "font_color": "#57606A", "font_size": 9})
        self.plain = self._form({})
        self.head = self._form({"bold": True, "align": "center", "border": 1, "bg_color": "#F3ECE4", "text_wrap": True})
        self.formats: dict[str, Any] = {}

    def write(self) -> None:
        """All of it. A chart is drawn from numbers of its own, below the text on the first sheet's right."""
        first = self.book.add_worksheet("报告")
        first.set_column(0, 0, 90)
        first.set_paper(9)
        first.fit_to_pages(1, 0)
        charts: list[Chart] = []
        lines = [(self.document.title, self.title), (self.document.subtitle, self.centred)]
        lines.append((f"{self.document.issuer}　{self.document.on:%Y-%m-%d}", self.centred))
        place = 0
        for text, form in lines:
            self._say(first, place, 0, printable(text), form)
            place += 1
        for block in numbered(self.document.blocks):
            if isinstance(block, Table):
                sheet = self._table(block)
                first.write_url(place, 0, f"internal:'{sheet}'!A1", string=printable(block.caption))
            elif isinstance(block, Chart):
                charts.append(block)
                self._say(first, place, 0, printable(block.caption) + "（见“图表”）", self.note)
            else:
                self._say(first, place, 0, *self._said(block))
            place += 1
        if charts:
            self._charts(charts)

    def _form(self, look: dict[str, Any]) -> Any:
        form = self.book.add_format(look)
        self._quoted[form] = self.book.add_format(look | {"quote_prefix": True})
        return form

    def _say(self, sheet: Any, y: int, x: int, text: str, form: Any) -> None:
        sheet.write_string(y, x, text, self._quoted[form] if text.startswith(RISKY) else form)

    def _said(self, block: Block) -> tuple[str, Any]:
        if isinstance(block, Heading):
            return printable(block.text), self.heading
        if isinstance(block, Paragraph):
            return printable(block.text), self.note if block.note else self.text
        labels = getattr(block, "labels", ())
        return "　　　　".join(f"{label}：" for label in labels), self.text

    def _table(self, table: Table) -> str:
        caption = printable(table.caption)
        name = _short(_NOT_IN_A_NAME.sub("", caption.replace("　", " ")))
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        whole = sum(column.share for column in table.columns)
        for x, column in enumerate(table.columns):
            sheet.set_column(x, x, max(6, 110 * column.share / whole))
            self._say(sheet, 0, x, printable(column.label), self.head)
        for y, row in enumerate(table.rows, 1):
            for x, cell in enumerate(row):
                self._cell(sheet, y, x, cell)
        if not table.rows:
            sheet.write_string(1, 0, table.empty, self._format("@"))
        if table.note:
            self._say(sheet, max(2, len(table.rows) + 2), 0, printable(table.note), self.plain)
        return name

    def _cell(self, sheet: Any, y: int, x: int, cell: Cell) -> None:
        if isinstance(cell, Shown) and cell.value is not None:
            code = "0.0%" if cell.text.endswith("%") else "0.0" if "." in cell.text else "0"
            sheet.write_number(y, x, cell.value, self._format(code))
        elif isinstance(cell, datetime | date):
            code = "yyyy-mm-dd hh:mm" if isinstance(cell, datetime) else "yyyy-mm-dd"
            sheet.write_datetime(y, x, cell, self._format(code))
        elif isinstance(cell, int | float):
            sheet.write_number(y, x, cell, self._format("0" if isinstance(cell, int) else "0.0"))
        else:
            text = "—" if cell is None else cell.text if isinstance(cell, Shown) else printable(cell)
            sheet.write_string(y, x, text, self._format("@", quoted=text.startswith(RISKY)))

    def _charts(self, charts: list[Chart]) -> None:
        sheet = self.book.add_worksheet("图表")
        sheet.set_column(0, 0, 24)
        line = 0
        for chart in charts:
            self._say(sheet, line, 0, printable(chart.caption), self.heading)
            for x, one in enumerate(chart.series, 1):
                self._say(sheet, line + 1, x, printable(one.name), self.head)
            for y, label in enumerate(chart.labels, line + 2):
                sheet.write_string(y, 0, printable(label), self._format("@", quoted=printable(label).startswith(RISKY)))
                for x, one in enumerate(chart.series, 1):
                    self._cell(sheet, y, x, one.values[y - line - 2])
            self._draw(sheet, chart, line)
            line += max(len(chart.labels) + 4, 18)

    def _draw(self, sheet: Any, chart: Chart, line: int) -> None:
        drawn = self.book.add_chart({"type": "bar" if chart.kind is ChartKind.bar else "column"})
        last = line + 1 + len(chart.labels)
        for x in range(1, len(chart.series) + 1):
            drawn.add_series({
                "name": ["图表", line + 1, x],
                "categories": ["图表", line + 2, 0, last, 0],
                "values": ["图表", line + 2, x, last, x],
                "fill": {"color": COLOURS[(x - 1) % 4]},
                "data_labels": {"value": True},
                "gap": 60,
            })  # fmt: skip
        drawn.set_title({"name": printable(chart.caption), "name_font": {"size": 11}})
        drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
        drawn.set_size({"width": 620, "height": 320})
        if chart.kind is ChartKind.bar:
            drawn.set_y_axis({"reverse": True})
        sheet.insert_chart(line, len(chart.series) + 2, drawn)

    def _format(self, code: str, *, quoted: bool = False) -> Any:
        key = f"{code} {quoted}"
        if key not in self.formats:
            look = {"border": 1, "num_format": code, "text_wrap": True, "valign": "vcenter", "quote_prefix": quoted}
            self.formats[key] = self.book.add_format(look | ({} if code == "@" else {"align": "center"}))
        return self.formats[key]


def _short(name: str) -> str:
    """As long as the name of a sheet may be: 31 units of UTF-16, of which 𠮷 has two."""
    return name.encode("utf-16-le")[:62].decode("utf-16-le", "ignore")
