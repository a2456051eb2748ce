"""Rows of one kind that are written at once, and the way by which they go to the database."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

Row = TypeVar("Row")
Answer = TypeVar("Answer")
Fetch = Callable[..., Awaitable[Sequence[Sequence[Any]]]]  # a statement with $1 and its values → rows


@dataclass(frozen=True)
class Batch(Generic[Row, Answer]):
    """How many rows of a kind are written at once: one answer a row, in their order; a row that is there is left.

    `on_postgres` writes by ONE statement ($1, $2 …) and may read after it; `on_sqlite` runs in a thread of its own,
    inside a transaction that is not its own.
    """

    on_postgres: Callable[[Fetch, list[Row]], Coroutine[Any, Any, list[Answer]]]
    on_sqlite: Callable[[Any, list[Row]], list[Answer]]  # a DBAPI cursor: the driver's own or SQLAlchemy's

    async def within(self, connection: AsyncConnection, rows: list[Row]) -> list[Answer]:
        """Write them in the transaction that the connection is in."""
        if connection.dialect.name == "postgresql":

            async def fetch(statement: str, *values: Any) -> Sequence[Sequence[Any]]:
                return (await connection.exec_driver_sql(statement, values)).all()

            return await self.on_postgres(fetch, rows)
        return await connection.run_sync(lambda sync: self.on_sqlite(sync.connection.cursor(), rows))


class Line(Protocol):
    """See `Database.line`."""

    async def __call__(self, batch: Batch[Row, Answer], rows: list[Row]) -> list[Answer]:
        """Write and commit."""
        ...
