"""Ledgers as Excel: rows are written as they come and kept nowhere, so that any number of them takes the same memory.

Form (docs/domain.md §8): one heading row that stays, 序号 first, real dates, phones as text, lines to sign at the foot.
What looks like a formula is text, and stays text when a cell is edited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import xlsxwriter

from matching.documents.model import Cell, printable

MOST_ROWS = 1_000_000  # of a sheet; Excel itself ends at 1,048,576
MOST_CHARACTERS = 32_767  # of a cell
FOOT = ("填报人：", "审核人：", "日期：")
RISKY = tuple("=+-@\t\r\n|%")  # with what a cell begins that a spreadsheet may take for a formula


class Form(StrEnum):
    """How a column's cells look."""

    text = "text"
    day = "day"
    moment = "moment"
    whole = "whole"
    one_place = "one_place"
    two_places = "two_places"
    percent = "percent"


FORMATS = {
    Form.text: "@", Form.day: "yyyy-mm-dd", Form.moment: "yyyy-mm-dd hh:mm", Form.whole: "0", Form.one_place: "0.0",
    Form.two_places: "0.00", Form.percent: "0.0%",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A column of a ledger. `width` in characters of a digit's width; `wrap`: long text, broken into lines."""

    label: str
    width: float = 12
    form: Form = Form.text
    wrap: bool = False


class Ledger:
    """A ledger that is being written: `write` its rows, then `finish`, which writes the file.

    Until then only temporary files in `path`'s folder hold the rows, readable by nobody else.
    """

    def __init__(self, path: Path, name: str, fields: Sequence[Field], *, about: str = "", issuer: str = "") -> None:
        """`name`: of the sheet; `about`: the line above each printed page."""
        self.name, self.fields, self.about = name, (Field("序号", 6, Form.whole), *fields), about
        self.rows, self._sheets, self._line = 0, 0, 0
        options = {"constant_memory": True, "tmpdir": str(path.parent)}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"title": name, "author": issuer, "comments": about})
        self._head = self._book.add_format(
            {
                "bold": True,
                "align": "center",
                "valign": "vcenter",
                "border": 1,
                "bg_color": "#F3ECE4",
                "text_wrap": True,
            }
        )
        self._formats = {one: self._format(one) for one in self.fields}
        self._quoted = {one: self._format(one, quote_prefix=True) for one in self.fields}
        self._plain = self._book.add_format({"bold": True})
        self._begin()

    def write_all(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add some rows."""
        for row in rows:
            self.write(row)

    def finish(self) -> None:
        """Sign the last sheet and write the file."""
        self._foot()
        self._book.close()

    def write(self, row: Sequence[Cell]) -> None:
        """Add a row: its cells without the number that comes first."""
        if self._line > MOST_ROWS:
            self._foot()
            self._begin()
        self.rows += 1
        for place, (field, cell) in enumerate(zip(self.fields, (self.rows, *row), strict=True)):
            self._put(place, field, cell)
        self._line += 1

    def _put(self, place: int, field: Field, cell: Cell) -> None:
        if cell is None or cell == "":
            self._sheet.write_blank(self._line, place, None, self._formats[field])
        elif isinstance(cell, str):
            text = printable(cell)[:MOST_CHARACTERS]
            formats = self._quoted if text.startswith(RISKY) else self._formats
            self._sheet.write_string(self._line, place, text, formats[field])
        elif isinstance(cell, date | datetime):
            self._sheet.write_datetime(self._line, place, cell, self._formats[field])
        else:
            self._sheet.write_number(self._line, place, cell, self._formats[field])

    def _begin(self) -> None:
        self._sheets += 1
        name = self.name if self._sheets == 1 else f"{self.name} {self._sheets}"
        self._sheet: Any = self._book.add_worksheet(name[:31])
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        self._sheet.set_header("&C&14" + (self.about or self.name).replace("&", "&&")[:200])
        self._sheet.set_footer("&C— &P —")
        for place, field in enumerate(self.fields):
            self._sheet.set_column(place, place, field.width)
        self._sheet.set_row(0, 30)
        for place, field in enumerate(self.fields):
            self._sheet.write_string(0, place, field.label, self._head)
        self._line = 1

    def _foot(self) -> None:
        if self._line > 1:
            self._sheet.autofilter(0, 0, self._line - 1, len(self.fields) - 1)
        third = max(2, len(self.fields) // 3)
        for place, label in enumerate(FOOT):
            self._sheet.write_string(self._line + 1, place * third, label, self._plain)

    def _format(self, field: Field, **more: Any) -> Any:
        centred = field.form is not Form.text
        look = {"valign": "vcenter", "border": 1, "num_format": FORMATS[field.form], "text_wrap": field.wrap}
        return self._book.add_format({**look, **({"align": "center"} if centred else {}), **more})
