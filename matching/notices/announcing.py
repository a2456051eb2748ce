"""Announcing: each Step that is due becomes a Notice for everybody concerned and a Delivery for each way they use.

Many Steps share one transaction, several workers share the Steps: each takes what the others do not hold. A Step and
what it becomes are committed together, and both tables refuse a second row, so that who is killed half-way or runs
beside another tells nobody twice.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col

from matching.db import Database, News, Work, away
from matching.errors import Unavailable
from matching.notices.model import Delivery, Notice
from matching.notices.resolving import Fact
from matching.notices.taking import due, put_away, take
from matching.notices.telling import Values, told
from matching.requests.steps import Step

BATCH = 500
MOST = 50  # batches in one go; then others have their turn
FIRST_PAUSE, LONGEST_PAUSE, LAST_TRY = timedelta(seconds=10), timedelta(hours=1), 8
log = logging.getLogger("matching.notices")
NOTICES = text(
    "INSERT INTO notice (root_id, person_id, step_id, request_id, words, at, repeats) "
    "SELECT *, 0 FROM unnest(CAST(:root_id AS bigint[]), CAST(:person_id AS bigint[]), CAST(:step_id AS bigint[]), "
    "CAST(:request_id AS bigint[]), CAST(:words AS varchar[]), CAST(:at AS timestamptz[])) ON CONFLICT DO NOTHING"
)


async def announce(database: Database, work: Work, at: datetime) -> int:
    """Announce what is due at `at`; returns how many Steps that were.

    A Step that fails is tried alone, then again after growing pauses, and given up after LAST_TRY tries: then it waits
    on the administrators' page. Raises Unavailable when the database is away, which counts as nobody's failure.
    """
    count = 0
    for _round in range(MOST):
        taken: list[int] = []
        try:
            await _batch(database, work, at, taken)
            count += len(taken)
        except Exception as error:
            _raise_if_away(error)
            if not taken:
                raise
            count += sum([await _alone(database, work, at, id_) for id_ in taken])
        if len(taken) < BATCH:
            break
    return count


def pause_after(tries: int) -> timedelta | None:
    """How long a Step rests after so many failures; None: it is given up."""
    return None if tries >= LAST_TRY else min(LONGEST_PAUSE, FIRST_PAUSE * 4 ** (tries - 1))


async def _batch(database: Database, work: Work, at: datetime, taken: list[int], only: int | None = None) -> None:
    """One transaction. `taken` hears which Steps it held, also when it fails then."""
    async with database.writing() as connection:
        facts = await take(connection, at, BATCH, only)
        taken += [fact.id for fact in facts]
        if not facts:
            return
        notices, deliveries = await told(connection, facts, at)
        await _write_notices(connection, notices)
        await _write(connection, Delivery, deliveries)
        await put_away(connection, taken, at)
    if notices:
        work.tell(_reached(facts, notices))


async def _alone(database: Database, work: Work, at: datetime, id_: int) -> bool:
    """Whether this Step could be announced by itself; if not, it keeps why, and when it is tried again."""
    taken: list[int] = []
    try:
        await _batch(database, work, at, taken, only=id_)
        return bool(taken)
    except Exception as error:
        _raise_if_away(error)
        trouble = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        log.warning("step=%d cannot be announced: %s", id_, type(error).__name__)
    async with database.writing() as connection:
        held = select(col(Step.tries)).where(col(Step.id) == id_, due(at)).with_for_update(skip_locked=True)
        tries = (await connection.execute(held)).scalar_one_or_none()
        if tries is not None:
            pause = pause_after(tries + 1)
            failed = {"tries": tries + 1, "trouble": trouble, "next_try_at": at + pause if pause else None}
            await connection.execute(update(Step).where(col(Step.id) == id_).values(failed))
    return False


async def _write_notices(connection: AsyncConnection, notices: Values) -> None:
    """As `_write`; on PostgreSQL as one list a column, which costs half as much."""
    if connection.dialect.name != "postgresql" or not notices:
        await _write(connection, Notice, notices)
        return
    lists = {name: [notice[name] for notice in notices] for name in notices[0]}
    await connection.execute(NOTICES, lists)


async def _write(connection: AsyncConnection, table: type[SQLModel], rows: Values) -> None:
    """Add the rows; one that is there already stays as it is."""
    if rows:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        await connection.execute(insert(table).on_conflict_do_nothing(), rows)


def _raise_if_away(error: Exception) -> None:
    if isinstance(error, OSError) or (isinstance(error, DBAPIError) and isinstance(away(error), Unavailable)):
        raise Unavailable() from error


def _reached(facts: Sequence[Fact], notices: Values) -> list[News]:
    """Whom each Step reached, so that their open pages count again."""
    people: dict[int, list[int]] = {}
    for notice in notices:
        people.setdefault(notice["step_id"], []).append(notice["person_id"])
    heard = [fact for fact in facts if fact.id in people]
    return [News(fact.root_id, fact.request_id, fact.verb, (), tuple(people[fact.id])) for fact in heard]
