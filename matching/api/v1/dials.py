"""What a hospital turns of how people are asked, and what other dials would probably do."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.clocks import clock
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.dials import DialsForm, previewed
from matching.api.idempotency import answered, once
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private
from matching.asks.dials import managed_dials, set_dials
from matching.engine.model import Dials

router = private("matching", 403)


class DialsBody(Body, DialsForm):
    """All dials: targets in percent, quiet hours as times of the day."""


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


class ForecastOut(BaseModel):
    """One setting of the dials, tried; shares from 0 to 1."""

    filled: float
    asks: float
    urgent_p90: float | None = Field(description="Minutes")
    asked_weekly: float
    never_asked: float
    gini: float
    lost: float = Field(description="Of 100 members in 4 weeks")


class PreviewOut(BaseModel):
    """A simulation, not a forecast: the same days with the dials as they are and as they would be."""

    members: int
    arrivals: float = Field(description="Requests a day")
    rate: float = Field(description="Share of asks that are accepted")
    before: ForecastOut
    after: ForecastOut


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


@router.post("/dials/preview", operation_id="preview_dials", responses=may_refuse(409, 413, 415, 429))
async def preview(body: DialsBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> PreviewOut:
    """Try the dials on a made-up hospital of this one's size. Takes seconds; one at a time."""
    async with parts.database.reading() as session:
        before = await answered(session, key, by)
    if before is not None:
        return PreviewOut(**before[1])
    tried = await previewed(parts, body.dials(), by=by, at=at)

    async def work(_session: AsyncSession) -> tuple[int, dict[str, Any]]:
        now, then = (asdict(one) for one in tried.preview)
        return 200, {**tried.basis._asdict(), "before": now, "after": then}

    return PreviewOut(**(await parts.work(once, key, by, at, work))[1])
