"""Statements that are put to the database's driver itself: making SQLAlchemy's rows of a thousand takes longer than the
database and the engine need for them. Nothing of this knows what is asked."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

import asyncpg
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    Boolean,
    Dialect,
    Executable,
    Float,
    Integer,
    LargeBinary,
    Select,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy import literal_column as written
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as aiosqlite_dialect
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import UtcDateTime
from matching.engine.crowd import Column, alike

POSTGRES: Dialect = asyncpg_dialect()  # type: ignore[no-untyped-call]
SQLITE: Dialect = aiosqlite_dialect()


async def rows(session: AsyncSession, statement: Executable, **values: Any) -> Sequence[Any]:
    """Past the ORM, which takes as long again; what a writer has not written yet is written first, as the ORM would."""
    if session.autoflush:
        await session.flush()
    return (await (await session.connection()).execute(statement, values)).all()


async def fetched(session: AsyncSession, build: Callable[[], Executable], **values: Any) -> Sequence[Any]:
    """The same for a statement that is built once (`build` is cached), past SQLAlchemy as well: rows as the driver
    gives them. SQLite's hold moments and days as text."""
    if session.autoflush:
        await session.flush()
    connection = await session.connection()
    on_postgres = connection.dialect.name == "postgresql"
    driver: Any = (await connection.get_raw_connection()).driver_connection
    written_out, sent = _for_driver(build, POSTGRES if on_postgres else SQLITE, values)
    try:
        if on_postgres:
            found: Sequence[Any] = await driver.fetch(written_out, *sent)
        else:
            found = await driver.execute_fetchall(written_out, [_as_text(one) for one in sent])
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DBAPIError(None, None, error, True, driver.is_closed()) from error
    except sqlite3.Error as error:
        raise DBAPIError(None, None, error) from error
    return found


async def tables(
    session: AsyncSession, build: Callable[[], Mapping[str, Select[Any]]], **values: Any
) -> dict[str, list[Any]]:  # fmt: skip
    """What several selects find, in one trip: by the name of each its columns; rows of the first in the order of its
    first column. Numbers and moments (UTC) are arrays of numpy's, where nothing is 0, 'not a number' or 'not a time';
    texts are a `Column`, where nothing is empty. PostgreSQL packs each column into one value."""
    kinds = _kinds(build)
    found = {name: [kind.listed(()) for kind in each] for name, each in kinds.items()}
    if (await session.connection()).dialect.name == "postgresql":
        for name, first, *others in await fetched(session, _packed(build), **values):
            if first is not None:
                found[name] = [
                    kind.unpacked(one) for kind, one in zip(kinds[name], (first, *others), strict=False)
                ]  # fmt: skip
        return found
    rows_of: defaultdict[str, list[Any]] = defaultdict(list)
    rows_of[next(iter(kinds))] += await fetched(session, _first(build), **values)
    for name, *row in await fetched(session, _others(build), **values):
        rows_of[name].append(row)
    for name, listed in rows_of.items():
        each = zip(*listed, strict=True)
        found[name] = [kind.listed(one) for kind, one in zip(kinds[name], each, strict=False)] or found[name]
    return found


class Kind(NamedTuple):
    """How a column of one kind travels: `packed` says what PostgreSQL makes one value of, bytes for each; `unpacked` is
    the column of that, `listed` the column of a driver's values."""

    packed: Callable[[Any], Any]
    unpacked: Callable[[bytes], Any]
    listed: Callable[[Sequence[Any]], Any]


# A roster rarely changes between two suggestions: texts that come again are not looked at one by one again.


@lru_cache(maxsize=48)  # a dozen of a unit
def _texts(packed: bytes) -> Column:
    """No text in PostgreSQL holds a zero."""
    return alike(packed.decode().split("\0"))


@lru_cache(maxsize=48)
def _listed_texts(listed: tuple[str | None, ...]) -> Column:
    return alike([one or "" for one in listed])


SINCE_1970 = 946_684_800_000_000  # PostgreSQL counts microseconds from the year 2000
NOTHING = np.iinfo(np.int64).min  # its '-infinity', numpy's 'not a time'


def _moments(packed: bytes) -> NDArray[np.datetime64]:
    counted = np.frombuffer(packed, ">i8").astype(np.int64)
    return np.where(counted == NOTHING, NOTHING, counted + SINCE_1970).view("M8[us]")


def _packed_moments(column: Any) -> Any:
    return _joined(func.timestamptz_send(func.coalesce(column, written("'-infinity'"))))


def _packed_floats(column: Any) -> Any:
    return _joined(func.float8send(func.coalesce(column, written("'NaN'"))))


def _packed_wholes(column: Any) -> Any:
    return _joined(func.int8send(cast(func.coalesce(column, 0), BigInteger)))


def _packed_bools(column: Any) -> Any:
    return _joined(func.boolsend(func.coalesce(column, written("false"))))


def _packed_texts(column: Any) -> Any:
    return _joined(func.textsend(func.coalesce(column, "")), "\\x00")


def _joined(sent: Any, between: str = "") -> Any:
    return func.string_agg(sent, written(f"'{between}'::bytea"))


MOMENT = Kind(_packed_moments, _moments, lambda listed: np.array(listed, "M8[us]"))
FLOAT = Kind(
    _packed_floats,
    lambda packed: np.frombuffer(packed, ">f8").astype(float),
    lambda listed: np.array(listed, float),
)
WHOLE = Kind(
    _packed_wholes,
    lambda packed: np.frombuffer(packed, ">i8").astype(np.int64),
    lambda listed: np.array([one or 0 for one in listed], np.int64),
)
BOOL = Kind(
    _packed_bools,
    lambda packed: np.frombuffer(packed, "?"),
    lambda listed: np.array(listed, bool),
)
TEXT = Kind(_packed_texts, _texts, _listed_texts)


def _as_text(value: Any) -> Any:
    """As SQLite keeps it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else value


@cache
def _kinds(build: Callable[[], Mapping[str, Select[Any]]]) -> dict[str, list[Kind]]:
    return {name: [_kind(one.type) for one in part.selected_columns] for name, part in build().items()}


def _kind(of: Any) -> Kind:
    for type_, kind in ((UtcDateTime, MOMENT), (Float, FLOAT), (Integer, WHOLE), (Boolean, BOOL)):
        if isinstance(of, type_):
            return kind
    return TEXT


@cache
def _packed(build: Callable[[], Mapping[str, Select[Any]]]) -> Callable[[], Executable]:
    """One row for each select."""
    kinds, parts = _kinds(build), build()

    def packed(name: str, columns: Iterable[Any]) -> list[Any]:
        return [kind.packed(column) for kind, column in zip(kinds[name], columns, strict=True)]

    in_order = dict(parts) | {next(iter(parts)): _first(build)()}
    statement = union_all(*_as_wide(in_order, packed, cast(null(), LargeBinary)))
    return lambda: statement


@cache
def _first(build: Callable[[], Mapping[str, Select[Any]]]) -> Callable[[], Select[Any]]:
    """The first select, in the order of its first column."""
    part = next(iter(build().values()))
    statement = part.order_by(*part.selected_columns[:1])
    return lambda: statement


@cache
def _others(build: Callable[[], Mapping[str, Select[Any]]]) -> Callable[[], Executable]:
    """All rows of the other selects, for SQLite: its columns may hold anything. The first is by itself, or all of these
    would be as wide: each value of nothing costs as much as another."""
    _name, *others = build().items()
    statement = union_all(*_as_wide(dict(others), lambda _name, columns: columns, null()))
    return lambda: statement


def _as_wide(
    parts: Mapping[str, Select[Any]], put: Callable[[str, Iterable[Any]], Iterable[Any]], nothing: Any
) -> Iterator[Select[Any]]:
    """Each select's name and what is put for its columns, with nothing behind them where another one has more."""
    tables = {name: part.subquery() for name, part in parts.items()}
    most = max(len(table.columns) for table in tables.values())
    for name, table in tables.items():
        yield select(written(f"'{name}'"), *put(name, table.columns), *[nothing] * (most - len(table.columns)))


def _for_driver(build: Callable[[], Executable], dialect: Dialect, values: dict[str, Any]) -> tuple[str, list[Any]]:
    """The text of a statement, and its values in their order."""
    sizes = tuple((name, len(value) if isinstance(value, list) else None) for name, value in values.items())
    statement, names, constants = _written_out(build, dialect, sizes)
    listed = {f"{name}_{n}": one for name, size in sizes if size is not None for n, one in enumerate(values[name], 1)}
    known = constants | values | listed
    return statement, [known[name] for name in names]


@lru_cache(maxsize=64)
def _written_out(
    build: Callable[[], Executable], dialect: Dialect, sizes: tuple[tuple[str, int | None], ...]
) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """The text with its lists written out (a_1, a_2 …), the names of its values in their order, and the values that
    are always the same."""
    statement: Any = build()
    known = {name: None if size is None else list(range(size)) for name, size in sizes}
    state = statement.compile(dialect=dialect).construct_expanded_state(known)
    return state.statement, tuple(state.positiontup or ()), dict(state.parameters)
