"""Moving an installation from SQLite to PostgreSQL: every row of every table, in one transaction, compared afterwards.

The source is locked against writers while it is read, and never changed. Nothing of a copy that was interrupted stays.
The folder of photos is not the database's: it is copied by hand (docs/operations.md).
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import asyncpg
from sqlalchemy import Table, func, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching import migrations
from matching.db import Database
from matching.privacy.codes import code_hash, query_code
from matching.privacy.sealed import Sealer, Unreadable
from matching.requests.model import RequestSecret, ServiceRequest
from matching.upkeep.summing import Sum

BATCH = 1000  # rows that are in memory at once
REPORT_EACH = 50_000  # rows


class CannotCopy(Exception):
    """Nothing was copied; says why, in Chinese and English."""


@dataclass(frozen=True)
class Secrets:
    """What the new installation signs and seals with: it must be what the old one did."""

    pepper: bytes
    sealer: Sealer


async def copy(source: Database, target: Database, secrets: Secrets, progress: Callable[[str], None]) -> int:
    """Copy all tables and return how many rows there were. Both databases have this release's tables.

    Raises CannotCopy when the source is of another release, the target holds anything, the secrets are not those of
    the source, a row does not fit, or what arrived is not what was sent; then the target is as it was.
    """
    tables = migrations.all_tables().sorted_tables  # parents before children
    total = 0
    async with source.writing() as reading, target.writing() as writing:
        await _refuse_unfit(reading, writing, tables, secrets)
        for table in tables:
            sent = Sum()
            try:
                await _copy_table(reading, writing, table, sent, progress)
            except asyncpg.PostgresError as error:
                raise CannotCopy(
                    f"{table.name}：{type(error).__name__}（有一行放不进去 a row does not fit）"
                ) from error
            arrived = Sum()
            async for row in _rows(writing, table):
                arrived.add(row)
            if arrived != sent:
                raise CannotCopy(f"{table.name}：写入后核对不一致 (arrived differently): {sent} / {arrived}")
            await _continue_counting(writing, table)
            progress(f"{table.name}  {sent.rows}  {sent.digest[:16]}")
            total += sent.rows
        await writing.execute(text("ANALYZE"))
    return total


async def _refuse_unfit(
    reading: AsyncConnection, writing: AsyncConnection, tables: list[Table], secrets: Secrets
) -> None:
    async with AsyncSession(reading) as session:
        if not await migrations.is_current(session):
            raise CannotCopy("来源数据库还不是这个版本的，请先对它运行 matching migrate (source is not migrated)")
        await _refuse_other_secrets(session, secrets)
    for table in tables:
        if (await writing.execute(table.select().limit(1))).first() is not None:
            raise CannotCopy(f"目标数据库不是空的 (the target is not empty): {table.name}")


async def _refuse_other_secrets(session: AsyncSession, secrets: Secrets) -> None:
    """The newest request tells: its code follows from the signing secret, its contacts open with a sealing key."""
    newest = select(ServiceRequest.filing_key, ServiceRequest.code_hash).order_by(col(ServiceRequest.id).desc())
    request = (await session.exec(newest.limit(1))).first()
    if request is not None:
        filing_key, kept = request
        if code_hash(secrets.pepper, query_code(secrets.pepper, filing_key)) != kept:
            raise CannotCopy("MATCHING_SECRET 不是原来的那一个，查询码会全部失效 (not the source's secret)")
    join = col(ServiceRequest.id) == RequestSecret.request_id
    found = select(RequestSecret.sealed, ServiceRequest.filing_key).join(ServiceRequest, join)
    sealed = (await session.exec(found.order_by(col(RequestSecret.request_id).desc()).limit(1))).first()
    if sealed is not None:
        try:
            secrets.sealer.open(*sealed)
        except Unreadable as error:
            raise CannotCopy("MATCHING_SEALING_KEYS 打不开原有的联系方式 (not the source's keys)") from error


async def _copy_table(
    reading: AsyncConnection, writing: AsyncConnection, table: Table, sent: Sum, progress: Callable[[str], None]
) -> None:
    """By COPY: one statement, so that a row may name another of the same table, and no trigger on changes fires."""
    dialect = writing.dialect
    binds = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]

    async def records() -> AsyncIterator[tuple[object, ...]]:
        async for row in _rows(reading, table):
            sent.add(row)
            if sent.rows % REPORT_EACH == 0:
                progress(f"{table.name}  {sent.rows} …")
            yield tuple(value if bind is None else bind(value) for bind, value in zip(binds, row, strict=True))

    driver = (await writing.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.copy_records_to_table(table.name, records=records(), columns=[each.name for each in table.columns])


async def _rows(connection: AsyncConnection, table: Table) -> AsyncIterator[tuple[object, ...]]:
    async with connection.stream(table.select(), execution_options={"yield_per": BATCH}) as rows:
        async for row in rows:
            yield tuple(row)


async def _continue_counting(writing: AsyncConnection, table: Table) -> None:
    """New rows get ids after the copied ones."""
    key = table.primary_key.columns.values()
    if len(key) == 1 and key[0].type.python_type is int:
        sequence = func.pg_get_serial_sequence(table.name, key[0].name)
        newest = select(func.setval(sequence, func.max(key[0]))).where(sequence.is_not(None)).having(func.count() > 0)
        await writing.execute(newest)
