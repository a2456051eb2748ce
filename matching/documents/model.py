"""One document, from which Word, PDF and Excel files are made alike: what it says, not how it looks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True)
class Shown:
    """A number as people read it, '93.5%', and as a spreadsheet counts with it, 0.935; `text` decides for both."""

    text: str
    value: float | int | None

    @classmethod
    def of(cls, text: str) -> "Shown":
        """Read the number off its text; '—' and other words have none."""
        digits = text.removesuffix("%").removeprefix("-")
        if not (digits.replace(".", "", 1).isascii() and digits.replace(".", "", 1).isdigit()):
            return cls(text, None)
        value = Decimal(text.removesuffix("%"))
        if text.endswith("%"):
            value /= 100
        return cls(text, int(value) if "." not in text and "%" not in text else float(value))


Cell: TypeAlias = str | int | float | date | datetime | Shown | None
"""What stands in a table. A moment is written as the people there read their clocks: hand it in without a zone."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Align(StrEnum):
    """Where the cells of a column stand."""

    left = "left"
    centre = "center"
    right = "right"


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its share of the width against the others, where its cells stand."""

    label: str
    share: float = 1.0
    align: Align = Align.centre


@dataclass(frozen=True)
class Heading:
    """Levels 1 to 3: 一、（一）1. (GB/T 9704); the numbers are put before `text` by `numbered`."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text. A `note` is smaller: a formula, a source, what a figure leaves out."""

    text: str
    note: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under one heading row; `wide` wants a page on its side. No rows: `empty` is said instead."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    wide: bool = False
    empty: str = "本期无记录。"
    total: bool = False  # the last row sums up the others


@dataclass(frozen=True)
class Series:
    """One row of values of a chart, as many as it has labels."""

    name: str
    values: Sequence[Shown]


class ChartKind(StrEnum):
    """Columns stand (months), bars lie (long names)."""

    column = "column"
    bar = "bar"


@dataclass(frozen=True)
class Chart:
    """A chart of the numbers that stand in a table near it."""

    caption: str
    labels: Sequence[str]
    series: Sequence[Series]
    kind: ChartKind = ChartKind.column
    percent: bool = False


@dataclass(frozen=True)
class Signatures:
    """Lines to sign on: 填报人、审核人、日期."""

    labels: Sequence[str] = ("填报人", "审核人", "日期")


Block: TypeAlias = Heading | Paragraph | Table | Chart | Signatures


@dataclass(frozen=True)
class Document:
    """`issuer` and `on` stand below the title and at the end; `about` goes into the file's properties."""

    title: str
    issuer: str
    on: date
    blocks: Sequence[Block]
    subtitle: str = ""
    about: str = ""
    keywords: Sequence[str] = field(default=())


def printable(text: str) -> str:
    """Without what no file format can carry: control characters and halves of characters. Line breaks stay."""
    return _UNPRINTABLE.sub("", text)


def shown(cell: Cell) -> str:
    """A cell as people read it; None is '—', so that nothing looks like nought."""
    if cell is None:
        return "—"
    if isinstance(cell, str):
        return printable(cell)
    if isinstance(cell, Shown):
        return cell.text
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}"
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)


def highest(chart: Chart) -> float:
    """Where its axis ends: the highest value, 1 for shares that stay below."""
    values = [one.value for series in chart.series for one in series.values if one.value is not None]
    return max([*values, 1 if chart.percent else 0])
