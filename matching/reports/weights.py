"""What each of the three rates counts in the composite, by day (docs/domain.md §4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.reports.model import RateWeights


@dataclass(frozen=True)
class Weights:
    """Shares that make 1 together; `since` is None for those of the rules."""

    response: Fraction = Fraction(10, 100)
    resolution: Fraction = Fraction(50, 100)
    satisfaction: Fraction = Fraction(40, 100)
    since: date | None = None

    @property
    def words(self) -> dict[str, str]:
        """For the formula: 0.10, 0.50, 0.40."""
        return {name: f"{float(getattr(self, name)):.2f}" for name in ("response", "resolution", "satisfaction")}


async def all_weights(session: AsyncSession, root_id: int) -> Sequence[RateWeights]:
    """All that were ever set, the newest day first."""
    kept = select(RateWeights).where(RateWeights.root_id == root_id).order_by(col(RateWeights.since).desc())
    return (await session.exec(kept)).all()


def in_force(kept: Sequence[RateWeights], day: date) -> Weights:
    """Those of a day, of all that were set (`all_weights`); a period goes by its last one. Pure."""
    return next((_weights(row) for row in kept if row.since <= day), Weights())


def _weights(row: RateWeights) -> Weights:
    shares = [Fraction(str(share)) for share in (row.response, row.resolution, row.satisfaction)]
    return Weights(shares[0], shares[1], shares[2], row.since)
