"""One document, from which Word, PDF and Excel files are made alike: what it says, not how it looks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

Cell: TypeAlias = str | int | float | date | datetime | None
"""What stands in a table. A moment is written as the people there read their clocks: hand it in without a zone."""


_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Align(StrEnum):
    """Where the cells of a column stand."""

    left = "left"
    centre = "center"
    right = "right"


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its share of the width against the others, where its cells stand.

    `places`: the decimal places of its numbers, `percent`: they are shares of 1.
    """

    label: str
    share: float = 1.0
    align: Align = Align.centre
    places: int = 0
    percent: bool = False


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
    """One row of values of a chart, as many as it has labels; None: there is none."""

    name: str
    values: Sequence[float | None]


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


def shown(cell: Cell, column: Column) -> str:
    """A cell as people read it; None is '—', so that nothing looks like nought."""
    if cell is None:
        return "—"
    if isinstance(cell, str):
        return printable(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}"
    if column.percent:
        return f"{cell * 100:.{max(column.places, 1)}f}%"
    return f"{cell:,.{column.places}f}" if isinstance(cell, float) else f"{cell:,}"
