"""A document as PDF: the page is described in report.typ, what it says goes in as data."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from matching.documents.model import Block, Chart, Document, Heading, Paragraph, Table, highest, printable, shown
from matching.documents.numbering import parts
from matching.documents.typesetting import RARE, SANS, SERIF, fonts, inputs, pdf


def report_pdf(document: Document, *, at: datetime | None = None) -> bytes:
    """The file. Raises nothing that the document could be guilty of."""
    return pdf(source(), said(document), at=at)


def heading_pages(document: Document) -> list[int]:
    """On which page each heading stands, in their order: what Word's contents say until Word counts itself."""
    told = typst.query(
        source().encode(), "<heading-page>", field="value", sys_inputs=inputs(said(document)), font_paths=fonts()
    )
    pages: list[int] = json.loads(told)
    return pages


@cache
def source() -> str:
    """The typst source of a report."""
    return Path(__file__).with_name("report.typ").read_text("utf-8")


def said(document: Document) -> dict[str, Any]:
    """The data that report.typ asks for: strings and numbers that JSON can say."""
    return {
        "serif": [SERIF, RARE],
        "sans": [SANS, RARE],
        "title": document.title,
        "subtitle": document.subtitle,
        "issuer": document.issuer,
        "on": f"{document.on.year}年{document.on.month}月{document.on.day}日",
        "keywords": list(document.keywords),
        "parts": [
            {"wide": part.wide, "blocks": [_said(block) for block in part.blocks]} for part in parts(document.blocks)
        ],
    }


def _said(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"block": "heading", "text": block.text, "level": block.level}
    if isinstance(block, Paragraph):
        return {"block": "paragraph", "text": printable(block.text), "note": block.note}
    if isinstance(block, Table):
        return {
            "block": "table",
            "caption": block.caption,
            "columns": [{"label": c.label, "share": c.share, "align": c.align.value} for c in block.columns],
            "rows": [[shown(cell) for cell in row] for row in block.rows],
            "note": block.note,
            "empty": block.empty,
            "total": block.total,
        }
    if isinstance(block, Chart):
        return _chart(block)
    return {"block": "signatures", "labels": list(block.labels)}


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "block": "chart",
        "kind": chart.kind.value,
        "caption": chart.caption,
        "labels": list(chart.labels),
        "top": highest(chart) or 1,
        "series": [
            {"name": one.name, "values": [v.value for v in one.values], "shown": [v.text for v in one.values]}
            for one in chart.series
        ],
    }
