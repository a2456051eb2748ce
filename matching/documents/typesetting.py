"""Typst source and data to PDF. Words of people go in as data, so that they are never read as markup.

A source finds its data with `#let data = json(bytes(sys.inputs.data))` and ends with `sys.inputs.lacking`; a drawing (a
QR code, a chart) goes in as SVG text: `image(bytes(data.code), format: "svg")`. The fonts `SERIF` and `SANS` come with
the program and are embedded, and so does `RARE` for characters that both lack (𠮷). What that lacks too is taken from a
font of the machine where one has it, and else named (`unprintable`, docs/guide-documents.md).
Compiling is work for the processor and lets other threads run: call it with `asyncio.to_thread`.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as wheel
import typst

from matching.documents.coverage import missing

SERIF, SANS, RARE = "Noto Serif SC", "Noto Sans SC", "Dianliang Rare Han"
OURS = (wheel.serif_path().parent, Path(__file__).with_name("fonts"))


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
    return typst.Fonts(include_embedded_fonts=False, font_paths=[str(folder) for folder in OURS])


def unprintable(text: Iterable[str], *, anywhere: bool = False) -> str:
    """The characters of a text for which there is no font here, each once; `anywhere`: which are in none of ours, and
    are up to the machine where a file is opened that brings no fonts."""
    known = fonts().fonts()
    ours = [one for one in known if one.path and Path(one.path).parent in OURS]
    return missing(text, ours if anywhere else [*ours, *known])


def inputs(data: Mapping[str, Any]) -> dict[str, str]:
    """Data as a source finds it. `lacking` is a sentence for its end where some of it comes out as boxes, else ''."""
    text = json.dumps(data, ensure_ascii=False).encode("utf-8", "ignore").decode()  # without halves of characters
    boxes = "、".join(f"U+{ord(char):04X}" for char in unprintable(text))
    return {"data": text, "lacking": f"注：没有以下字符的字体，本文中显示为方框：{boxes}。" if boxes else ""}
