"""The database's side of facts, in one trip: people, what few of them have besides, what the hospital set.

Statuses stand in the text of a statement and not among its values, or its partial indexes could not serve it.
"""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, cast, func, or_, select
from sqlalchemy import literal_column as written
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.drivers import tables
from matching.asks.engagement import LONGEST, Engagement
from matching.asks.model import Ask, AskCount, AskDials, Availability, Leave, Licence
from matching.asks.model import Weights as Learnt
from matching.clock import DAY, SHANGHAI, Calendar
from matching.engine.availability import Hours
from matching.engine.model import Dials, Span
from matching.engine.scoring import Weights
from matching.people.model import Grant, Person
from matching.requests.claims import Claim
from matching.requests.model import ServiceRequest
from matching.services.model import LICENCE, Service
from matching.units.model import Unit

LATELY = timedelta(days=14)  # what counts as hours served lately
ROOT: Any = bindparam("root")
CLEARANCE = "儿童服务备案"  # the registration of who was trained for work with children


async def told(
    session: AsyncSession, root_id: int, path: str, at: datetime, days: Sequence[date], categories: Collection[str], *,
    only: Collection[int] | None = None, request_id: int = 0,
) -> dict[str, list[Any]]:  # fmt: skip
    """Everybody at or below `path` in the order of their ids (of these, if `only` is given), and what few people of the
    whole hospital have besides; see `besides`, `_people`, `_set`. Tallies of these services, and who was asked for
    that request, but for those who were thanked because others came first."""
    some = {} if only is None else {"only": list(only)}
    end = datetime.combine(days[-1] + DAY, time(), SHANGHAI)
    return await tables(
        session, _everything if only is None else _some, root=root_id, below=f"{path}%", since=at - LATELY, at=at,
        first=days[0], last=days[-1], lately=at - LONGEST, until=end, request=request_id, categories=list(categories),
        **some,
    )  # fmt: skip


async def learnt_and_turned(session: AsyncSession, root_id: int) -> dict[str, list[Any]]:
    """What the hospital learnt and turned; see `_set`."""
    return await tables(session, _set, root=root_id)


# Built once: that takes as long as running them.


@cache
def _everything() -> dict[str, Select[Any]]:
    return {"people": _people(), **besides(), **_set()}


@cache
def _some() -> dict[str, Select[Any]]:
    return _everything() | {"people": _people().where(col(Person.id).in_(bindparam("only", expanding=True)))}


def _people() -> Select[Any]:
    """What the roster knows, whether they may take anything, their own hours, how often they were asked."""
    granted = select(col(Grant.person_id)).where(
        col(Grant.root_id) == ROOT, col(Grant.role) == written("'member'"), col(Grant.revoked_at).is_(None)
    )
    below = select(col(Unit.id)).where(col(Unit.root_id) == ROOT, col(Unit.path).like(bindparam("below")))
    statement: Any = (
        select(
            col(Person.id), col(Person.unit_id), col(Person.gender), col(Person.status), col(Person.building),
            cast(col(Person.skills), String), col(Person.shift_pattern), col(Person.id).in_(granted).label("may"),
            cast(col(Availability.weekly), String).label("weekly"), col(AskCount.asked), col(AskCount.accepted),
            col(AskCount.recent), col(AskCount.recent_at), col(AskCount.last_asked),
        )
        .outerjoin(Availability, col(Availability.person_id) == col(Person.id))
        .outerjoin(AskCount, and_(col(AskCount.person_id) == col(Person.id), col(AskCount.category) == written("''")))
        .where(col(Person.root_id) == ROOT, col(Person.unit_id).in_(below), col(Person.status) != written("'left'"))
        .where(col(Person.partner_id).is_(None))
    )  # fmt: skip
    found: Select[Any] = statement
    return found


def besides() -> dict[str, Select[Any]]:
    """By what it is; a person's id comes first, but for the paths of all units."""
    request, claim = ServiceRequest, Claim
    theirs = col(claim.kind).in_([written("'member'"), written("'group'")])  # a whole branch's hours are nobody's own
    parts: dict[str, Any] = {
        "unit": select(col(Unit.id), col(Unit.path)).where(col(Unit.root_id) == ROOT),
        "said": select(col(Availability.person_id), col(Availability.muted_until), col(Availability.hours_cap)).where(
            col(Availability.root_id) == ROOT,
            or_(col(Availability.muted_until) > bindparam("at"), col(Availability.hours_cap).is_not(None)),
        ),
        "served": select(col(claim.person_id), func.sum(func.coalesce(col(claim.minutes), 0)))
        .where(
            col(claim.root_id) == ROOT, col(claim.status) == written("'done'"), theirs,
            col(claim.ended_at) > bindparam("since"), col(claim.ended_at) <= bindparam("at"),
        )
        .group_by(col(claim.person_id)),
        "held": select(
            col(claim.person_id), col(request.tier), col(Service.minutes), col(request.wanted_from),
            col(request.wanted_to),
        )
        .join(request, col(request.id) == col(claim.request_id))
        .join(Service, col(Service.id) == col(request.service_id))
        .where(
            col(claim.root_id) == ROOT, col(claim.status) == written("'active'"),
            col(request.state).in_([written("'dispatched'"), written("'in_progress'")]),
        ),
        "engaged": select(
            col(Engagement.person_id), col(Engagement.starts_at), col(Engagement.ends_at), col(Engagement.request_id)
        ).where(  # the index knows when they begin
            col(Engagement.root_id) == ROOT, col(Engagement.starts_at) > bindparam("lately"),
            col(Engagement.starts_at) < bindparam("until"), col(Engagement.ends_at) > bindparam("at"),
        ),
        # By the index of open asks, which knows no hospital: they are few, and all asks of one are many.
        "waiting": select(col(Ask.person_id)).where(
            col(Ask.root_id) + 0 == ROOT, col(Ask.answer) == written("'waiting'")
        ),
        "asked": select(col(Ask.person_id)).where(
            col(Ask.request_id) == bindparam("request"), col(Ask.answer) != written("'withdrawn'")
        ),
        "tally": select(col(AskCount.person_id), col(AskCount.category), col(AskCount.asked), col(AskCount.accepted))
        .where(col(AskCount.root_id) == ROOT, col(AskCount.category).in_(bindparam("categories", expanding=True))),
        "leave": select(col(Leave.person_id), cast(col(Leave.first_on), String), cast(col(Leave.last_on), String))
        .where(
            col(Leave.root_id) == ROOT, col(Leave.last_on) >= bindparam("first"),
            col(Leave.first_on) <= bindparam("last"),
        ),
        "registered": select(col(Licence.person_id), col(Licence.skill), cast(col(Licence.valid_until), String))
        .where(col(Licence.root_id) == ROOT),
    }  # fmt: skip
    return parts


@cache
def _set() -> dict[str, Select[Any]]:
    """The newest version of what was learnt, and what was turned: a row of each, or none."""
    learnt = [col(getattr(Learnt, name)) for name in Weights._fields]
    turned = [col(getattr(AskDials, name)) for name in (*Dials._fields, "automatic")]
    newest = select(*learnt).where(col(Learnt.root_id) == ROOT).order_by(col(Learnt.version).desc())
    return {
        "weights": newest.limit(written("1")),
        "dials": select(*turned).where(col(AskDials.root_id) == ROOT),
    }


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
