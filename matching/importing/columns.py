"""What a column holds and how its cells are read. A reader takes the text of a cell and raises Refused(code)."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from matching.clock import Limit
from matching.errors import Refused
from matching.importing.reading import Row
from matching.importing.report import Problem
from matching.privacy.masking import normal_phone
from matching.privacy.readable import readable

Values = dict[str, Any]
YEARS = range(1950, 2100)  # that a date in a file may name: at the calendar's ends times of other zones overflow
HOUR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?")
NOT_WORKED_OUT = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
NEAR = 0.72  # how alike a heading must be to be taken for a slip of the pen (difflib's ratio)
YES, NO = {"是", "true", "1", "yes", "y"}, {"否", "false", "0", "no", "n", ""}


@dataclass(frozen=True)
class Column:
    """`name` is the machine's heading, `heading` the one people write; either is understood.

    `needed`: the column must be there and no cell empty. An optional column that is absent leaves what is known.
    """

    name: str
    heading: str
    read: Callable[[str], Any]
    needed: bool = False


def text(most: int, *, lines: bool = False) -> Callable[[str], str]:
    """Text of at most `most` characters, as it is: what looks like a formula stays text. `lines`: may have several."""

    def read(cell: str) -> str:
        try:
            cell = readable(cell).strip()
        except ValueError as refused:
            raise Refused(str(refused)) from None
        if not lines and len(cell.splitlines()) > 1:
            raise Refused("line_breaks")
        if len(cell) > most:
            raise Refused("too_long", max=most, n=len(cell))
        return cell

    return read


@dataclass(frozen=True)
class Choice:
    """One of the words, turned into what it stands for."""

    choices: Mapping[str, Any]

    def __call__(self, cell: str) -> Any:
        """What it stands for."""
        if cell not in self.choices:
            raise Refused("not_one_of", value=cell[:20], choices="、".join(filter(None, self.choices)))
        return self.choices[cell]


choice = Choice  # named as the other readers are, where columns are written down


def maybe(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """The same, and None for an empty cell."""

    def read_filled(cell: str) -> Any:
        return read(cell) if cell else None

    return read_filled


def whole(least: int, most: int) -> Callable[[str], int | None]:
    """A whole number."""

    def read(cell: str) -> int | None:
        if not cell:
            return None
        if not (cell.isascii() and cell.removeprefix("-").isdigit() and len(cell) < 12):
            raise Refused("not_a_number")
        if not least <= int(cell) <= most:
            raise Refused("out_of_range", min=least, max=most)
        return int(cell)

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """A number; an empty cell is the least."""

    def read(cell: str) -> float:
        try:
            value = float(cell or least)
        except ValueError as error:
            raise Refused("not_a_number") from error
        if not least <= value <= most:
            raise Refused("out_of_range", min=f"{least:g}", max=f"{most:g}")
        return value

    return read


def words(separators: str, most: int) -> Callable[[str], list[str]]:
    """A list of words, each once, of at most `most` characters."""
    check = text(most)

    def read(cell: str) -> list[str]:
        for separator in separators[1:]:
            cell = cell.replace(separator, separators[0])
        return list(dict.fromkeys(check(word.strip()) for word in cell.split(separators[0]) if word.strip()))

    return read


def phone(cell: str) -> str:
    """The digits of a phone number, or ''."""
    try:
        return normal_phone(cell) if cell else ""
    except ValueError as error:
        raise Refused("bad_phone") from error


def flag(cell: str) -> bool:
    """Yes or no."""
    if cell.lower() in YES | NO:
        return cell.lower() in YES
    raise Refused("not_one_of", value=cell[:20], choices="是、否")


def moment(cell: str) -> datetime | None:
    """A moment with its time zone (ISO 8601)."""
    if not cell:
        return None
    try:
        at = datetime.fromisoformat(cell)
    except ValueError as error:
        raise Refused("bad_time") from error
    if at.year not in YEARS:
        raise Refused("bad_time")
    if at.tzinfo is None:
        raise Refused("time_zone_needed")
    return at


def day(cell: str) -> date | None:
    """A day (2026-07-01), also where a spreadsheet adds midnight to it."""
    if not cell:
        return None
    try:
        read = date.fromisoformat(cell.partition("T")[0])
    except ValueError as error:
        raise Refused("bad_day") from error
    if read.year not in YEARS:
        raise Refused("bad_day")
    return read


def hour(cell: str) -> time | None:
    """A time of the day (09:30)."""
    if not cell:
        return None
    found = HOUR.fullmatch(cell)
    if found is None:
        raise Refused("bad_clock")
    return time(int(found[1]), int(found[2]))


def limit(cell: str) -> str:
    """A limit as the catalogue writes it: 30min, 2h, 1wd, 7d."""
    try:
        Limit.parse(cell)
    except ValueError as error:
        raise Refused("bad_limit") from error
    return cell


def places(columns: Sequence[Column], headings: Sequence[str]) -> tuple[dict[str, str], list[Problem]]:
    """Column name → heading in the file, and what is wrong with the header: missing, twice, perhaps misspelt."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    known = {label.casefold(): column for column in columns for label in (column.name, column.heading)}
    strange = []
    for heading in headings:
        column = known.get(heading.casefold())
        if column is None:
            strange.append(heading)
        elif column.name in found:
            problems.append(Problem(1, heading, Refused("double_column", column=heading)))
        else:
            found[column.name] = heading
    for column in columns:
        if column.name in found:
            continue
        near = _nearest(column, strange)
        if near:
            problems.append(Problem(1, near, Refused("misspelt_column", found=near, column=column.name)))
        elif column.needed:
            problems.append(Problem(1, column.name, Refused("missing_column", column=column.name)))
    return found, problems


def _nearest(column: Column, strange: Sequence[str]) -> str | None:
    for label in (column.name, column.heading):
        near = difflib.get_close_matches(label.casefold(), [heading.casefold() for heading in strange], 1, NEAR)
        if near:
            return next(heading for heading in strange if heading.casefold() == near[0])
    return None


def values(columns: Sequence[Column], found: Mapping[str, str], row: Row) -> tuple[Values, list[Problem]]:
    """The row's cells, read; and a problem for each cell that cannot be."""
    if row.broken is not None:
        return {}, [Problem(row.number, "", row.broken)]
    taken: Values = {}
    problems = []
    for column, heading in _present(columns, found):
        cell = row.cells.get(heading, "").strip()
        try:
            if column.needed and not cell:
                raise Refused("required")
            if cell.upper() in NOT_WORKED_OUT:  # a look-up that found nothing would become a unit of that name
                raise Refused("not_worked_out", value=cell)
            taken[column.name] = column.read(cell)
            if column.needed and taken[column.name] == "":
                raise Refused("required")
        except Refused as refused:
            problems.append(Problem(row.number, heading, refused))
    return taken, problems


def _present(columns: Sequence[Column], found: Mapping[str, str]) -> Iterator[tuple[Column, str]]:
    return ((column, found[column.name]) for column in columns if column.name in found)
