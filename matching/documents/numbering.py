"""The numbers of headings, tables and charts: 一、（一）1., 表 1, 图 1 (GB/T 9704)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matching.documents.model import Block, Chart, Heading, Table

_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """1 → 一, 10 → 十, 21 → 二十一; from 1 to 99. Raises ValueError for others."""
    if not 0 < number < 100:
        raise ValueError(number)
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else ("" if tens == 1 else _DIGITS[tens]) + "十") + (_DIGITS[ones] if ones else "")


def numbered(blocks: Iterable[Block]) -> list[Block]:
    """The blocks with their numbers in their texts: a heading starts those below it anew."""
    counts = [0, 0, 0]
    tables = charts = 0
    made: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading):
            at = block.level - 1
            counts[at] += 1
            counts[at + 1 :] = [0] * (2 - at)
            made.append(replace(block, text=_number(block.level, counts[at]) + block.text))
        elif isinstance(block, Table):
            tables += 1
            made.append(replace(block, caption=f"表 {tables}　{block.caption}"))
        elif isinstance(block, Chart):
            charts += 1
            made.append(replace(block, caption=f"图 {charts}　{block.caption}"))
        else:
            made.append(block)
    return made


@dataclass(frozen=True)
class Part:
    """Blocks that stand together on pages that are upright, or lie on their side."""

    wide: bool
    blocks: list[Block]


def parts(blocks: Sequence[Block]) -> list[Part]:
    """The blocks, numbered, by how their pages lie; a heading goes with the wide table that follows it."""
    made = [Part(False, [])]
    waiting: list[Block] = []
    for block in numbered(blocks):
        if isinstance(block, Heading):
            waiting.append(block)
            continue
        wide = isinstance(block, Table) and block.wide and bool(block.rows)
        if wide != made[-1].wide:
            made.append(Part(wide, []))
        made[-1].blocks.extend([*waiting, block])
        waiting = []
    made[-1].blocks.extend(waiting)
    return [part for part in made if part.blocks]


def _number(level: int, count: int) -> str:
    if level == 3:
        return f"{count}."
    return f"{chinese(count)}、" if level == 1 else f"（{chinese(count)}）"
