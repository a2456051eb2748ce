"""A ledger into a file, row by row; how far it is is told as it goes."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from matching.db import Database
from matching.documents.excel import Ledger
from matching.errors import NotAllowed
from matching.reports.ledgers import activities, points, requests, volunteers
from matching.reports.ledgers.kinds import LedgerKind, Wanted
from matching.reports.written.periods import said

LEDGERS: dict[str, LedgerKind] = {
    one.code: one for one in (requests.KIND, activities.KIND, volunteers.KIND, points.KIND)
}
Told = Callable[[int, int], Awaitable[None]]
Opened = Callable[[list[int]], Awaitable[None]]


async def nobody(_done: int, _all: int) -> None:
    """Nobody wants to know."""


async def write(
    database: Database, kind: LedgerKind, path: Path, wanted: Wanted, *, house: str = "", told: Told = nobody,
    opened: Opened | None = None,
) -> int:  # fmt: skip
    """Write the file; returns how many rows it has. `told(done, all)` after each batch.

    `opened` is told of requests whose sealed words were opened, before they reach the file. Raises NotAllowed.
    """
    if not wanted.by.holds(*kind.roles):
        raise NotAllowed
    total = await kind.count(database, wanted)
    ledger = Ledger(path, kind.name, kind.fields, about=title(kind, wanted, house), issuer=house)
    async for batch in kind.rows(database, wanted):
        if batch.opened and opened is not None:
            await opened(list(batch.opened))
        await asyncio.to_thread(ledger.write_all, batch.rows)
        await told(ledger.rows, max(total, ledger.rows))
    await asyncio.to_thread(ledger.finish)
    return ledger.rows


def title(kind: LedgerKind, wanted: Wanted, house: str) -> str:
    """What it is called: '资水市中心医院需求台账（2026年第三季度）'."""
    return f"{house}{kind.name}（{said(wanted.period)}）"
