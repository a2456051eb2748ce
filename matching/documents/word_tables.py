"""A table of a Word file, written as XML at once: python-docx looks up each cell anew, which takes seconds a table."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Emu

from matching.documents.model import Align, Column, Table, printable, shown
from matching.documents.word_styles import TABLE_HEAD, TABLE_TEXT

HEAD_FILL, TOTAL_FILL = "F3ECE4", "F6F8FA"
_GRID = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="8C959F"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_PADDING = "".join(
    f'<w:{side} w:w="{width}" w:type="dxa"/>'
    for side, width in (("top", 40), ("left", 60), ("bottom", 40), ("right", 60))
)


def tabulate(word: WordDocument, block: Table, width: int) -> None:
    """Add the table at the end; its heading row comes again on each page, no row is torn. `width` in EMU."""
    styles = {name: word.styles[name].style_id for name in (TABLE_HEAD, TABLE_TEXT)}
    columns = block.columns if block.rows else (Column(""),)
    whole = sum(column.share for column in columns)
    widths = [int(Emu(width).twips * column.share / whole) for column in columns]
    rows = []
    if block.rows:
        labels = zip((column.label for column in columns), widths, strict=True)
        cells = [_cell(label, styles[TABLE_HEAD], Align.centre, wide, HEAD_FILL) for label, wide in labels]
        rows.append(_row(cells, head=True))
    for n, row in enumerate(block.rows, 1):
        fill = TOTAL_FILL if block.total and n == len(block.rows) else ""
        rows.append(_row([
            _cell(shown(cell), styles[TABLE_TEXT], column.align, wide, fill)
            for cell, column, wide in zip(row, columns, widths, strict=True)
        ]))  # fmt: skip
    if not block.rows:
        rows.append(_row([_cell(block.empty, styles[TABLE_TEXT], Align.centre, widths[0], "")]))
    _append(word, _table(rows, widths))


def _append(word: WordDocument, xml: str) -> None:
    body: Any = word.element.body
    body.insert(len(body) - 1, parse_xml(xml))  # before what describes the page


def _table(rows: Sequence[str], widths: Sequence[int]) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{_GRID}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>{_PADDING}</w:tblCellMar>'
        f'<w:tblLook w:val="0420" w:firstRow="1" w:noHBand="0" w:noVBand="1"/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(cells: Sequence[str], *, head: bool = False) -> str:
    again = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{again}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(text: str, style: str, align: Align, width: int, fill: str) -> str:
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    lines = "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in printable(text).replace("\t", " ").split("\n")
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/><w:jc w:val="{align.value}"/></w:pPr><w:r>{lines}</w:r></w:p></w:tc>'
    )
