"""Who carries how much, and what turning the dials of matching would probably do."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.dials import DialsForm, previewed
from matching.api.idempotency import once
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private
from matching.api.v1.shapes import Named, Utc
from matching.asks.fairness import PERIODS, USUAL, fairness
from matching.asks.load import Branch, Load

router = private("matching", 403)


class DialsBody(Body, DialsForm):
    """All dials: targets in percent, quiet hours as times of the day."""


class LoadOut(BaseModel):
    """What one person carried."""

    member_no: str
    name: str
    unit: str
    hours: float
    hours14: float = Field(description="Of them in the last 14 days")
    done: int
    pleasant: int
    hard: int
    asks: int
    accepted: int
    last_asked: Utc | None
    muted_until: Utc | None
    on_leave: bool

    @classmethod
    def of(cls, one: Load) -> "LoadOut":
        """One person."""
        return cls(member_no=one.no, **{name: getattr(one, name) for name in cls.model_fields if name != "member_no"})


class BranchOut(BaseModel):
    """A branch with its people."""

    unit: Named
    gini_hours: float | None = Field(description="0 all alike, near 1 all with one; null without any")
    gini_asks: float | None
    few: bool = Field(description="Fewer than 5 people: says little")
    not_asked: list[str] = Field(description="Member numbers of who was not asked in the period")
    people: list[LoadOut]

    @classmethod
    def of(cls, branch: Branch) -> "BranchOut":
        """One branch."""
        return cls(
            unit=Named(code=branch.unit.code, name=branch.unit.name), gini_hours=branch.gini_hours,
            gini_asks=branch.gini_asks, few=branch.few, not_asked=[one.no for one in branch.not_asked],
            people=[LoadOut.of(one) for one in branch.people],
        )  # fmt: skip


class FairnessOut(BaseModel):
    """Branches in the order of the tree."""

    days: int
    since: Utc
    branches: list[BranchOut]


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


@router.get("/fairness", operation_id="get_fairness")
async def show(
    parts: TheParts, by: SignedIn, at: At, unit: Annotated[str, Query(max_length=40)] = "",
    days: Annotated[int, Query(description=f"One of {', '.join(map(str, PERIODS))}")] = USUAL,
) -> FairnessOut:  # fmt: skip
    """Of all the caller's units, or of a unit (its code) and those below."""
    async with parts.database.reading() as session:
        found = await fairness(session, unit, days, by=by, at=at)
    return FairnessOut(days=found.days, since=found.since, branches=[BranchOut.of(one) for one in found.branches])


@router.post("/dials/preview", operation_id="preview_dials", responses=may_refuse(409, 413, 415, 429))
async def preview(body: DialsBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> PreviewOut:
    """Try the dials on a made-up hospital of this one's size. Takes seconds; one at a time."""
    tried = await previewed(parts, body.dials(), by=by, at=at)

    async def work(_session: AsyncSession) -> tuple[int, dict[str, Any]]:
        before, after = (asdict(one) for one in tried.preview)
        return 200, {**tried.basis._asdict(), "before": before, "after": after}

    return PreviewOut(**(await parts.work(once, key, by, at, work))[1])
