"""Asking people: the rows, the Step that tells them, and their counts, in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.counts import note_asked
from matching.asks.model import Ask, Purpose, Wave
from matching.engine.scoring import Suggestion
from matching.people.actor import Actor, Kind
from matching.requests.acting import done
from matching.requests.model import ServiceRequest


async def send(
    session: AsyncSession, request: ServiceRequest, wave: Wave, chosen: Sequence[Suggestion], *, target: float,
    weights: int, by: Actor, at: datetime,
) -> list[Ask]:  # fmt: skip
    """Ask the chosen for what the wave seeks. Whoever was asked for something else meanwhile is left out.

    `target`: how sure the wave makes that what is open is filled, 0 for one that a lead chose. The request is held.
    """
    rows = [
        Ask(
            root_id=request.root_id, request_id=request.id or 0, person_id=one.member.id,
            category=request.service.code, purpose=wave.purpose, wave=wave.wave,
            by_id=by.id if by.kind is Kind.person else None, asked_at=at, p=one.p, weights=weights,
            parts=one.parts | one.equity,
        )
        for one in sorted(chosen, key=lambda one: one.member.id)  # in one order, so that nobody waits in a ring
    ]  # fmt: skip
    people = await _added(session, rows)
    if not people and wave.purpose != Purpose.helper:
        return []
    await note_asked(session, request.root_id, people, at)
    if wave.purpose == Purpose.helper:
        done(session, request, request.offer_helper(people, by, at))
    else:
        done(session, request, request.ask(people, wave.purpose, wave.wave, target, by, at))
    asks = select(Ask).where(Ask.request_id == request.id, Ask.asked_at == at, col(Ask.person_id).in_(people))
    return list(await session.exec(asks.order_by(col(Ask.id))))


async def _added(session: AsyncSession, rows: Sequence[Ask]) -> list[int]:
    """Whom the database let us ask: nobody has two open asks, nobody is asked twice."""
    if not rows:
        return []
    await session.flush()
    connection = await session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = [row.model_dump(exclude={"id"}) for row in rows]
    added = insert(Ask).values(values).on_conflict_do_nothing().returning(col(Ask.person_id))
    return sorted((await connection.execute(added)).scalars())
