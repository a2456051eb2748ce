"""What a hospital turns of how people are asked. What other dials would do is tried at `/dials/preview`."""

from pydantic import BaseModel, Field

from matching.api.clocks import clock
from matching.api.deps import At, SignedIn, TheParts
from matching.api.v1.fairness import DialsBody
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private
from matching.asks.dials import managed_dials, set_dials
from matching.engine.model import Dials

router = private("matching", 403)


class DialsOut(BaseModel):
    """As they stand; `automatic`: waves start by themselves when a request is dispatched."""

    automatic: bool
    equity: float
    ask_cap: float
    hours_cap: float
    target_fast: float = Field(description="Per cent")
    target_slow: float = Field(description="Per cent")
    quiet_from: str = Field(description="Time of the day in Shanghai")
    quiet_to: str
    clearance: bool

    @classmethod
    def of(cls, dials: Dials, automatic: bool) -> "DialsOut":
        """All of them."""
        return cls(
            automatic=automatic, equity=dials.equity, ask_cap=dials.ask_cap, hours_cap=dials.hours_cap,
            target_fast=round(dials.target_fast * 100, 4), target_slow=round(dials.target_slow * 100, 4),
            quiet_from=clock(dials.quiet_from), quiet_to=clock(dials.quiet_to), clearance=dials.clearance,
        )  # fmt: skip


@router.get("/dials", operation_id="get_dials")
async def dials(parts: TheParts, by: SignedIn) -> DialsOut:
    """For administrators of the whole hospital and the committee office."""
    async with parts.database.reading() as session:
        return DialsOut.of(*await managed_dials(session, by=by))


@router.put("/dials", operation_id="set_dials", responses=may_refuse(409, 413, 415))
async def turn(body: DialsBody, parts: TheParts, by: SignedIn, at: At) -> DialsOut:
    """Turn all of them. The next wave goes by the new ones."""
    await parts.work(set_dials, body.dials(), body.automatic, by=by, at=at)
    return DialsOut.of(body.dials(), body.automatic)
