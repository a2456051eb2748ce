"""Who carries how much, branch by branch and person by person."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from matching.api.deps import At, SignedIn, TheParts
from matching.api.v1.routing import private
from matching.api.v1.shapes import Named, Utc
from matching.reports.load.looking import PERIODS, USUAL, fairness
from matching.reports.load.values import Branch, Load

router = private("matching", 403)


class LoadOut(BaseModel):
    """What one person carried."""

    member_no: str
    name: str
    unit: str
    hours: float = Field(description="Of requests and confirmed activities")
    hours14: float = Field(description="Of requests in the last 14 days, as the engine counts them; no activities")
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


@router.get("/fairness", operation_id="get_fairness")
async def show(
    parts: TheParts, by: SignedIn, at: At, unit: Annotated[str, Query(max_length=40)] = "",
    days: Annotated[int, Query(description=f"One of {', '.join(map(str, PERIODS))}")] = USUAL,
) -> FairnessOut:  # fmt: skip
    """Of all the caller's units, or of a unit (its code) and those below."""
    async with parts.database.reading() as session:
        found = await fairness(session, unit, days, by=by, at=at)
    return FairnessOut(
        days=found.days, since=found.period.begins, branches=[BranchOut.of(one) for one in found.branches]
    )
