"""Which characters no font has, so that a box is printed in their place: read off the fonts' own tables.

Only the table `cmap` of a font is read (OpenType 1.9, formats 4 and 12), and a font of the machine only for a character
that ours lack.
"""

import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

import typst

Ranges = tuple[tuple[int, int], ...]  # first and last, in order
UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"}  # kinds of characters that show nothing by themselves


def missing(text: Iterable[str], fonts: Iterable[typst.FontInfo]) -> str:
    """Those characters that none of these fonts has, each once, in the order of Unicode."""
    left = sorted({char for char in text if unicodedata.category(char) not in UNSEEN})
    for font in fonts:
        if not left:
            break
        if font.path is not None:
            covered = _covered(Path(font.path), font.index)
            left = [char for char in left if not _is_in(ord(char), covered)]
    return "".join(left)


def _is_in(code: int, covered: Ranges) -> bool:
    place = bisect_right(covered, (code, 0x110000)) - 1
    return place >= 0 and covered[place][0] <= code <= covered[place][1]


@cache
def _covered(path: Path, index: int) -> Ranges:
    """What a font has; nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            return tuple(sorted(_ranges(_cmap(file, index))))
    except (OSError, struct.error, ValueError):
        return ()


def _cmap(file: BinaryIO, index: int) -> bytes:
    """The best subtable for Unicode: the last of those that say so. Raises ValueError for a font without."""
    start = 0
    if file.read(4) == b"ttcf":  # several fonts in one file
        file.seek(12 + 4 * index)
        (start,) = struct.unpack(">I", file.read(4))
    file.seek(start + 4)
    (count,) = struct.unpack(">H6x", file.read(8))
    tables = {row[0]: row[1:] for row in struct.iter_unpack(">4s4xII", file.read(16 * count))}
    if b"cmap" not in tables:
        raise ValueError("no cmap")
    at, length = tables[b"cmap"]
    file.seek(at)
    table = file.read(length)
    (subtables,) = struct.unpack_from(">2xH", table)
    found = {}
    for platform, encoding, offset in struct.iter_unpack(">HHI", table[4 : 4 + 8 * subtables]):
        (form,) = struct.unpack_from(">H", table, offset)
        if form in (4, 12) and (platform == 0 or (platform == 3 and encoding in (1, 10))):
            found[form] = table[offset:]
    if not found:
        raise ValueError("no subtable for Unicode")
    return found[max(found)]


def _ranges(table: bytes) -> Iterator[tuple[int, int]]:
    (form,) = struct.unpack_from(">H", table)
    if form == 12:
        (groups,) = struct.unpack_from(">I", table, 12)
        for first, last, _glyph in struct.iter_unpack(">III", table[16 : 16 + 12 * groups]):
            yield first, last
        return
    (twice,) = struct.unpack_from(">H", table, 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + twice)
    yield from zip(starts, ends, strict=True)
