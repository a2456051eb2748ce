"""Announcing: each Step that is due becomes a Notice for everybody concerned and a Delivery for each way they use.

Many Steps share one transaction, several workers share the Steps: each takes what the others do not hold. A Step and
what it becomes are committed together, and both tables refuse a second row, so that who is killed half-way or runs
beside another tells nobody twice.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col

from matching.db import Database, News, Work, away
from matching.errors import Unavailable
from matching.notices.model import Delivery, Notice
from matching.notices.resolving import Fact
from matching.notices.telling import Values, told
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step
from matching.services.model import Service

BATCH = 400
MOST = 50  # batches in one go; then others have their turn
FIRST_PAUSE, LONGEST_PAUSE, LAST_TRY = timedelta(seconds=10), timedelta(hours=1), 8
R = ServiceRequest
STEP = [*Fact._fields[: Fact._fields.index("step_unit_id")], "unit_id", "detail"]
OF_ITS_REQUEST: tuple[Any, ...] = (
    *(R.filed_at, R.home_unit_id, R.unit_id, R.emergency, Service.name, Service.name_en),
)

NOTICES = text(
    "INSERT INTO notice (root_id, person_id, step_id, request_id, words, at, repeats) "
    "SELECT *, 0 FROM unnest(CAST(:root_id AS bigint[]), CAST(:person_id AS bigint[]), CAST(:step_id AS bigint[]), "
    "CAST(:request_id AS bigint[]), CAST(:words AS varchar[]), CAST(:at AS timestamptz[])) ON CONFLICT DO NOTHING"
)

log = logging.getLogger("matching.notices")


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


def due(at: datetime) -> ColumnElement[bool]:
    """What waits to be announced; the partial index `steps_to_announce` answers it.

    One that was never tried is due whatever it says: the clock of who made it may have been ahead, and only a pause
    after a failure is meant to be kept.
    """
    return col(Step.next_try_at).is_not(None) & ((col(Step.next_try_at) <= at) | (col(Step.tries) == 0))


def due_facts(at: datetime, only: int | None = None) -> Select[Any]:
    """The next batch, held against other workers until the transaction ends; or only this one Step.

    The Steps are taken first and by themselves: joined with their requests the planner may read all that are due.
    """
    wanted = due(at) if only is None else due(at) & (col(Step.id) == only)
    first = select(Step.__table__).where(wanted).order_by(col(Step.next_try_at), col(Step.id)).limit(BATCH)  # type: ignore[attr-defined]
    taken = aliased(Step, first.with_for_update(skip_locked=True).cte("taken"))
    return (
        select(*(getattr(taken, name) for name in STEP), *OF_ITS_REQUEST)
        .join(R, col(R.id) == taken.request_id)
        .join(Service, col(Service.id) == col(R.service_id))
        .order_by(col(taken.next_try_at), col(taken.id))
    )


async def _batch(database: Database, work: Work, at: datetime, taken: list[int], only: int | None = None) -> None:
    """One transaction. `taken` hears which Steps it held, also when it fails then."""
    async with database.writing() as connection:
        facts = [Fact(*row) for row in await connection.execute(due_facts(at, only))]
        taken += [fact.id for fact in facts]
        if not facts:
            return
        notices, deliveries = await told(connection, facts, at)
        await _write_notices(connection, notices)
        await _write(connection, Delivery, deliveries)
        announced = {"announced_at": at, "next_try_at": None, "trouble": ""}
        await connection.execute(update(Step).where(col(Step.id).in_(taken)).values(announced))
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
