"""What the engine is told, read from the database in a handful of statements: plain rows, no objects of the ORM.

Somebody waits while a thousand members are weighed, so every statement reads only the columns it needs, and nothing is
read person by person. What the values mean stands in engine/model.py and docs/domain.md §11.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Answer, Ask, AskDials
from matching.asks.model import Weights as Learnt
from matching.asks.reading import FreeHours, Reading, Skilled
from matching.asks.reading import people as people_of
from matching.asks.wishes import AT_ONCE, spoken, window_of
from matching.clock import SHANGHAI, Calendar
from matching.engine.model import URGENCY_OF, Dials, Member, Place, Request, Span, Tally
from matching.engine.scoring import BUILT_IN, Weights, fade
from matching.requests.model import ServiceRequest
from matching.services.model import LICENCE, TIER_PACE, Service, Tier

AHEAD = timedelta(days=31)  # further on nobody's hours are worked out
UNASKED = Tally()
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
    request = engine_request(row, at, asked=await asked_for(session, row), slots=slots)
    members = await members_for(session, row, at, people=people)
    dials, automatic = await _turned(session, row.root_id)
    return Facts(request, members, await weights_of(session, row.root_id), dials, automatic)


async def members_for(
    session: AsyncSession, row: ServiceRequest, at: datetime, *, people: Collection[int] | None = None
) -> list[Member]:
    """The people of the unit that has the request, and of those below it, in the order of their ids."""
    window = engine_request(row, at).window
    return await members_under(
        session, row.root_id, row.unit.path, at, window.end if window else at, calendar=row.calendar,
        categories=[row.service.code], people=people,
    )  # fmt: skip


async def members_under(
    session: AsyncSession, root_id: int, path: str, at: datetime, until: datetime, *, calendar: Calendar,
    categories: Collection[str] = (), people: Collection[int] | None = None,
) -> list[Member]:  # fmt: skip
    """Everybody of the units at or below `path` who has not left, in the order of their ids.

    Free hours are worked out up to `until` (AHEAD at most), tallies read for these services (codes). Whoever may not
    take anything, for want of a member's role, is told to the engine as not active.
    """
    days = _days(at, until)
    read = Reading(session, root_id, at)
    rows = await read.rows(people_of(root_id, path, people))
    served, held, waiting = await read.served(), await read.held(), await read.waiting()
    tallies, leaves, registered = await read.tallies(categories), await read.leaves(days), await read.registered()
    hours, skilled = FreeHours(days, calendar), Skilled(at.astimezone(SHANGHAI).date())
    places: dict[str, Place] = {}
    members = []
    for one in rows:
        free, away = hours.of(one.shift_pattern, one.weekly, leaves.get(one.id, ()))
        skills, licences, cleared = skilled.of(one.skills, one.status, registered.get(one.id))
        place = places.get(one.building) or places.setdefault(one.building, Place(one.building))
        members.append(
            Member(
                id=one.id,
                unit_path=one.path,
                active=one.may is not None,
                muted_until=one.muted_until,
                skills=skills,
                licences=licences,
                gender=one.gender,
                cleared=cleared,
                place=place,
                free=free,
                away=away,
                commitments=held.get(one.id, ()),
                hours14=served.get(one.id, 0.0),
                hours_cap=one.hours_cap,
                tally=Tally(one.asked, one.accepted) if one.asked else UNASKED,
                categories=tallies.get(one.id, NONE),
                recent=fade(one.recent, at - one.recent_at) if one.recent_at else 0.0,
                last_asked=one.last_asked,
                waiting=one.id in waiting,
                branch=one.unit_id,
            )
        )
    return members


async def asked_for(session: AsyncSession, row: ServiceRequest) -> frozenset[int]:
    """Who was asked for it, or holds or held a slot of it: nobody is asked twice but who was thanked for nothing."""
    asks = select(col(Ask.person_id)).where(col(Ask.request_id) == row.id, col(Ask.answer) != Answer.withdrawn.value)
    found = await (await session.connection()).execute(asks)
    return frozenset(found.scalars()) | {claim.person_id for claim in row.claims}


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
    return (await _turned(session, root_id))[0]


async def is_automatic(session: AsyncSession, root_id: int) -> bool:
    """Whether waves start by themselves when a request is dispatched."""
    return (await _turned(session, root_id))[1]


async def weights_of(session: AsyncSession, root_id: int) -> Weights:
    """The newest version of what was learnt, or what is built in."""
    newest = select(col(Learnt.version), col(Learnt.intercept), col(Learnt.slope), col(Learnt.rate))
    newest = newest.where(col(Learnt.root_id) == root_id).order_by(col(Learnt.version).desc()).limit(1)
    found = (await (await session.connection()).execute(newest)).first()
    return Weights(*found) if found else BUILT_IN


async def _turned(session: AsyncSession, root_id: int) -> tuple[Dials, bool]:
    columns = [AskDials.__table__.c[name] for name in (*Dials._fields, "automatic")]  # type: ignore[attr-defined]
    found = (
        await (await session.connection()).execute(select(*columns).where(col(AskDials.root_id) == root_id))
    ).first()
    return (Dials(*found[:-1]), found[-1]) if found else (Dials(), True)


def _days(at: datetime, until: datetime) -> tuple[date, ...]:
    """From yesterday, whose night shift may still last, to the day after `until`."""
    first = at.astimezone(SHANGHAI).date() - timedelta(days=1)
    last = min(until, at + AHEAD).astimezone(SHANGHAI).date() + timedelta(days=1)
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
