"""How often promises were kept, by service, as page and programs show it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.deadlines.model import Promise
from matching.deadlines.promises import LEAST, Usual, scores, usual
from matching.people.model import Role
from matching.services.model import Service
from matching.services.queries import whole_catalogue

SCORED_FOR = (Role.committee, Role.dispatcher, Role.auditor)
FEW = 5  # below, a share says little, and it is said so (docs/domain.md §4)


@dataclass(frozen=True)
class Kept:
    """Of `told` promises that are decided, `kept` were kept."""

    told: int
    kept: int

    @property
    def percent(self) -> str:
        """'87%', or '—' where none is decided."""
        return f"{round(100 * self.kept / self.told)}%" if self.told else "—"

    @property
    def few(self) -> bool:
        """Whether there are too few to say much."""
        return 0 < self.told < FEW


@dataclass(frozen=True)
class Score:
    """A service: what is promised now in the whole hospital, and how the promises of the last 90 days went."""

    service: Service
    usual: Usual | None
    n: int  # done in that time, from which the promise is made
    taken: Kept
    done: Kept
    counted_at: datetime | None


async def scored(session: AsyncSession, root_id: int) -> list[Score]:
    """Every service that is offered, and those with promises to answer for, in the catalogue's order."""
    found = await scores(session, root_id)
    catalogue = await whole_catalogue(session, root_id)
    return [_score(one, found.get(one.id or 0)) for one in catalogue if one.open or one.id in found]


def _score(service: Service, row: Promise | None) -> Score:
    if row is None:
        return Score(service, None, 0, Kept(0, 0), Kept(0, 0), None)
    taken, done = Kept(row.told_taken, row.kept_taken), Kept(row.told_done, row.kept_done)
    return Score(service, usual(row, LEAST), row.n, taken, done, row.counted_at)
