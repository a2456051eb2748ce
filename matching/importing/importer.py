"""What every kind of import has in common."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.importing.columns import Column, Values
from matching.importing.report import Report
from matching.privacy.sealed import Sealer
from matching.units.model import Unit


@dataclass(frozen=True)
class Tools:
    """What sealing phones and making query codes needs."""

    sealer: Sealer
    pepper: bytes


class Importer(ABC):
    """Rows of one kind into one hospital. `key` is the column that tells two rows of a file apart."""

    columns: ClassVar[tuple[Column, ...]]
    key: ClassVar[str] = "code"
    sheet: ClassVar[str] = ""

    def __init__(self, session: AsyncSession, root: Unit, report: Report, tools: Tools, at: datetime) -> None:
        self.session, self.root, self.report, self.tools, self.at = session, root, report, tools, at
        self.root_id = root.id or 0
        self.new_root = False  # made by this import

    async def begin(self) -> None:
        """Read what is known already."""
        return

    @abstractmethod
    async def put(self, number: int, values: Values) -> None:
        """Take one row that reads well. Raises Refused with the column in `field`."""

    async def settle(self) -> None:
        """After some rows: write what waits."""
        await self.session.flush()

    async def finish(self) -> None:
        """After the last row."""
        return


def apply(target: SQLModel, wanted: dict[str, Any]) -> bool:
    """Set what differs; return whether anything did."""
    differing = {name: value for name, value in wanted.items() if getattr(target, name) != value}
    for name, value in differing.items():
        setattr(target, name, value)
    return bool(differing)
