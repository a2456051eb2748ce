"""What the board shows, as the database has it; `pages/board.py` makes the page of it.

After one change many boards fetch themselves anew. Those of people who see the whole hospital show the same requests:
they share one reading, so that a change costs the database once and not once a page.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Query
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.fields import Readable
from matching.api.hearing import hospital_key
from matching.api.news import Wire, now_ms
from matching.api.paging import cursor, keys_of
from matching.clock import Calendar
from matching.db import Database
from matching.people.actor import Actor
from matching.people.model import Role
from matching.requests.model import ServiceRequest
from matching.requests.queries import LEADING, Filters, board_column, column_size
from matching.requests.states import OPEN, STATES, State
from matching.services.model import TIERS, Service
from matching.services.queries import catalogue
from matching.units.model import Spot, Unit
from matching.units.queries import calendar_of, open_spots, units_under

S = State
OVERVIEW = (S.submitted, S.accepted, S.dispatched, S.in_progress, S.completed)  # side by side; the others by their tab
OF_A_UNIT = (S.dispatched, S.in_progress, S.parked, S.completed, S.rectifying)  # the same for who only leads units
COUNTED = OPEN | {S.closed}  # the others only grow; nobody waits for them
MOST = 99  # a column says '99+' above
OF_MANY, OF_ONE = 10, 24  # cards of a column beside others, and of one alone
LONGEST = 100  # characters looked for
SHARED_FOR = 2000  # milliseconds for which a reading may be shared when nothing changed
MOST_SHARED = 64  # readings kept: one for each way to narrow the board


class Wanted(BaseModel):
    """The board's address: what it is narrowed to (codes), which column alone, and where in it."""

    unit: str = ""
    service: str = ""
    spot: str = ""
    tier: str = ""
    late: str = ""
    q: Annotated[str, Query(max_length=LONGEST), Readable] = ""
    state: str = ""
    after: Annotated[str, Query(max_length=200)] = ""

    @property
    def alone(self) -> State | None:
        """The one column that is shown, if one."""
        return State(self.state) if self.state in {*STATES} else None


@dataclass(frozen=True)
class Choices:
    """What the filters offer: the viewer's units, the catalogue, the places."""

    units: list[Unit]
    services: list[Service]
    spots: list[Spot]


class Rows(NamedTuple):
    """One state with the first of its requests; `counted` is '' where nobody counts, `after` leads to the rest."""

    state: State
    rows: list[ServiceRequest]
    counted: str
    after: str


@dataclass(frozen=True)
class Board:
    """One reading."""

    choices: Choices
    calendar: Calendar
    columns: list[Rows]
    sizes: dict[State, str]


class Boards:
    """The boards of one process."""

    def __init__(self, database: Database, wire: Wire) -> None:
        self._database, self._wire = database, wire
        self._shared: dict[tuple[int, bool, str], tuple[int, asyncio.Task[Board]]] = {}

    async def read(self, by: Actor, wanted: Wanted, at: datetime) -> Board:
        """As it is now."""
        async with self._database.reading() as session:
            return await _read(session, by, wanted, at)

    async def follow(self, by: Actor, wanted: Wanted, at: datetime) -> Board:
        """As it was after the last change that this process heard of: for pages that fetch themselves anew."""
        if f"/{by.root_id}/" not in by.paths(*LEADING):
            return await self.read(by, wanted, at)
        key = (by.root_id, _reviews(by), wanted.model_dump_json())
        begun, task = self._shared.get(key, (0, None))
        if task is None or not self._wire.mark(hospital_key(by.root_id)) < begun > now_ms() - SHARED_FOR:
            if len(self._shared) >= MOST_SHARED:
                self._shared.clear()
            task = asyncio.create_task(self.read(by, wanted, at))
            self._shared[key] = now_ms(), task
        try:
            return await asyncio.shield(task)  # whoever hangs up leaves it to the others
        except Exception:
            self._shared.pop(key, None)
            raise


def _reviews(by: Actor) -> bool:
    return by.holds(Role.committee, Role.dispatcher, Role.auditor)


async def _read(session: AsyncSession, by: Actor, wanted: Wanted, at: datetime) -> Board:
    choices = Choices(
        await units_under(session, by.root_id, by.paths(*LEADING)),
        await catalogue(session, by.root_id),
        await open_spots(session, by.root_id),
    )
    filters = _filters(wanted, choices)
    shown = (wanted.alone,) if wanted.alone else OVERVIEW if _reviews(by) else OF_A_UNIT
    columns = [await _column(session, by, state, filters, wanted, at) for state in shown]
    sizes = {column.state: column.counted for column in columns}
    for state in COUNTED - {*sizes}:
        sizes[state] = await _count(session, by, state, filters, at)
    return Board(choices, await calendar_of(session, by.root_id), columns, sizes)


async def _column(
    session: AsyncSession, by: Actor, state: State, filters: Filters, wanted: Wanted, at: datetime
) -> Rows:
    after = wanted.after if wanted.alone else ""
    key: tuple[datetime, int] | None = keys_of(after, datetime, int) if after else None
    page = await board_column(session, by, state, filters, at=at, after=key, size=OF_ONE if wanted.alone else OF_MANY)
    count = await _count(session, by, state, filters, at) if state in COUNTED else ""
    return Rows(state, page.rows, count, cursor(*page.next) if page.next else "")


async def _count(session: AsyncSession, by: Actor, state: State, filters: Filters, at: datetime) -> str:
    n = await column_size(session, by, state, filters, at=at, most=MOST + 1)
    return f"{MOST}+" if n > MOST else str(n)


def _filters(wanted: Wanted, choices: Choices) -> Filters:
    """Codes to ids; a code that is not offered narrows nothing."""
    unit = next((unit for unit in choices.units if unit.code == wanted.unit), None)
    below = tuple(one.id or 0 for one in choices.units if unit and unit.holds(one))
    return Filters(
        unit_ids=below or None,
        service_id=next((one.id for one in choices.services if one.code == wanted.service), None),
        spot_id=next((one.id for one in choices.spots if one.code == wanted.spot), None),
        tier=wanted.tier if wanted.tier in {*TIERS} else None,
        late=bool(wanted.late),
        text=wanted.q,
    )
