"""What did not get out: Steps that could not be announced, messages that failed or whose fate nobody knows.

For administrators of the whole hospital, who may have each tried again, or all of them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import NEWS, News
from matching.errors import NotAllowed, NotSeen
from matching.notices.model import Delivery, Endpoint, Fate
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Person, Role
from matching.requests.model import ServiceRequest
from matching.requests.row import number_of
from matching.requests.steps import Step

SHOWN = 100  # of each kind: who has more has one trouble, and `retry_all` is for that


class Kind(StrEnum):
    """Which of the two it is; the words of addresses."""

    steps = "steps"
    deliveries = "deliveries"


@dataclass(frozen=True)
class Stuck:
    """One that waits for somebody to look. `again`: when it is tried by itself, None: never."""

    kind: Kind
    id: int
    number: str  # of the request; '' for a post
    verb: str  # of the Step, or of what the message tells; '' for a post
    way: str  # '' for a Step
    to: str  # a person's or an endpoint's name; '' for a requester or a Step
    fate: Fate
    trouble: str
    tries: int
    at: datetime  # of the Step, or when the message was written
    again: datetime | None = None


@dataclass(frozen=True)
class Outbox:
    """The newest of each kind; `more` says that there are others."""

    steps: list[Stuck]
    deliveries: list[Stuck]
    more: bool


async def outbox(session: AsyncSession, *, by: Actor) -> Outbox:
    """What is stuck in the hospital of `by`. Raises NotAllowed."""
    _may(by)
    steps = [_of_step(*row) for row in await session.exec(_steps(by))]
    deliveries = [_of_delivery(*row) for row in await session.exec(_deliveries(by))]
    more = len(steps) > SHOWN or len(deliveries) > SHOWN
    return Outbox(steps[:SHOWN], deliveries[:SHOWN], more)


async def retry(session: AsyncSession, kind: Kind, id_: int, *, by: Actor, at: datetime) -> int:
    """Have one tried at once, with all its tries again; returns how many that were, none when somebody was quicker.

    Raises NotAllowed; NotSeen when the hospital has no such row.
    """
    _may(by)
    table: type[Step | Delivery] = Step if kind is Kind.steps else Delivery
    there = await session.exec(select(table.id).where(table.id == id_, table.root_id == by.root_id))
    if there.first() is None:
        raise NotSeen()
    return await _again(session, kind, col(table.id) == id_, by=by, at=at)


async def retry_all(session: AsyncSession, *, by: Actor, at: datetime) -> int:
    """Have everything tried at once that is stuck; returns how many that were. Raises NotAllowed."""
    _may(by)
    return sum([await _again(session, kind, None, by=by, at=at) for kind in Kind])


def _may(by: Actor) -> None:
    if not by.holds(Role.administrator, path=f"/{by.root_id}/"):
        raise NotAllowed()


async def _again(
    session: AsyncSession, kind: Kind, only: ColumnElement[bool] | None, *, by: Actor, at: datetime
) -> int:
    table, stuck = (Step, _stuck_steps(by)) if kind is Kind.steps else (Delivery, _stuck_deliveries(by))
    values: dict[str, Any] = {"tries": 0, "next_try_at": at, "trouble": ""}
    if table is Delivery:
        values["fate"] = Fate.waiting.value
    wanted = stuck if only is None else stuck & only
    ids = (await session.exec(update(table).where(wanted).values(values).returning(col(table.id)))).all()
    if ids:
        some = ", ".join(str(id_) for (id_,) in ids[:10])
        note(session, "retry_outbox", f"{kind} {len(ids)}: {some}", by=by, at=at)
        # It wakes the workers, and nobody's page: no unit and no person is named.
        session.info.setdefault(NEWS, []).append(News(by.root_id, 0, "retry_outbox", ()))
    return len(ids)


def _stuck_steps(by: Actor) -> ColumnElement[bool]:
    """The partial index `steps_in_trouble` answers it."""
    return (col(Step.root_id) == by.root_id) & col(Step.announced_at).is_(None) & (col(Step.tries) > 0)


def _stuck_deliveries(by: Actor) -> ColumnElement[bool]:
    return (col(Delivery.root_id) == by.root_id) & col(Delivery.fate).in_((Fate.unsure, Fate.dead))


def _steps(by: Actor) -> Any:
    found = select(Step, ServiceRequest.filed_at).join(ServiceRequest, col(ServiceRequest.id) == Step.request_id)
    return found.where(_stuck_steps(by)).order_by(col(Step.id).desc()).limit(SHOWN + 1)


def _deliveries(by: Actor) -> Any:
    found = select(Delivery, Person.name, Endpoint.name)
    found = found.outerjoin(Person, col(Person.id) == Delivery.person_id)
    found = found.outerjoin(Endpoint, col(Endpoint.id) == Delivery.endpoint_id)
    return found.where(_stuck_deliveries(by)).order_by(col(Delivery.id).desc()).limit(SHOWN + 1)


def _of_step(step: Step, filed_at: datetime) -> Stuck:
    fate = Fate.dead if step.next_try_at is None else Fate.waiting
    number = number_of(step.request_id or 0, filed_at)
    return Stuck(
        Kind.steps, step.id or 0, number, step.verb, "", "", fate, step.trouble, step.tries, step.at, step.next_try_at
    )


def _of_delivery(delivery: Delivery, person: str | None, endpoint: str | None) -> Stuck:
    number, verb = (delivery.said.get(name, "") for name in ("number", "verb"))
    return Stuck(
        Kind.deliveries, delivery.id or 0, number, verb, delivery.way, person or endpoint or "", Fate(delivery.fate),
        delivery.trouble, delivery.tries, delivery.at,
    )  # fmt: skip
