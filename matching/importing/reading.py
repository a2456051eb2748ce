"""Opening a file as a table of texts: .csv (UTF-8 or GB18030), .xlsx, .jsonl. One row at a time, whatever its size."""

import codecs
import csv
import json
import lzma
import math
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from matching.errors import Invalid, Refused

BLOCK = 1 << 16
LARGE_PART = 32 * 1024 * 1024  # bytes of one part of a workbook, unpacked
MOST_PACKED = 100  # times; sheets of real tables are packed 5 to 30 times
MOST_LINES = 1 << 20  # of a sheet, as Excel allows: a row that says it is the thousand millionth would never be reached
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, SyntaxError, LookupError, ValueError, ArithmeticError, TypeError,
    AttributeError, EOFError, OSError, RuntimeError,
)  # fmt: skip
"""What the reader of workbooks raises for one that is none, or not as the format says; broken XML is a SyntaxError."""
_NOT_WRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")  # no table holds these


@dataclass(frozen=True)
class Row:
    """One row by its number in the file (the header is row 1) and its cells by heading; empty cells are ''."""

    number: int
    cells: dict[str, str]
    broken: Refused | None = None  # what makes the whole row unreadable


@dataclass(frozen=True)
class Table:
    """Headings as they are written, and rows that are read as they are asked for. Empty rows are left out."""

    headings: tuple[str, ...]
    rows: Iterable[Row]


def table(path: Path, sheet: str) -> Table:
    """Open a file by its ending. `sheet` is the worksheet to take where a workbook has several.

    Raises Invalid on the field `file`: unknown_format, unreadable_file, unreadable_row, bad_file_encoding,
    missing_sheet, empty_file.
    """
    match path.suffix.lower():
        case ".csv":
            lines = _csv(path)
        case ".xlsx":
            lines = _xlsx(path, sheet)
        case ".jsonl":
            return _jsonl(path)
        case _:
            raise Invalid.field_is("file", "unknown_format")
    first = next(lines, None)
    if first is None:
        raise Invalid.field_is("file", "empty_file")
    headings = tuple(cell.strip() for cell in first[1])
    while headings and not headings[-1]:
        headings = headings[:-1]
    return Table(headings, _rows(headings, lines))


def _rows(headings: tuple[str, ...], lines: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    for number, cells in lines:
        extra = any(cell.strip() for cell in cells[len(headings) :])
        padded = cells + [""] * (len(headings) - len(cells))
        yield Row(number, dict(zip(headings, padded, strict=False)), Refused("too_many_cells") if extra else None)


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=_encoding(path), newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            for number, cells in enumerate(reader, start=1):
                if any(cell.strip() for cell in cells):
                    yield number, cells
        except csv.Error as error:
            raise Invalid.field_is("file", "unreadable_row", row=reader.line_num) from error


def _encoding(path: Path) -> str:
    """UTF-8 (with or without its mark) or else GB18030, as spreadsheets in China write it; read through to be sure."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    if _NOT_WRITTEN.search(decoder.decode(block)):
                        raise Invalid.field_is("file", "bad_file_encoding")
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Invalid.field_is("file", "bad_file_encoding")


def _xlsx(path: Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    import openpyxl  # here, because it slows every start and is needed for few

    try:
        _refuse_bomb(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except BROKEN as error:
        raise Invalid.field_is("file", "unreadable_file") from error
    try:
        if sheet in book.sheetnames:
            page = book[sheet]
        elif len(book.sheetnames) == 1:
            page = book[book.sheetnames[0]]
        else:
            raise Invalid.field_is("file", "missing_sheet", sheet=sheet)
        for number, values in enumerate(page.iter_rows(values_only=True), start=1):
            if number > MOST_LINES:
                raise ValueError("more rows than a sheet has")
            if all(value is None for value in values):
                continue  # formatted and empty: there may be a million of them
            cells = [_text(value) for value in values]
            if any(cell.strip() for cell in cells):
                yield number, cells
    except BROKEN as error:
        raise Invalid.field_is("file", "unreadable_file") from error
    finally:
        book.close()


def _refuse_bomb(path: Path) -> None:
    """A workbook whose parts unpack to far more than any table does would fill the memory or never end."""
    with zipfile.ZipFile(path) as parts:
        for part in parts.infolist():
            if part.file_size > LARGE_PART and part.file_size > MOST_PACKED * part.compress_size:
                raise zipfile.BadZipFile(part.filename)


def _jsonl(path: Path) -> Table:
    if _encoding(path) != "utf-8-sig":
        raise Invalid.field_is("file", "bad_file_encoding")
    headings = dict.fromkeys(name for row in _objects(path) for name in row.cells)  # rows need not be alike
    if not headings:
        raise Invalid.field_is("file", "unreadable_file" if any(_objects(path)) else "empty_file")
    return Table(tuple(headings), _objects(path))


def _objects(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
                cells = dict(_flat(found)) if isinstance(found, dict) else None
            except (ValueError, RecursionError):
                cells = None
            yield Row(number, cells or {}, Refused("bad_json_line") if cells is None else None)


def _flat(found: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, _text(value)


def _text(value: Any) -> str:
    """A cell as text. A number without a fraction has no '.0': a phone or a code typed as a number stays itself."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if not math.isfinite(value):
            raise ValueError("not a number that can be written")
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
        case list():
            return ";".join(_text(one) for one in value)
    return str(value)
