"""The waiting list of a request that is full: who comes first has the slot that comes free."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.facts import facts_for
from matching.asks.model import Place, Waiting
from matching.engine.eligible import eligible
from matching.engine.model import Member, Span
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests.acting import done
from matching.requests.model import ServiceRequest
from matching.requests.states import State

LIVING = frozenset({State.dispatched, State.in_progress, State.parked})  # a slot may still come free
EVER = timedelta(days=366)


async def in_line(session: AsyncSession, request_id: int | None) -> list[Waiting]:
    """Who waits, the first in line first."""
    line = select(Waiting).where(Waiting.request_id == request_id, Waiting.place == Place.waiting)
    return list(await session.exec(line.order_by(col(Waiting.id))))


async def move_up(session: AsyncSession, request: ServiceRequest, at: datetime) -> bool:
    """Give free slots to those who wait; returns whether anything changed. The request is held.

    Who cannot come any more (left, was moved to another unit, took something else at that time, wants no asks now) is
    passed over and keeps their place.
    """
    line = await in_line(session, request.id)
    if request.state not in LIVING:
        for row in line:
            row.place = Place.left
        return bool(line)
    changed = False
    for row in line:
        if request.is_claimed_by(row.person_id):  # by another way
            row.place, changed = Place.moved_up, True
    line = [row for row in line if row.place == Place.waiting]
    if not line or not request.can("move_up") or not request.free_slots:
        return changed
    could = await _could_come(session, request, [row.person_id for row in line], at)
    for row in line:
        if row.person_id in could and request.can("move_up") and request.free_slots:
            person = await session.get_one(Person, row.person_id)
            done(session, request, request.move_up(person, Actor.system(request.root_id), at))
            row.place, changed = Place.moved_up, True
    return changed


async def _could_come(session: AsyncSession, request: ServiceRequest, people: list[int], at: datetime) -> set[int]:
    """Those whom no rule that still matters keeps off. They offered to come, so that neither their usual hours nor how
    much they were asked is looked at any more."""
    await session.flush()
    facts = await facts_for(session, request, at, people=people)
    wanted = replace(facts.request, asked=frozenset(), deadline=None)
    members = [replace(at_any_hour(member, at), waiting=False) for member in facts.members]
    return {member.id for member in eligible(wanted, members, at, facts.dials).fit}


def at_any_hour(member: Member, at: datetime) -> Member:
    """As if they were free whenever it is, and had neither served nor been asked lately."""
    always = (Span(at - EVER, at + EVER),)
    return replace(member, free=always, away=(), hours14=0.0, hours_cap=None, recent=0.0)
