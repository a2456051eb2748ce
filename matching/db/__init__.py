"""The database's door: engines, reading sessions, the unit of work, and the only commits in the house.

PostgreSQL and SQLite are both first-class. `batches.py` and `group_commit.py` write many rows of a kind at once;
`sqlite.py` keeps SQLite from losing updates.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Concatenate, ParamSpec, TypeVar

import asyncpg
from sqlalchemy import BigInteger, CheckConstraint, DateTime, Dialect, Integer, event
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db.batches import Answer, Batch, Line, Row
from matching.db.sqlite import Filer, begin, set_pragmas
from matching.errors import Stale, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

SQLModel.metadata.naming_convention = {  # a migration can only drop what it can name
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in an INTEGER key
RETRIES = 12  # one claim among 64 on 3 slots needs at most a few rounds; 12 leaves room and still ends
NEWS = "news"  # the key in `session.info` under which an action leaves what to tell once it is committed
LOST_RACES = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock
GONE = ("08", "25006", "53", "57P", "58")  # lost connection, read-only, disk full or no room, shutting down, disk error


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment. Refuses naive values; SQLite keeps no zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without its zone")
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(column: str, choices: type[StrEnum]) -> CheckConstraint:
    """A CHECK that the text column holds one of the enum's values; SQLAlchemy's Enum would store member names."""
    values = ", ".join(f"'{choice.value}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


@dataclass(frozen=True)
class News:
    """That something changed about a request, for pages that are open and for whoever announces it; no words."""

    root_id: int
    request_id: int
    verb: str
    unit_ids: tuple[int, ...]  # where it stood and where it stands now
    person_ids: tuple[int, ...] = ()  # whom it reached by name: a notice


def deaf(_news: Sequence[News]) -> None:
    """Nobody listens."""


class Database:
    """One database: `reading()` for reads, `Work` for everything that changes."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.sqlite = url.startswith("sqlite")
        if self.sqlite:
            self.engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, hide_parameters=True)
            event.listen(self.engine.sync_engine, "connect", set_pragmas)
            event.listen(self.engine.sync_engine, "begin", begin)
            self._readers: AsyncEngine = self.engine.execution_options(reading=True)
        else:
            # Each statement of a page sees committed rows either way; without BEGIN and ROLLBACK it is one trip, and
            # so is the question whether a connection still lives, which the pool asks before anybody has it.
            self._readers = create_async_engine(
                url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True,
                isolation_level="AUTOCOMMIT",
            )  # fmt: skip
            self.engine = self._readers.execution_options(isolation_level="READ COMMITTED")
        # SQLite's own waiting is a sleep that grows; a queue in the process is fair and quick.
        self._writer: asyncio.Lock | None = asyncio.Lock() if self.sqlite else None
        self._filer = Filer(url, self._writer) if self._writer else None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that is never committed."""
        async with AsyncSession(self._readers, expire_on_commit=False, autoflush=False) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that is committed when the block ends well. For whole batches of rows."""
        async with self.turn(), self.engine.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """One way to the database for one batch of rows after another: each call commits what it writes.

        PostgreSQL commits ONE statement by itself, which spares two of its trips; it is handed to the driver, because
        SQLAlchemy takes as long again. SQLite does a whole batch in one trip to a thread of its own.
        """
        if self._filer is not None:
            yield self._filer
            return
        async with self._readers.connect() as connection:
            driver: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection

            async def commit(batch: Batch[Row, Answer], rows: list[Row]) -> list[Answer]:
                try:
                    return await batch.on_postgres(driver.fetch, rows)
                except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    if gone := driver.is_closed():
                        await connection.invalidate()
                    taken = isinstance(error, asyncpg.IntegrityConstraintViolationError)
                    raise (IntegrityError if taken else DBAPIError)(None, None, error, True, gone) from error

            yield commit

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One writer of this process at a time on SQLite; no waiting on PostgreSQL."""
        if self._writer is None:
            yield
        else:
            async with self._writer:
                yield

    async def close(self) -> None:
        """Give all connections back."""
        if self._filer is not None:
            await self._filer.close()
        await self.engine.dispose()


class Work:
    """A unit of work: one action, one transaction, one commit.

    `await work(action, *args, **kwargs)` calls `action(session, *args, **kwargs)` and commits. Rows carry a
    version that an update must still find (no row is locked while we think); whoever comes second starts again
    from what is true now, so that an action must do nothing outside the database.
    What the action left in `session.info[NEWS]` is told after the commit; `tell` may lose it and must not raise.
    Raises what the action refuses; Stale("busy") after RETRIES lost races; Unavailable when the database is away.
    """

    def __init__(self, database: Database, tell: Callable[[Sequence[News]], None] = deaf) -> None:
        self.database, self.tell = database, tell

    async def __call__(
        self, action: Callable[Concatenate[AsyncSession, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        lost: IntegrityError | None = None
        for _attempt in range(RETRIES):
            try:
                return await self._once(action, *args, **kwargs)
            except StaleDataError:
                continue
            except IntegrityError as error:
                if lost is not None:
                    raise
                lost = error  # two of us added the same row: the next round sees the other's and says so
                continue
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) in LOST_RACES:
                    continue
                raise away(error) from error
            except OSError as error:
                raise Unavailable() from error
        raise Stale("busy")

    async def _once(
        self, action: Callable[Concatenate[AsyncSession, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        async with self.database.turn(), AsyncSession(self.database.engine, expire_on_commit=False) as session:
            answer = await action(session, *args, **kwargs)
            news = session.info.get(NEWS, [])
            await session.commit()
        if news:
            self.tell(news)
        return answer


def away(error: DBAPIError) -> Exception:
    """The refusal that a database error stands for, or the error itself when it is our own mistake."""
    gone = error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
    said = getattr(error.orig, "sqlstate", None) or ""  # asyncpg's errors are all of one kind but for this
    return Unavailable() if gone or said.startswith(GONE) else error
