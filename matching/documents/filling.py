"""Sheets to be filled in: headings that say what is needed, drop-downs, and a second sheet as their guide."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from matching.documents.model import printable

ROWS = 2000  # that are made ready for typing; more may be written below
GUIDE = "填写说明"
LONGEST_LIST = 255  # characters of a drop-down's words, as Excel allows


@dataclass(frozen=True)
class Blank:
    """A column to be filled in. `choices`: the only words that are understood."""

    label: str
    needed: bool
    hint: str
    example: str = ""
    choices: Sequence[str] = ()


def to_fill(name: str, about: str, blanks: Sequence[Blank]) -> bytes:
    """A workbook with the empty sheet `name` and the guide. Every cell is text, so that 01 stays 01."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        look: dict[str, Any] = {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
        needed = book.add_format({**look, "bg_color": "#B3261E", "font_color": "#FFFFFF"})
        free = book.add_format({**look, "bg_color": "#F3ECE4"})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 30)
        for x, blank in enumerate(blanks):
            sheet.set_column(x, x, max(12, 2 * len(blank.label) + 4), text)
            sheet.write_string(0, x, blank.label, needed if blank.needed else free)
            rule: dict[str, Any] = {"input_title": blank.label[:32], "input_message": blank.hint[:255]}
            if blank.choices and len(",".join(blank.choices)) <= LONGEST_LIST:
                rule |= {"validate": "list", "source": list(blank.choices), "error_message": "请从列表里选。"}
            else:
                rule |= {"validate": "any"}
            sheet.data_validation(1, x, ROWS, x, rule)
        _explain(book, about, blanks, look)
    return file.getvalue()


def _explain(book: Any, about: str, blanks: Sequence[Blank], look: dict[str, Any]) -> None:
    guide = book.add_worksheet(GUIDE)
    head, wrapped = book.add_format({**look, "bg_color": "#F3ECE4"}), book.add_format({"text_wrap": True, "border": 1})
    guide.set_column(0, 0, 20)
    guide.set_column(1, 1, 8)
    guide.set_column(2, 2, 60)
    guide.set_column(3, 4, 30)
    guide.merge_range(0, 0, 0, 4, printable(about), book.add_format({"text_wrap": True, "valign": "top"}))
    guide.set_row(0, 64)
    for x, label in enumerate(("列", "必填", "怎么填", "例子", "只能填")):
        guide.write_string(1, x, label, head)
    for y, blank in enumerate(blanks, 2):
        cells = (blank.label, "必填" if blank.needed else "", blank.hint, blank.example, "、".join(blank.choices))
        for x, cell in enumerate(cells):
            guide.write_string(y, x, printable(cell), wrapped)
