"""What members of the demo say of when they are free, and what the one who signs in is asked just now."""

from datetime import datetime, timedelta
from random import Random

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks import actions as asks
from matching.asks import availability
from matching.asks.weekly import Free
from matching.clock import SHANGHAI
from matching.demo import SEED
from matching.demo.cast import STAFF, Cast
from matching.errors import Invalid
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.requests import desk_actions
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded
from matching.requests.states import State

STATE, AWAY, MUTED, CAPPED = 0.12, 0.25, 0.04, 0.2  # share of members that say anything, and of those what
WORKDAYS, WEEKEND = range(5), (5, 6)
USUAL = (
    [Free(day, 12 * 60, 13 * 60 + 30) for day in WORKDAYS],  # at lunch
    [Free(day, 17 * 60 + 30, 20 * 60 + 30) for day in WORKDAYS],  # after work
    [Free(day, 12 * 60, 13 * 60 + 30) for day in WORKDAYS] + [Free(day, 9 * 60, 17 * 60) for day in WEEKEND],
    [Free(day, 14 * 60, 20 * 60) for day in (0, 2, 4)],
)
ASKED = timedelta(minutes=2)  # before now


async def state_hours(session: AsyncSession, people: Cast, now: datetime) -> int:
    """Some have hours of their own, a leave, a mute, a cap; returns how many. The member who signs in always has."""
    today, count = now.astimezone(SHANGHAI).date(), 0
    shown = _of(people, Role.member)
    for id_ in sorted(people.people):
        dice, by = Random(f"{SEED}/{id_}/free"), people.actors[id_]
        if id_ != shown.id and (dice.random() > STATE or people.people[id_].status == "left"):
            continue
        at = now - timedelta(days=dice.randint(3, 40))
        cap = dice.choice((4.0, 6.0, 8.0)) if dice.random() < CAPPED else None
        await availability.set_hours(session, dice.choice(USUAL), cap, by=by, at=at)
        if dice.random() < AWAY:
            first = today + timedelta(days=dice.randint(1 if by is shown else -2, 20))
            last = max(first, today) + timedelta(days=dice.randint(0, 6))
            await availability.add_leave(session, first, last, by=by, at=at)
        if by is not shown and dice.random() < MUTED:
            await availability.mute(session, now + timedelta(hours=dice.randint(2, 60)), by=by, at=now)
        count += 1
    return count


async def ask_the_member(session: AsyncSession, people: Cast, now: datetime) -> None:
    """The lead asks the demo's member, by hand, for what can wait longest of what their branch has not got done and the
    member is fit for. Where there is nothing of the kind the branch is given something."""
    member, lead = _of(people, Role.member), _of(people, Role.unit_lead)
    branch = people.units[lead.unit_id or 0]
    open_ones = select(ServiceRequest).where(
        ServiceRequest.root_id == people.root_id, col(ServiceRequest.state).in_((State.dispatched, State.accepted))
    )
    found = list((await session.exec(loaded(open_ones.order_by(col(ServiceRequest.id))))).unique())
    number = people.people[member.id or 0].member_no

    async def asked(row: ServiceRequest) -> bool:
        try:
            await asks.ask(session, row.number, [number], anyway=True, by=lead, at=max(now - ASKED, row.state_since))
        except Invalid:  # it takes a skill that they lack, or somebody else by what the requester wished
            return False
        return True

    theirs = [row for row in found if row.unit_id == branch.id and row.state == State.dispatched]
    able = [row for row in theirs if not row.is_claimed_by(member.id) and row.free_slots]
    for row in sorted(able, key=lambda row: (row.service.wave_spacing, row.filed_at), reverse=True):
        if await asked(row):
            return
    for row in sorted(found, key=lambda row: row.state_since):
        if row.state == State.accepted and not row.returns and not row.service.skills:
            at = max(now - 2 * ASKED, row.state_since)
            await desk_actions.dispatch(session, row.number, branch.code, by=people.dispatchers[0], at=at)
            if await asked(row):
                return


def _of(people: Cast, role: Role) -> Actor:
    person: Person = next(one for one in people.people.values() if one.member_no == STAFF[role][0])
    return people.actors[person.id or 0]
