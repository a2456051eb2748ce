"""Who could take a request and why, through the eyes of whoever has to find somebody; and why somebody could not."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Executable, bindparam, false, or_
from sqlalchemy import select as sql_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.drivers import fetched
from matching.asks.facts import facts_for, members_under
from matching.engine.eligible import Refusal, Rule, eligible
from matching.engine.model import Member
from matching.engine.scoring import Suggestion, ranked
from matching.errors import NotAllowed, WrongState
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.requests.model import ServiceRequest
from matching.requests.policy import MAY, may
from matching.requests.queries import visible_request
from matching.requests.states import MOVES, STATES, VERBS, State
from matching.units.model import Unit

TOP, MOST = 5, 20
MOST_FOUND = 10  # people that a look-up by name gives


class Somebody(NamedTuple):
    """What a list says of a person."""

    id: int
    member_no: str
    name: str
    department: str


@dataclass(frozen=True)
class Suggested:
    """One person with the engine's reasons."""

    person: Somebody
    suggestion: Suggestion


@dataclass(frozen=True)
class Suggestions:
    """The best `k` of those who could; `fit` of `of` people of the unit could at all, `kept` says how many each rule
    keeps off."""

    request: ServiceRequest
    best: list[Suggested]
    fit: int
    of: int
    kept: dict[Rule, int]


@dataclass(frozen=True)
class WhyNot:
    """What the engine says of somebody who was looked up: the rule that keeps them off the list, or their place."""

    person: Person
    unit: Unit
    refusal: Refusal | None
    place: int = 0  # on the list, from 1
    suggestion: Suggestion | None = None


async def suggestions(session: AsyncSession, number: str, k: int = TOP, *, by: Actor, at: datetime) -> Suggestions:
    """The best for it, by rank. Raises NotSeen, NotAllowed, WrongState where nobody is sought."""
    row = await visible_request(session, number, by)
    refuse_unless_theirs(by, row)
    return await suggestions_for(session, row, k, at)


async def suggestions_for(session: AsyncSession, row: ServiceRequest, k: int, at: datetime) -> Suggestions:
    """The same for a request that is at hand, whoever looks on."""
    facts = await facts_for(session, row, at)
    fit, refused = eligible(facts.request, facts.members, at, facts.dials)
    first = ranked(facts.request, fit, at, k, facts.weights, facts.dials)
    people = await _people(session, [one.member.id for one in first])
    best = [Suggested(people[one.member.id], one) for one in first]
    kept = Counter(map(attrgetter("rule"), refused.values()))
    return Suggestions(row, best, len(fit), len(facts.members), dict(kept.most_common()))


async def why_not(session: AsyncSession, number: str, person: str, *, by: Actor, at: datetime) -> list[WhyNot]:
    """Those of the units that `by` leads or dispatches for whose number this is, or whose name holds it: MOST_FOUND at
    most, those of the unit that has it first. Raises NotSeen, NotAllowed, WrongState."""
    row = await visible_request(session, number, by)
    refuse_unless_theirs(by, row)
    found = await _looked_up(session, row, by, person.strip())
    if not found:
        return []
    facts = await facts_for(session, row, at)
    fit, refused = eligible(facts.request, facts.members, at, facts.dials)
    strangers = {one.id or 0 for one, _unit in found} - set(facts.members.column("id").each())
    refused |= eligible(facts.request, await _others(session, row, strangers, at), at, facts.dials).refused
    order = ranked(facts.request, fit, at, len(fit), facts.weights, facts.dials)
    places = {one.member.id: (place, one) for place, one in enumerate(order, 1)}
    answers = []
    for one, unit in found:
        place, suggestion = places.get(one.id or 0, (0, None))
        answers.append(WhyNot(one, unit, refused.get(one.id or 0), place, suggestion))
    return answers


def may_see_who(by: Actor, row: ServiceRequest) -> bool:
    """Who may ask somebody for it may see whom there is to ask: leads of its unit and dispatchers."""
    return may("ask", by, row)


def is_sought(row: ServiceRequest) -> bool:
    """Whether there is anybody to look for: a slot, somebody to stand in, or a second pair of hands."""
    return row.state in MOVES["ask"].leaves


def refuse_unless_theirs(by: Actor, row: ServiceRequest) -> None:
    """Raises NotAllowed, WrongState."""
    if not may_see_who(by, row):
        raise NotAllowed
    if not is_sought(row):
        raise WrongState("wrong_state", state=STATES[State(row.state)], verb=VERBS["ask"])


async def _looked_up(session: AsyncSession, row: ServiceRequest, by: Actor, wanted: str) -> list[tuple[Person, Unit]]:
    paths = by.paths(*(role for role in Role if role in MAY["ask"]))
    if not wanted or not paths:
        return []
    statement = (
        select(Person, Unit)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(Person.root_id == by.root_id, Person.status != "left", col(Person.partner_id).is_(None))
        .where(or_(false(), *(col(Unit.path).startswith(path) for path in paths)))
        .where(or_(col(Person.member_no) == wanted, col(Person.name).contains(wanted, autoescape=True)))
    )
    here = col(Unit.path).startswith(row.unit.path)  # first who could come at all
    return list(await session.exec(statement.order_by(here.desc(), col(Person.id)).limit(MOST_FOUND)))


async def _others(session: AsyncSession, row: ServiceRequest, ids: Collection[int], at: datetime) -> Sequence[Member]:
    """People of other units, of whom only that is to be said."""
    if not ids:
        return []
    return await members_under(session, row.root_id, "/", at, at, calendar=row.calendar, people=ids)


async def _people(session: AsyncSession, ids: Collection[int]) -> dict[int, Somebody]:
    found = await fetched(session, _names, ids=list(ids)) if ids else ()
    return {one[0]: Somebody(*one) for one in found}


@cache
def _names() -> Executable:
    columns = [col(getattr(Person, name)) for name in Somebody._fields]
    return sql_select(*columns).where(col(Person.id).in_(bindparam("ids", expanding=True)))
