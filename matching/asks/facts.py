"""What the engine is told, read from the database in one trip: plain columns, no objects of the ORM.

Somebody waits while a thousand members are weighed, so only the columns that are needed are read, and nothing is read
person by person. What the values mean stands in engine/model.py and docs/domain.md §11.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.crowds import crowd_of
from matching.asks.reading import free_hours, learnt_and_turned, told
from matching.asks.wishes import AT_ONCE, spoken, window_of
from matching.clock import SHANGHAI, Calendar
from matching.engine.crowd import Crowd
from matching.engine.model import URGENCY_OF, Dials, Place, Request, Span
from matching.engine.scoring import BUILT_IN, Weights
from matching.requests.model import ServiceRequest
from matching.services.model import LICENCE, TIER_PACE, Service, Tier

AHEAD = timedelta(days=31)  # further on nobody's hours are worked out


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
    days = _days_of(request, at)
    known = await told(
        session, row.root_id, row.unit.path, at, days, [request.category], only=people, request_id=request.id
    )
    members = crowd_of(known, free_hours(days, row.calendar), at)
    asked |= set(known["asked"][0].tolist())
    return Facts(replace(request, asked=frozenset(asked)), members, *_set(known))


async def members_under(
    session: AsyncSession, root_id: int, path: str, at: datetime, until: datetime, *, calendar: Calendar,
    categories: Collection[str] = (), people: Collection[int] | None = None,
) -> Crowd:  # fmt: skip
    """Everybody of the units at or below `path` who has not left, in the order of their ids.

    Free hours are worked out up to `until` (AHEAD at most), tallies read for these services (codes). Whoever may not
    take anything, for want of a member's role, is told to the engine as not active.
    """
    days = _days(at, until)
    known = await told(session, root_id, path, at, days, categories, only=people)
    return crowd_of(known, free_hours(days, calendar), at)


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
    return _set(await learnt_and_turned(session, root_id))[1]


async def is_automatic(session: AsyncSession, root_id: int) -> bool:
    """Whether waves start by themselves when a request is dispatched."""
    return _set(await learnt_and_turned(session, root_id))[2]


async def weights_of(session: AsyncSession, root_id: int) -> Weights:
    """The newest version of what was learnt, or what is built in."""
    return _set(await learnt_and_turned(session, root_id))[0]


def _set(known: Mapping[str, Sequence[Any]]) -> tuple[Weights, Dials, bool]:
    weights, dials = ([one.tolist()[0] for one in known[part] if len(one)] for part in ("weights", "dials"))
    return (
        Weights(*weights) if weights else BUILT_IN,
        Dials(*dials[:-1]) if dials else Dials(),
        dials[-1] if dials else True,
    )


def _days_of(request: Request, at: datetime) -> tuple[date, ...]:
    return _days(at, request.window.end if request.window else at)


def _days(at: datetime, until: datetime) -> tuple[date, ...]:
    """From yesterday, whose night shift may still last, to the day after `until`."""
    first = at.astimezone(SHANGHAI).date() - timedelta(days=1)
    last = min(until, at + AHEAD).astimezone(SHANGHAI).date() + timedelta(days=1)
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
