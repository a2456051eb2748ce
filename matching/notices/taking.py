"""Taking the Steps that are due from their own rows, and putting them away once they are announced."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Integer, Select, Table, any_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from matching.db import UtcDateTime
from matching.notices.resolving import Fact
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step
from matching.services.model import Service

R = ServiceRequest
STEPS: Table = Step.__table__  # type: ignore[attr-defined]
STEP = [*Fact._fields[: Fact._fields.index("step_unit_id")], "unit_id", "detail"]
OF_ITS_REQUEST: tuple[Any, ...] = (
    *(R.filed_at, R.home_unit_id, R.unit_id, R.emergency, Service.name, Service.name_en, R.partner_id),
)


def due(at: Any) -> ColumnElement[bool]:
    """What waits to be announced; the partial index `steps_to_announce` answers it.

    One that was never tried is due whatever it says: the clock of who made it may have been ahead, and only a pause
    after a failure is meant to be kept.
    """
    rested: ColumnElement[bool] = (STEPS.c.next_try_at <= at) | (STEPS.c.tries == 0)
    return STEPS.c.next_try_at.is_not(None) & rested


def _facts(*further: ColumnElement[bool]) -> Select[Any]:
    """The Steps are taken first and by themselves: joined with their requests the planner may read all that are due."""
    wanted = due(bindparam("at", type_=UtcDateTime))
    first = (
        select(STEPS)
        .where(wanted, *further)
        .order_by(STEPS.c.next_try_at, STEPS.c.id)
        .limit(bindparam("most", type_=Integer))
    )
    taken = first.with_for_update(skip_locked=True).cte("taken")
    return (
        select(*(taken.c[name] for name in STEP), *OF_ITS_REQUEST)
        .join(R, col(R.id) == taken.c.request_id)
        .join(Service, col(Service.id) == col(R.service_id))
        .order_by(taken.c.next_try_at, taken.c.id)
    )


DUE, ONLY = _facts(), _facts(STEPS.c.id == bindparam("only"))  # made once: making them takes longer than asking
ANNOUNCED = update(STEPS).values(announced_at=bindparam("now"), next_try_at=None, trouble="")
THESE = STEPS.c.id == any_(bindparam("these", type_=ARRAY(BigInteger)))


async def take(connection: AsyncConnection, at: datetime, most: int, only: int | None = None) -> list[Fact]:
    """The first that are due, held against other workers until the transaction ends; what others hold is left out.

    `only`: just this Step, if it is due and free.
    """
    asked: dict[str, Any] = {"at": at, "most": most}
    if only is None:
        rows = await connection.execute(DUE, asked)
    else:
        rows = await connection.execute(ONLY, asked | {"only": only})
    return [Fact(*row) for row in rows]


async def put_away(connection: AsyncConnection, ids: Sequence[int], at: datetime) -> None:
    """They are announced."""
    if connection.dialect.name == "postgresql":
        await connection.execute(ANNOUNCED.where(THESE), {"now": at, "these": ids})
    else:
        await connection.execute(ANNOUNCED.where(STEPS.c.id.in_(ids)), {"now": at})
