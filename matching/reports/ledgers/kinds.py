"""What a ledger is: its columns, who may have it, and where its rows come from. No table of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.db import Database
from matching.documents.excel import Field
from matching.documents.model import Cell
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.people.phones import phone_context
from matching.privacy.masking import masked_name, masked_phone
from matching.privacy.sealed import Sealer
from matching.reports.periods import Period

BATCH = 500
"""Rows read at a time: what is in memory at once."""


@dataclass(frozen=True)
class Wanted:
    """Which rows, for whom. `path`: only of that unit and below; `partner_id`: only of that partner."""

    by: Actor
    at: datetime
    period: Period
    path: str = ""
    partner_id: int | None = None
    masked: bool = True
    sealer: Sealer | None = None  # opens what is sealed, where it may be opened

    def name(self, name: str) -> str:
        """A person's name as this ledger shows it."""
        return masked_name(name) if self.masked else name

    def phone(self, person: Person) -> str:
        """A member's phone number as this ledger shows it."""
        if person.sealed_phone is None or self.sealer is None:
            return ""
        number = self.sealer.open(person.sealed_phone, phone_context(person))
        return masked_phone(number) if self.masked else number


@dataclass(frozen=True)
class Batch:
    """Some rows. `opened`: ids of the requests whose sealed words stand in them, for the disclosure log."""

    rows: Sequence[Sequence[Cell]]
    opened: Sequence[int] = ()


@dataclass(frozen=True)
class LedgerKind:
    """One kind. `count` says how many rows there will be, `rows` yields them, batch after batch, each read anew."""

    code: str
    name: str
    roles: tuple[Role, ...]
    fields: tuple[Field, ...]
    count: Callable[[Database, Wanted], Awaitable[int]]
    rows: Callable[[Database, Wanted], AsyncIterator[Batch]]


def local(moment: datetime | None) -> datetime | None:
    """As a clock in Shanghai shows it, to the second, without a zone: Excel knows none."""
    return moment and moment.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)


def stamp(moment: datetime | None, who: str) -> str:
    """When and who, in one cell."""
    shown = local(moment)
    return f"{shown:%Y-%m-%d %H:%M} {who}".strip() if shown else who


async def found_by(session: AsyncSession, statement: Any) -> Any:
    """The rows of a statement over columns of many tables, which SQLModel's own types do not know."""
    return await session.exec(statement)
