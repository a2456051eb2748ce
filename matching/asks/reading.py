"""The database's side of facts, in three statements: people, what few of them have besides, what the hospital set.

Rows are unpacked in order: reading a row's columns by name takes longer than the database does.
Statuses stand in the text of a statement and not among its values, or its partial indexes could not serve it.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Float,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy import literal_column as written
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.drivers import columns, fetched, moment
from matching.asks.model import Ask, AskCount, Availability, Leave, Licence
from matching.asks.wishes import AT_ONCE, window_of
from matching.clock import Calendar
from matching.db import BIG, UtcDateTime
from matching.engine.availability import Hours
from matching.engine.model import Span, Tally
from matching.people.model import Grant, Person
from matching.requests.claims import Claim
from matching.requests.model import ServiceRequest
from matching.services.model import LICENCE, TIER_PACE, Service, Tier
from matching.units.model import Unit

LATELY = timedelta(days=14)  # what counts as hours served lately
CLEARANCE = "儿童服务备案"  # the registration of who was trained for work with children


async def people(session: AsyncSession, root_id: int, path: str, only: Collection[int] | None) -> list[Any]:
    """Columns, one value a person at or below `path` in the order of their ids: what the roster knows, whether they may
    take anything, what they said of themselves, how often they were asked. `only` keeps these ids. Moments are numpy's.
    """
    if only is None:
        return await columns(session, _people, root=root_id, below=f"{path}%")
    return await columns(session, _some_people, root=root_id, below=f"{path}%", only=list(only))


@cache
def _people() -> Select[Any]:
    """Built once: that takes as long as running it."""
    root: Any = bindparam("root")
    granted = select(col(Grant.person_id)).where(
        col(Grant.root_id) == root, col(Grant.role) == written("'member'"), col(Grant.revoked_at).is_(None)
    )
    below = select(col(Unit.id)).where(col(Unit.root_id) == root, col(Unit.path).like(bindparam("below")))
    statement: Any = (
        select(
            col(Person.id), col(Person.unit_id), col(Person.gender), col(Person.status), col(Person.building),
            cast(col(Person.skills), String), col(Person.shift_pattern), col(Person.id).in_(granted).label("may"),
            cast(col(Availability.weekly), String).label("weekly"), col(Availability.muted_until),
            col(Availability.hours_cap), col(AskCount.asked), col(AskCount.accepted), col(AskCount.recent),
            col(AskCount.recent_at), col(AskCount.last_asked),
        )
        .outerjoin(Availability, col(Availability.person_id) == col(Person.id))
        .outerjoin(AskCount, and_(col(AskCount.person_id) == col(Person.id), col(AskCount.category) == written("''")))
        .where(col(Person.root_id) == root, col(Person.unit_id).in_(below), col(Person.status) != written("'left'"))
        .where(col(Person.partner_id).is_(None))
        .order_by(col(Person.id))
    )  # fmt: skip
    found: Select[Any] = statement
    return found


@cache
def _some_people() -> Select[Any]:
    return _people().where(col(Person.id).in_(bindparam("only", expanding=True)))


@dataclass
class Besides:
    """What few people have, by their id: hours served lately, what they hold, an ask that waits, tallies by service,
    leaves, registrations with their last days. `asked`: who was asked for the request, but for those who were thanked
    because others came first. `units`: the paths of all units."""

    served: dict[int, float] = field(default_factory=dict)
    held: dict[int, tuple[Span, ...]] = field(default_factory=lambda: defaultdict(tuple))
    waiting: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)
    tallies: dict[int, dict[str, Tally]] = field(default_factory=dict)
    leaves: dict[int, tuple[tuple[date, date], ...]] = field(default_factory=lambda: defaultdict(tuple))
    registered: dict[int, dict[str, date]] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)


async def besides(
    session: AsyncSession, root_id: int, at: datetime, days: Sequence[date], categories: Collection[str],
    request_id: int = 0,
) -> Besides:  # fmt: skip
    """Of the whole hospital, in one statement; tallies of these services, and who was asked for this request."""
    found = Besides()
    read = await fetched(
        session, _all, root=root_id, since=at - LATELY, at=at, first=days[0], last=days[-1], request=request_id,
        categories=list(categories),
    )  # fmt: skip
    for what, id_, word, last, number, more, start, end in read:
        match what:
            case "tally":  # first, for most are
                found.tallies.setdefault(id_, {})[word] = Tally(int(number), more)
            case "unit":
                found.units[id_] = word
            case "served":
                found.served[id_] = number / 60
            case "held":
                minutes = number or TIER_PACE[Tier(word)].minutes
                window, whole = window_of(moment(start), moment(end), int(minutes), at)
                if window is None and word in AT_ONCE:
                    found.held[id_] += (Span(at, at + timedelta(minutes=minutes)),)
                elif window is not None and whole:  # else the two find a time that suits both
                    found.held[id_] += (window,)
            case "waiting":
                found.waiting.add(id_)
            case "asked":
                found.asked.add(id_)
            case "leave":
                found.leaves[id_] += ((date.fromisoformat(word), date.fromisoformat(last)),)
            case "registered":
                found.registered.setdefault(id_, {})[word] = date.fromisoformat(last)
    return found


@cache
def _all() -> Executable:
    """(what, person, word, last, number, more, start, end): each part fills what it needs. Built once."""
    root: Any = bindparam("root")
    request = ServiceRequest
    theirs = col(Claim.kind).in_([written("'member'"), written("'group'")])  # a whole branch's hours are nobody's own
    served = _part("served", Claim.person_id, number=func.sum(func.coalesce(col(Claim.minutes), 0))).where(
        col(Claim.root_id) == root, col(Claim.status) == written("'done'"), theirs,
        col(Claim.ended_at) > bindparam("since"), col(Claim.ended_at) <= bindparam("at"),
    )  # fmt: skip
    held = _part(
        "held", Claim.person_id, word=col(request.tier), number=col(Service.minutes),
        start=col(request.wanted_from), end=col(request.wanted_to),
    )  # fmt: skip
    held = held.join(request, col(request.id) == col(Claim.request_id))
    held = held.join(Service, col(Service.id) == col(request.service_id)).where(
        col(Claim.root_id) == root, col(Claim.status) == written("'active'"),
        col(request.state).in_([written("'dispatched'"), written("'in_progress'")]),
    )  # fmt: skip
    return union_all(
        _part("unit", Unit.id, word=col(Unit.path)).where(col(Unit.root_id) == root),
        served.group_by(col(Claim.person_id)),
        held,
        # By the index of open asks, which knows no hospital: they are few, and all asks of one are many.
        _part("waiting", Ask.person_id).where(col(Ask.root_id) + 0 == root, col(Ask.answer) == written("'waiting'")),
        _part("asked", Ask.person_id).where(
            col(Ask.request_id) == bindparam("request"), col(Ask.answer) != written("'withdrawn'")
        ),
        _part(
            "tally", AskCount.person_id, word=col(AskCount.category), number=col(AskCount.asked),
            more=col(AskCount.accepted),
        ).where(col(AskCount.root_id) == root, col(AskCount.category).in_(bindparam("categories", expanding=True))),
        _part("leave", Leave.person_id, word=_day(Leave.first_on), last=_day(Leave.last_on)).where(
            col(Leave.root_id) == root, col(Leave.last_on) >= bindparam("first"),
            col(Leave.first_on) <= bindparam("last"),
        ),
        _part("registered", Licence.person_id, word=col(Licence.skill), last=_day(Licence.valid_until)).where(
            col(Licence.root_id) == root
        ),
    )  # fmt: skip


def _part(
    what: str, person: Any, *, word: Any = "", last: Any = "", number: Any = None, more: Any = None,
    start: Any = None, end: Any = None,
) -> Select[Any]:  # fmt: skip
    return select(
        written(f"'{what}'", String).label("what"),
        type_coerce(col(person), BIG).label("person"),
        cast(word, String).label("word"),
        cast(last, String).label("last"),
        cast(null() if number is None else number, Float).label("number"),
        cast(null() if more is None else more, Integer).label("more"),
        (cast(null(), UtcDateTime) if start is None else start).label("start"),
        (cast(null(), UtcDateTime) if end is None else end).label("end"),
    )


def _day(of: Any) -> ColumnElement[str]:
    return cast(col(of), String)


@lru_cache(maxsize=8)
def free_hours(days: tuple[date, ...], calendar: Calendar) -> "FreeHours":
    """Kept between two suggestions: members' own hours are read each time, and rarely others than a moment ago. An
    amended calendar is another one."""
    return FreeHours(days, calendar)


class FreeHours:
    """Free hours over these days, each kind worked out once."""

    def __init__(self, days: tuple[date, ...], calendar: Calendar) -> None:
        self.hours = Hours(days, calendar)
        self._known: dict[Any, tuple[tuple[Span, ...], tuple[Span, ...]]] = {}

    def of(
        self, pattern: str, weekly: str | None, leaves: tuple[tuple[date, date], ...]
    ) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Free and away spans of whoever has this pattern, these hours of their own (as JSON) and these leaves."""
        key = (pattern, weekly, leaves)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.hours.of(pattern, _own(weekly), leaves)
        return known


Skills = tuple[frozenset[str], frozenset[str], bool]  # valid today, of these licensed, cleared for children


class Skilled:
    """What the roster's skills and the registrations come to on a day."""

    def __init__(self, today: date) -> None:
        self.today = today

    def of(self, skills: str, status: str, registered: dict[str, date] | None) -> Skills:
        """Of whoever has these skills (as JSON) in the roster. Those who serve keep their registrations up; of the
        retired it must be known (docs/domain.md §7)."""
        known = _listed(skills, status == "serving")
        if registered is None:
            return known
        listed, licences, _cleared = known
        valid = {skill for skill, last in registered.items() if last >= self.today}
        ended = registered.keys() - valid
        return listed | valid - {CLEARANCE}, licences - ended | valid, CLEARANCE in valid


# The texts are few and come again with every suggestion.


@lru_cache(maxsize=1 << 12)
def _listed(skills: str, serving: bool) -> Skills:
    listed = frozenset(json.loads(skills))
    return listed, frozenset(one for one in listed if serving and one.startswith(LICENCE)), False


@lru_cache(maxsize=1 << 12)
def _own(weekly: str | None) -> list[list[int]] | None:
    own: list[list[int]] | None = json.loads(weekly) if weekly else None  # JSON's null too: no hours of their own
    return own
