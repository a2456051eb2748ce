"""The database's side of facts: one statement for people, few rows for the rest; and what a person's rows come to."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Executable, Select, String, and_, cast, func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Answer, Ask, AskCount, Availability, Leave, Licence
from matching.asks.wishes import AT_ONCE, window_of
from matching.clock import Calendar
from matching.engine.availability import Hours
from matching.engine.model import Span, Tally
from matching.people.model import Grant, Person, Role
from matching.requests.claims import Claim, ClaimerKind, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.states import State
from matching.services.model import LICENCE, TIER_PACE, Service, Tier
from matching.units.model import Unit

LATELY = timedelta(days=14)  # what counts as hours served lately
CLEARANCE = "儿童服务备案"  # the registration of who was trained for work with children


def people(root_id: int, path: str, only: Collection[int] | None) -> Select[Any]:
    """One row a person: what the roster knows, what they said of themselves, how often they were asked."""
    granted: Select[Any] = select(col(Grant.person_id).label("id")).where(
        col(Grant.root_id) == root_id, col(Grant.role) == Role.member.value, col(Grant.revoked_at).is_(None)
    )
    may = granted.distinct().subquery("may")
    statement = (
        select(
            col(Person.id), col(Person.unit_id), col(Unit.path), col(Person.gender), col(Person.status),
            col(Person.building), cast(col(Person.skills), String).label("skills"), col(Person.shift_pattern),
            may.c.id.label("may"),
            cast(col(Availability.weekly), String).label("weekly"), col(Availability.muted_until),
            col(Availability.hours_cap),
            col(AskCount.asked), col(AskCount.accepted), col(AskCount.recent), col(AskCount.recent_at),
            col(AskCount.last_asked),
        )
        .join(Unit, col(Unit.id) == col(Person.unit_id))
        .outerjoin(may, may.c.id == col(Person.id))
        .outerjoin(Availability, col(Availability.person_id) == col(Person.id))
        .outerjoin(AskCount, and_(col(AskCount.person_id) == col(Person.id), col(AskCount.category) == ""))
        .where(col(Person.root_id) == root_id, col(Unit.path).startswith(path), col(Person.status) != "left")
        .order_by(col(Person.id))
    )  # fmt: skip
    return statement if only is None else statement.where(col(Person.id).in_(only))


class Reading:
    """The smaller reads of a whole hospital: few rows each, since most people hold, wait for and did nothing lately."""

    def __init__(self, session: AsyncSession, root_id: int, at: datetime) -> None:
        self.session, self.root_id, self.at = session, root_id, at

    async def rows(self, statement: Executable) -> Sequence[Any]:
        """Past the ORM, which takes as long again."""
        return (await (await self.session.connection()).execute(statement)).all()

    async def served(self) -> dict[int, float]:
        """Hours in the last 14 days. What a whole branch or department took is not one person's."""
        minutes = func.sum(func.coalesce(col(Claim.minutes), 0))
        theirs = col(Claim.kind).in_((ClaimerKind.member, ClaimerKind.group))
        statement = select(col(Claim.person_id), minutes).where(
            col(Claim.root_id) == self.root_id, col(Claim.status) == ClaimStatus.done.value, theirs,
            col(Claim.ended_at) > self.at - LATELY, col(Claim.ended_at) <= self.at,
        )  # fmt: skip
        return {id_: float(sum_) / 60 for id_, sum_ in await self.rows(statement.group_by(col(Claim.person_id)))}

    async def held(self) -> dict[int, tuple[Span, ...]]:
        """When somebody is at what they hold already: at the appointed time, or now if it is urgent."""
        statement = (
            select(
                col(Claim.person_id), col(ServiceRequest.wanted_from), col(ServiceRequest.wanted_to),
                col(ServiceRequest.tier), col(Service.minutes),
            )
            .join(ServiceRequest, col(ServiceRequest.id) == col(Claim.request_id))
            .join(Service, col(Service.id) == col(ServiceRequest.service_id))
            .where(
                col(Claim.root_id) == self.root_id, col(Claim.status) == ClaimStatus.active.value,
                col(ServiceRequest.state).in_((State.dispatched, State.in_progress)),
            )
        )  # fmt: skip
        spans: dict[int, tuple[Span, ...]] = defaultdict(tuple)
        for id_, start, end, tier, own in await self.rows(statement):
            minutes = own or TIER_PACE[Tier(tier)].minutes
            span, whole = window_of(start, end, minutes, self.at)
            if span is None and tier in AT_ONCE:
                spans[id_] += (Span(self.at, self.at + timedelta(minutes=minutes)),)
            elif span is not None and whole:  # else the two find a time that suits
                spans[id_] += (span,)
        return spans

    async def waiting(self) -> set[int]:
        """Who has an ask that is not answered yet."""
        statement = select(col(Ask.person_id)).where(
            col(Ask.root_id) == self.root_id, col(Ask.answer) == Answer.waiting.value
        )
        return {id_ for (id_,) in await self.rows(statement)}

    async def tallies(self, categories: Collection[str]) -> dict[int, dict[str, Tally]]:
        """How often somebody was asked for these services."""
        statement = select(col(AskCount.person_id), col(AskCount.category), col(AskCount.asked), col(AskCount.accepted))
        statement = statement.where(col(AskCount.root_id) == self.root_id, col(AskCount.category).in_(categories))
        found: dict[int, dict[str, Tally]] = {}
        for id_, category, asked, accepted in await self.rows(statement) if categories else ():
            found.setdefault(id_, {})[category] = Tally(asked, accepted)
        return found

    async def leaves(self, days: tuple[date, ...]) -> dict[int, tuple[tuple[date, date], ...]]:
        """Whole days off that touch these days."""
        statement = select(col(Leave.person_id), col(Leave.first_on), col(Leave.last_on)).where(
            col(Leave.root_id) == self.root_id, col(Leave.last_on) >= days[0], col(Leave.first_on) <= days[-1]
        )
        found: dict[int, tuple[tuple[date, date], ...]] = defaultdict(tuple)
        for id_, first_on, last_on in await self.rows(statement.order_by(col(Leave.first_on))):
            found[id_] += ((first_on, last_on),)
        return found

    async def registered(self) -> dict[int, dict[str, date]]:
        """Registrations that somebody looked up, with their last days."""
        statement = select(col(Licence.person_id), col(Licence.skill), col(Licence.valid_until))
        found: dict[int, dict[str, date]] = {}
        for id_, skill, last in await self.rows(statement.where(col(Licence.root_id) == self.root_id)):
            found.setdefault(id_, {})[skill] = last
        return found


class FreeHours:
    """Free hours over these days. Most people share a shift pattern, so each is worked out once."""

    def __init__(self, days: tuple[date, ...], calendar: Calendar) -> None:
        self.hours = Hours(days, calendar)
        self._known: dict[Any, tuple[tuple[Span, ...], tuple[Span, ...]]] = {}

    def of(
        self, pattern: str, weekly: str | None, leaves: tuple[tuple[date, date], ...]
    ) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        key = (pattern, weekly, leaves)
        known = self._known.get(key)
        if known is None:
            own = json.loads(weekly) if weekly else None  # JSON's null as well: no hours of their own
            known = self._known[key] = self.hours.of(pattern, own, leaves)
        return known


Skills = tuple[frozenset[str], frozenset[str], bool]  # valid today, of these licensed, cleared for children


class Skilled:
    """What the roster's skills and the registrations come to on a day. Most people have none looked up."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._known: dict[tuple[str, bool], Skills] = {}

    def of(self, skills: str, status: str, registered: dict[str, date] | None) -> Skills:
        key = (skills, status == "serving")
        known = self._known.get(key)
        if known is None:
            listed = frozenset(json.loads(skills))
            licences = frozenset(skill for skill in listed if skill.startswith(LICENCE))
            known = self._known[key] = listed, licences if status == "serving" else frozenset(), False
        if registered is None:
            return known
        listed, licences, _none = known
        valid = {skill for skill, last in registered.items() if last >= self.today}
        ended = registered.keys() - valid
        return listed | valid - {CLEARANCE}, licences - ended | valid, CLEARANCE in valid
