"""Partners among thousands: narrowed, in keyset pages, with how many there are; and those that a few words may mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import NotAllowed
from matching.partners.model import Agreement, Partner
from matching.partners.policy import may_see_all
from matching.partners.queries import agreements_of
from matching.partners.standing import WARN, Standing, newest, standing
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.states import OPEN
from matching.units.model import Unit

Key = tuple[int, str]  # whether it is open (1 or 0), and its code
HALTED = (Standing.ending, Standing.over, Standing.none)
"""An agreement that needs somebody."""


@dataclass(frozen=True)
class Sought:
    """What the list is narrowed to; '' and () mean everything. `text` stands in the name, the code or is a short name;
    `standings` are of those that are built with; `path` is of a unit: the paired branch is it or below it."""

    text: str = ""
    kind: str = ""
    standings: tuple[Standing, ...] = ()
    path: str = ""


@dataclass(frozen=True)
class Listed:
    """A partner as the list shows it; `asking` counts what it asked and is still open."""

    partner: Partner
    unit: Unit
    agreements: Sequence[Agreement]
    agreement: Agreement | None
    standing: Standing
    asking: int


@dataclass(frozen=True)
class Found:
    """A page of the list; the keys to go on from and to go back from, None at its ends; how many there are in all."""

    rows: list[Listed]
    total: int
    older: Key | None
    newer: Key | None


async def partners_page(
    session: AsyncSession, by: Actor, today: date, sought: Sought, *, after: Key | None = None,
    before: Key | None = None, size: int = 30,
) -> Found:  # fmt: skip
    """By their codes, those that ended last. Raises NotAllowed."""
    if not may_see_all(by):
        raise NotAllowed
    wanted = _wanted(session, by.root_id, today, sought)
    joined = select(Partner, Unit).join(Unit, col(Unit.id) == Partner.unit_id).where(*wanted)
    if before is not None:
        statement = joined.where(_precedes(before)).order_by(col(Partner.open), col(Partner.code).desc())
    else:
        statement = joined.where(_follows(after) if after else true())
        statement = statement.order_by(col(Partner.open).desc(), col(Partner.code))
    rows = list(await session.exec(statement.limit(size + 1)))
    more, rows = len(rows) > size, rows[:size]
    if before is not None:
        rows.reverse()
    older = bool(rows) and (before is not None or more)
    newer = bool(rows) and (more if before is not None else after is not None)
    return Found(
        await _listed(session, by.root_id, [(partner, unit) for partner, unit in rows], today),
        await _count(session, wanted),
        _key(rows[-1][0]) if older else None,
        _key(rows[0][0]) if newer else None,
    )


async def halted(session: AsyncSession, by: Actor, today: date) -> int:
    """How many have an agreement that needs somebody."""
    return await _count(session, _wanted(session, by.root_id, today, Sought(standings=HALTED)))


def named(text: str) -> ColumnElement[bool]:
    """Whether the text stands in the code or the name, or is a short name: characters of the name in their order, as
    江铸厂 is of 江北精密铸造厂."""
    ways = [col(column).icontains(text, autoescape=True) for column in (Partner.code, Partner.name)]
    if len(text) > 1 and all("\u4e00" <= char <= "\u9fff" for char in text):
        ways.append(col(Partner.name).like(f"%{'%'.join(text)}%"))
    return or_(*ways)


def _wanted(session: AsyncSession, root_id: int, today: date, sought: Sought) -> list[ColumnElement[bool]]:
    wanted = [col(Partner.root_id) == root_id]
    if text := sought.text.replace("\0", "").strip():  # PostgreSQL refuses to look for that
        wanted.append(named(text))
    if sought.kind:
        wanted.append(col(Partner.kind) == sought.kind)
    if sought.path:
        below = select(Unit.id).where(Unit.root_id == root_id, col(Unit.path).startswith(sought.path))
        wanted.append(col(Partner.unit_id).in_(below))
    if sought.standings:
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        stands = _stands(today, on_sqlite)
        wanted += [col(Partner.open).is_(True), or_(false(), *(stands[one] for one in sought.standings))]
    return wanted


def _stands(today: date, on_sqlite: bool) -> dict[Standing, ColumnElement[bool]]:
    """What `standing` says, as the database finds it: an agreement that runs is ending when, of those that end within
    WARN, one has a day after it that no other one holds."""
    one, other = aliased(Agreement), aliased(Agreement)
    own = col(one.partner_id) == Partner.id, col(one.ended_at).is_(None)
    runs = exists().where(*own, col(one.first_on) <= today, col(one.last_on) >= today)
    begun = exists().where(*own, col(one.first_on) <= today)
    day_after: Any = func.date(col(one.last_on), "+1 day") if on_sqlite else col(one.last_on) + 1
    renewed = exists().where(
        col(other.partner_id) == one.partner_id, col(other.ended_at).is_(None),
        col(other.first_on) <= day_after, col(other.last_on) > col(one.last_on),
    )  # fmt: skip
    ends = exists().where(*own, col(one.last_on).between(today, today + WARN), ~renewed)
    return {
        Standing.none: ~exists().where(*own),
        Standing.coming: and_(exists().where(*own), ~begun),
        Standing.running: and_(runs, ~ends),
        Standing.ending: and_(runs, ends),
        Standing.over: and_(begun, ~runs),
    }


async def _listed(
    session: AsyncSession, root_id: int, rows: Sequence[tuple[Partner, Unit]], today: date
) -> list[Listed]:
    """With their agreements and what they ask, in two statements."""
    ids = [partner.id or 0 for partner, _unit in rows]
    agreements = await agreements_of(session, ids)
    asked = col(ServiceRequest.partner_id)
    counts = select(asked, func.count()).where(ServiceRequest.root_id == root_id, asked.in_(ids))
    counts = counts.where(col(ServiceRequest.state).in_(OPEN)).group_by(asked)
    asking = dict((await session.exec(counts)).all())
    return [
        Listed(partner, unit, theirs, newest(theirs, today), standing(theirs, today), asking.get(partner.id, 0))
        for partner, unit in rows
        for theirs in [agreements.get(partner.id or 0, [])]
    ]


async def _count(session: AsyncSession, wanted: Sequence[ColumnElement[bool]]) -> int:
    return (await session.exec(select(func.count()).select_from(Partner).where(*wanted))).one()


def _key(partner: Partner) -> Key:
    return int(partner.open), partner.code


def _follows(key: Key) -> ColumnElement[bool]:
    is_open, code = key
    here = and_(col(Partner.open).is_(bool(is_open)), col(Partner.code) > code)
    return or_(here, ~col(Partner.open)) if is_open else here


def _precedes(key: Key) -> ColumnElement[bool]:
    is_open, code = key
    here = and_(col(Partner.open).is_(bool(is_open)), col(Partner.code) < code)
    return here if is_open else or_(here, col(Partner.open))
