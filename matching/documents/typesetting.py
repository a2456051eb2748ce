"""Typst source and data to PDF. Words of people go in as data, so that they are never read as markup.

A source finds its data with `#let data = json(bytes(sys.inputs.data))`; a drawing (a QR code, a chart) goes in as SVG
text: `image(bytes(data.code), format: "svg")`. The fonts `SERIF` and `SANS` come with the program and are embedded;
for a character that they lack (𠮷) a font of the machine is taken where one has it, see docs/guide-documents.md.
Compiling is work for the processor and lets other threads run: call it with `asyncio.to_thread`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import pylopdf_fonts_zh_cn as wheel
import typst

SERIF, SANS = "Noto Serif SC", "Noto Sans SC"


def pdf(source: str, data: Mapping[str, Any], *, at: datetime | None = None) -> bytes:
    """A tagged PDF with its fonts embedded; `at` is written into it as the time it was made.

    `data` must be what JSON can say. Raises typst.TypstError when the source is wrong.
    """
    second = at and at.replace(microsecond=0)
    made = typst.compile(source.encode(), format="pdf", sys_inputs=inputs(data), font_paths=fonts(), timestamp=second)
    assert isinstance(made, bytes)
    return made


@cache
def fonts() -> typst.Fonts:
    """Ours and those of the machine, looked up once."""
    return typst.Fonts(include_embedded_fonts=False, font_paths=[str(wheel.serif_path().parent)])


def inputs(data: Mapping[str, Any]) -> dict[str, str]:
    """Data as a source finds it."""
    return {"data": json.dumps(data, ensure_ascii=False)}
