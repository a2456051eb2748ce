"""The database's door: moments with their zone, no lost update, reads that never wait, races that end."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import literal, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import RETRIES, Database, UtcDateTime, Work
from matching.db.batches import Batch
from matching.db.group_commit import GroupCommit
from matching.errors import Stale, Unavailable, WrongState
from matching.units.model import Unit, UnitKind

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def unit(database: Database) -> int:
    """The id of a unit whose desk phone counts to zero."""
    return await Work(database)(add_unit, "DW")


async def add_unit(session: AsyncSession, code: str) -> int:
    unit = Unit(root_id=1, code=code, name="医院", kind=UnitKind.committee, path="/1/", desk_phone="0")
    session.add(unit)
    await session.flush()
    return unit.id or 0


async def phone(database: Database, unit: int) -> str:
    async with database.reading() as session:
        return (await session.get_one(Unit, unit)).desk_phone


# Moments


@pytest.mark.parametrize(
    "moment",
    [AT, AT.astimezone(timezone(timedelta(hours=8))), AT.replace(microsecond=123456), AT.replace(year=2099)],
)
async def test_a_moment_comes_back_as_it_was_in_utc(database: Database, moment: datetime):
    async with database.reading() as session:
        found = (await session.exec(select(stored(moment)))).one()
    assert found == moment
    assert found.tzinfo is UTC


async def test_a_moment_without_its_zone_is_refused(database: Database):
    with pytest.raises(StatementError, match="without its zone"):
        async with database.reading() as session:
            await session.exec(select(stored(datetime(2026, 3, 2, 10, 0))))  # noqa: DTZ001


async def test_no_moment_stays_none(database: Database):
    async with database.reading() as session:
        assert (await session.exec(select(stored(None)))).one() is None


def stored(moment: datetime | None) -> Any:
    return literal(moment, UtcDateTime)


# Writers


async def test_two_writers_lose_no_update_on_sqlite(database: Database, unit: int):
    """Two engines stand for two processes. Without BEGIN IMMEDIATE the second overwrites what the first wrote."""
    if not database.sqlite:
        return  # there a version or a lock of the row keeps it, see tests/requests/test_races.py
    other = Database(str(database.engine.url))

    async def count(session: AsyncSession) -> None:
        found = await session.get_one(Unit, unit)
        await asyncio.sleep(0.002)  # the other has every chance to read the same
        found.desk_phone = str(int(found.desk_phone) + 1)

    await asyncio.gather(*(Work(one)(count) for _ in range(10) for one in (database, other)))
    await other.close()
    assert await phone(database, unit) == "20"


async def test_readers_wait_for_no_writer_and_see_only_what_is_committed(database: Database, unit: int):
    written, read = asyncio.Event(), asyncio.Event()

    async def write(session: AsyncSession) -> None:
        (await session.get_one(Unit, unit)).desk_phone = "7"
        await session.flush()
        written.set()
        await read.wait()

    writer = asyncio.create_task(Work(database)(write))
    await written.wait()
    assert await phone(database, unit) == "0"  # it would hang here if readers waited
    read.set()
    await writer
    assert await phone(database, unit) == "7"


async def test_what_an_action_refuses_changes_nothing(database: Database, unit: int):
    async def refuse(session: AsyncSession) -> None:
        (await session.get_one(Unit, unit)).desk_phone = "7"
        await session.flush()
        raise WrongState("not_yet")

    with pytest.raises(WrongState):
        await Work(database)(refuse)
    assert await phone(database, unit) == "0"


async def test_foreign_keys_hold_on_both_engines(database: Database):
    async def orphan(session: AsyncSession) -> None:
        session.add(Unit(root_id=1, parent_id=999, code="ZB", name="支部", kind=UnitKind.branch))

    with pytest.raises(IntegrityError):
        await Work(database)(orphan)


async def test_a_word_that_is_not_in_the_list_is_refused_by_the_database(database: Database):
    async def add(session: AsyncSession) -> None:
        session.add(Unit(root_id=1, code="X", name="x", kind="club"))

    with pytest.raises(IntegrityError):
        await Work(database)(add)


# Races


async def test_a_lost_race_begins_again_from_what_is_true_now(database: Database, unit: int):
    rounds = []

    async def lose_once(session: AsyncSession) -> str:
        rounds.append(await session.get_one(Unit, unit))
        if len(rounds) == 1:
            raise StaleDataError
        return "done"

    assert await Work(database)(lose_once) == "done"
    assert rounds[0] is not rounds[1]  # read anew, in a new session


async def test_a_race_that_never_ends_is_told_as_busy(database: Database):
    rounds = []

    async def always_lose(session: AsyncSession) -> None:
        rounds.append(session)
        raise StaleDataError

    with pytest.raises(Stale) as error:
        await Work(database)(always_lose)
    assert (error.value.code, error.value.status) == ("busy", 409)
    assert len(rounds) == RETRIES


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite nobody comes in between
async def test_who_adds_the_same_row_second_begins_again_and_sees_the_first(database: Database):
    rounds = []

    async def add(session: AsyncSession) -> str:
        rounds.append(1)
        if (await session.exec(select(Unit).where(Unit.code == "A"))).first():
            return "it is there"
        if len(rounds) == 1:
            await Work(database)(add_unit, "A")
        return str(await add_unit(session, "A"))

    assert await Work(database)(add) == "it is there"
    assert len(rounds) == 2


async def test_what_a_constraint_refuses_twice_is_no_race(database: Database):
    await Work(database)(add_unit, "A")
    with pytest.raises(IntegrityError):
        await Work(database)(add_unit, "A")


# Away


@pytest.fixture
def nobody_listens() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"postgresql+asyncpg://postgres@127.0.0.1:{probe.getsockname()[1]}/none"


async def test_when_the_server_is_away_work_says_so_and_that_it_may_be_tried_again(nobody_listens: str):
    database = Database(nobody_listens)
    with pytest.raises(Unavailable) as error:
        await Work(database)(add_unit, "A")
    assert (error.value.status, error.value.retry_after) == (503, 5)
    await database.close()


async def test_when_the_server_is_away_everybody_in_the_batch_hears_it(nobody_listens: str):
    database = Database(nobody_listens)
    desk = GroupCommit(database, Batch(on_postgres=write_nothing, on_sqlite=lambda _cursor, rows: rows))
    answers = await asyncio.gather(*(desk(row) for row in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    await database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_connection_cut_in_the_middle_is_unavailable_and_the_next_one_works(database: Database, unit: int):
    async def cut(session: AsyncSession) -> None:
        (pid,) = (await session.execute(text("SELECT pg_backend_pid()"))).one()
        async with database.writing() as other:
            await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        (await session.get_one(Unit, unit)).desk_phone = "7"

    with pytest.raises(Unavailable):
        await Work(database)(cut)
    assert await phone(database, unit) == "0"
    assert await Work(database)(add_unit, "A") > 0


async def write_nothing(connection: Any, rows: list[int]) -> list[int]:
    await connection.execute(text("SELECT 1"))
    return rows
