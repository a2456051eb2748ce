"""What the engine is told, read from the database in a handful of statements: plain rows, no objects of the ORM.

Somebody waits while a thousand members are weighed, so every statement reads only the columns it needs, and nothing is
read person by person. What the values mean stands in engine/model.py and docs/domain.md §11.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Executable, bindparam, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import AskDials
from matching.asks.model import Weights as Learnt
from matching.asks.reading import Besides, FreeHours, Skilled, besides, fetched, free_hours
from matching.asks.reading import people as people_rows
from matching.asks.wishes import AT_ONCE, spoken, window_of
from matching.clock import SHANGHAI, Calendar
from matching.engine.model import URGENCY_OF, Dials, Member, Place, Request, Span, Tally
from matching.engine.scoring import BUILT_IN, Weights, fade
from matching.requests.model import ServiceRequest
from matching.services.model import LICENCE, TIER_PACE, Service, Tier
from matching.units.model import Unit

AHEAD = timedelta(days=31)  # further on nobody's hours are worked out
UNASKED = Tally()
tally_of = lru_cache(maxsize=1 << 12)(Tally)  # few pairs of numbers, many people
NONE: Mapping[str, Tally] = MappingProxyType({})


class Facts(NamedTuple):
    """All that the engine needs to choose for one request."""

    request: Request
    members: list[Member]
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
    members = _members(found, more, free_hours(_days_of(request, at), row.calendar), at)
    return Facts(replace(request, asked=frozenset(asked | more.asked)), members, *await _set(session, row.root_id))


async def members_under(
    session: AsyncSession, root_id: int, path: str, at: datetime, until: datetime, *, calendar: Calendar,
    categories: Collection[str] = (), people: Collection[int] | None = None,
) -> list[Member]:  # fmt: skip
    """Everybody of the units at or below `path` who has not left, in the order of their ids.

    Free hours are worked out up to `until` (AHEAD at most), tallies read for these services (codes). Whoever may not
    take anything, for want of a member's role, is told to the engine as not active.
    """
    days = _days(at, until)
    more = await besides(session, root_id, at, days, categories)
    return _members(await people_rows(session, root_id, path, people), more, free_hours(days, calendar), at)


def _members(found: Sequence[Any], more: Besides, hours: FreeHours, at: datetime) -> list[Member]:
    skilled = Skilled(at.astimezone(SHANGHAI).date())
    houses: dict[str, Place] = {}
    members = []
    for (
        id_, unit_id, gender, status, building, listed, pattern, may, weekly, muted_until, cap, asked, accepted, recent,
        recent_at, last_asked,
    ) in found:  # fmt: skip
        free, away = hours.of(pattern, weekly, more.leaves.get(id_, ()))
        skills, licences, cleared = skilled.of(listed, status, more.registered.get(id_))
        place = houses.get(building) or houses.setdefault(building, Place(building))
        tally = tally_of(asked, accepted) if asked else UNASKED
        faded = fade(recent, at - recent_at) if recent_at else 0.0
        members.append(  # in the order of Member's fields: naming them takes as long as all the rest
            Member(
                id_, more.units[unit_id], bool(may), muted_until, skills, licences, gender, cleared, place, free, away,
                more.held.get(id_, ()), more.served.get(id_, 0.0), cap, tally, more.tallies.get(id_, NONE), faded,
                last_asked, id_ in more.waiting, unit_id,
            )
        )  # fmt: skip
    return members


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
