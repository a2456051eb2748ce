"""What the engine is told, read from the database in a handful of statements: plain rows, no objects of the ORM.

Somebody waits while a thousand members are weighed, so every statement reads only the columns it needs, and nothing is
read person by person. What the values mean stands in engine/model.py and docs/domain.md §11.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from math import isnan
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import numpy as np
from sqlalchemy import Executable, bindparam, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.drivers import fetched
from matching.asks.model import AskDials
from matching.asks.model import Weights as Learnt
from matching.asks.reading import Besides, FreeHours, Skilled, besides, free_hours
from matching.asks.reading import people as people_rows
from matching.asks.wishes import AT_ONCE, spoken, window_of
from matching.clock import SHANGHAI, Calendar
from matching.engine.crowd import Column, Crowd, Moments, counted, mostly, own, together
from matching.engine.model import URGENCY_OF, Dials, Place, Request, Span, Tally
from matching.engine.scoring import BUILT_IN, Weights, fade
from matching.requests.model import ServiceRequest
from matching.services.model import LICENCE, TIER_PACE, Service, Tier
from matching.units.model import Unit

T = TypeVar("T")
AHEAD = timedelta(days=31)  # further on nobody's hours are worked out
UNASKED = Tally()
NONE: Mapping[str, Tally] = MappingProxyType({})


class Facts(NamedTuple):
    """All that the engine needs to choose for one request."""

    request: Request
    members: Crowd
    weights: Weights
    dials: Dials
    automatic: bool  # whether waves start at the dispatch


async def facts_for(
    session: AsyncSession, row: ServiceRequest, at: datetime, *, people: Collection[int] | None = None,
    slots: int | None = None,
) -> Facts:  # fmt: skip
    """Everything for one request (its unit, service, spot and claims loaded). `people` keeps these ids only; `slots`
    says how many are sought where it is not the free ones (somebody in place of a claimer)."""
    asked = {claim.person_id for claim in row.claims}
    request = engine_request(row, at, slots=slots)
    more = await besides(session, row.root_id, at, _days_of(request, at), [request.category], request.id)
    found = await people_rows(session, row.root_id, row.unit.path, people)
    members = _crowd(found, more, free_hours(_days_of(request, at), row.calendar), at)
    return Facts(replace(request, asked=frozenset(asked | more.asked)), members, *await _set(session, row.root_id))


async def members_under(
    session: AsyncSession, root_id: int, path: str, at: datetime, until: datetime, *, calendar: Calendar,
    categories: Collection[str] = (), people: Collection[int] | None = None,
) -> Crowd:  # fmt: skip
    """Everybody of the units at or below `path` who has not left, in the order of their ids.

    Free hours are worked out up to `until` (AHEAD at most), tallies read for these services (codes). Whoever may not
    take anything, for want of a member's role, is told to the engine as not active.
    """
    days = _days(at, until)
    more = await besides(session, root_id, at, days, categories)
    return _crowd(await people_rows(session, root_id, path, people), more, free_hours(days, calendar), at)


def _crowd(found: Sequence[Any], more: Besides, hours: FreeHours, at: datetime) -> Crowd:
    (
        ids, units, genders, statuses, buildings, listed, patterns, may, weekly, muted, caps, asked, accepted, recent,
        recent_at, last_asked,
    ) = found  # fmt: skip
    known, count = ids.tolist(), len(ids)
    places = {id_: place for place, id_ in enumerate(known)}

    def placed(told: Mapping[int, T]) -> dict[int, T]:
        """By place instead of id; what is told of the whole hospital is kept for these people."""
        return {places[id_]: one for id_, one in told.items() if id_ in places}

    today = at.astimezone(SHANGHAI).date()
    skilled, able = _able(listed, statuses, today)
    able = able.but(
        {
            place: Skilled(today).of(skilled.at(place)[0], skilled.at(place)[1], dates)
            for place, dates in placed(more.registered).items()
        }
    )
    usual, times = _free(patterns, weekly, hours)
    times = times.but(
        {
            place: hours.of(usual.at(place)[0], usual.at(place)[1], leaves)
            for place, leaves in placed(more.leaves).items()
        }
    )
    unit = counted(units)
    ages = (np.datetime64(at.astimezone(UTC).replace(tzinfo=None)) - recent_at).tolist()
    faded = [0.0 if age is None else fade(asks, age) for asks, age in zip(recent.tolist(), ages, strict=True)]
    silence = Moments(muted)
    columns = {
        "id": own(known),
        "unit_path": unit.made(more.units.__getitem__),
        "active": counted(may).made(bool),
        "muted_until": mostly(
            None, count, {place: silence[place] for place in np.flatnonzero(~np.isnat(muted)).tolist()}
        ),
        "skills": able.made(lambda one: one[0]),
        "licences": able.made(lambda one: one[1]),
        "gender": genders,
        "cleared": able.made(lambda one: one[2]),
        "place": buildings.made(Place),
        "free": times.made(lambda one: one[0]),
        "away": times.made(lambda one: one[1]),
        "commitments": mostly((), count, placed(more.held)),
        "hours14": mostly(0.0, count, placed(more.served)),
        "hours_cap": counted(caps).made(lambda cap: None if isnan(cap) else cap),
        "tally": together([counted(asked), counted(accepted)]).made(lambda one: Tally(*one) if one[0] else UNASKED),
        "categories": mostly(NONE, count, placed(more.tallies)),
        "recent": own(faded),
        "last_asked": own(Moments(last_asked)),
        "waiting": mostly(False, count, {places[id_]: True for id_ in more.waiting if id_ in places}),
        "branch": unit,
    }
    return Crowd(columns, count)


# A roster that has not changed comes as the same columns (drivers.py), of which the same follows.


@lru_cache(maxsize=8)
def _able(listed: Column, statuses: Column, today: date) -> tuple[Column, Column]:
    """Skills with the status, and what they come to that day where nothing else is registered."""
    skilled, valid = together([listed, statuses]), Skilled(today)
    return skilled, skilled.made(lambda one: valid.of(one[0], one[1], None))


@lru_cache(maxsize=8)
def _free(patterns: Column, weekly: Column, hours: FreeHours) -> tuple[Column, Column]:
    """Patterns with own hours, and when that is free where nobody is on leave."""
    usual = together([patterns, weekly])
    return usual, usual.made(lambda one: hours.of(one[0], one[1], ()))


def engine_request(
    row: ServiceRequest, at: datetime, *, asked: Collection[int] = frozenset(), slots: int | None = None
) -> Request:
    """The request as the engine sees it. A service names skills of which any one will do: one group."""
    service = row.service
    minutes = minutes_of(service, row.tier)
    window, whole = window_of(row.wanted_from, row.wanted_to, minutes, at)
    deadline = row.handle_due_at if row.handle_due_at and row.handle_due_at > at else None
    if window is None and row.tier not in AT_ONCE:
        window, whole = Span(at, deadline or at + AHEAD), False
    elif window is not None and deadline is not None:
        deadline = max(deadline, window.end)  # a wheelchair wished for tomorrow is not too late tomorrow
    return Request(
        id=row.id or 0,
        category=service.code,
        unit_path=row.unit.path,
        urgency=URGENCY_OF[row.tier],
        skills=(frozenset(service.skills),) if service.skills else (),
        licensed=frozenset(skill for skill in service.skills if skill.startswith(LICENCE)),
        place=Place(row.spot.building if row.spot else ""),
        window=window,
        whole=whole,
        minutes=minutes,
        slots=row.free_slots if slots is None else slots,
        deadline=deadline,
        gender=row.helper_gender,
        dialect=spoken(row.need, row.lang, service.skills),
        strict_gender=row.gender_strict,
        for_child=row.for_minor,
        asked=frozenset(asked),
        spacing=spacing_of(service, row.tier),
    )


def minutes_of(service: Service, tier: str) -> int:
    """How long one volunteer usually serves: the service's own, else as the tier that the dispatcher chose."""
    return service.minutes or TIER_PACE[Tier(tier)].minutes


def spacing_of(service: Service, tier: str) -> timedelta:
    """How long members have to answer: the service's own, else as the tier that the dispatcher chose."""
    return timedelta(minutes=service.spacing or TIER_PACE[Tier(tier)].spacing)


async def dials_of(session: AsyncSession, root_id: int) -> Dials:
    """What the hospital turned, or the defaults."""
    return (await _set(session, root_id))[1]


async def is_automatic(session: AsyncSession, root_id: int) -> bool:
    """Whether waves start by themselves when a request is dispatched."""
    return (await _set(session, root_id))[2]


async def weights_of(session: AsyncSession, root_id: int) -> Weights:
    """The newest version of what was learnt, or what is built in."""
    return (await _set(session, root_id))[0]


async def _set(session: AsyncSession, root_id: int) -> tuple[Weights, Dials, bool]:
    """What the hospital learnt and turned, in one statement."""
    found = tuple((await fetched(session, _set_statement, root=root_id))[0])
    learnt = len(Weights._fields)
    weights, dials = found[:learnt], found[learnt:]
    return (
        BUILT_IN if weights[0] is None else Weights(*weights),
        Dials() if dials[0] is None else Dials(*dials[:-1]),
        dials[-1] is None or bool(dials[-1]),
    )


@cache
def _set_statement() -> Executable:
    learnt = [col(getattr(Learnt, name)) for name in Weights._fields]
    turned = [col(getattr(AskDials, name)) for name in (*Dials._fields, "automatic")]
    return (
        select(*learnt, *turned)
        .select_from(Unit)
        .outerjoin(Learnt, col(Learnt.root_id) == col(Unit.id))
        .outerjoin(AskDials, col(AskDials.root_id) == col(Unit.id))
        .where(col(Unit.id) == bindparam("root"))
        .order_by(col(Learnt.version).desc())
        .limit(1)
    )


def _days_of(request: Request, at: datetime) -> tuple[date, ...]:
    return _days(at, request.window.end if request.window else at)


def _days(at: datetime, until: datetime) -> tuple[date, ...]:
    """From yesterday, whose night shift may still last, to the day after `until`."""
    first = at.astimezone(SHANGHAI).date() - timedelta(days=1)
    last = min(until, at + AHEAD).astimezone(SHANGHAI).date() + timedelta(days=1)
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
