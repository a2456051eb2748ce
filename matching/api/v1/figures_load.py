"""Load and fairness of a period, branch by branch."""

from pydantic import BaseModel, Field

from matching.api.costly import FIGURES_COUNTED
from matching.api.deps import SignedIn, TheParts
from matching.api.v1.figures import Code, DaysOut, Of, When
from matching.api.v1.routing import private
from matching.api.v1.shapes import Named
from matching.reports.figures import ScopeKind, scope_by_code
from matching.reports.load.looking import load
from matching.reports.load.values import Branch, together
from matching.reports.periods import Period

router = private("figures", 403, 404, 429, also=[FIGURES_COUNTED], prefix="/figures")


class CarriedOut(BaseModel):
    """What people carried, whoever they served for."""

    people: int
    served: int = Field(description="How many of them served at all")
    participation: float | None = Field(description="served ÷ people")
    done: int = Field(description="Services and confirmed activities, each counted for everybody who served in it")
    hours: float
    gini_hours: float | None = Field(description="0 all alike, near 1 all with one; null without any")
    of_busiest: float | None = Field(description="The share of the hours of the tenth of people who served most")
    few: bool = Field(description="Fewer than 5 people: says little")

    @classmethod
    def of(cls, branch: Branch) -> "CarriedOut":
        """Of one branch, or of all together."""
        return cls(
            people=len(branch.people), served=branch.served, participation=branch.participation,
            done=branch.total("done"), hours=branch.hours, gini_hours=branch.gini_hours,
            of_busiest=branch.of_busiest, few=branch.few,
        )  # fmt: skip


class CarriedRow(BaseModel):
    """One branch."""

    unit: Named
    carried: CarriedOut


class LoadTable(BaseModel):
    """Branches in the order of the tree; `together` is null for one alone."""

    period: DaysOut
    rows: list[CarriedRow]
    together: CarriedOut | None


@router.get("/load", operation_id="get_load")
async def show(
    parts: TheParts, by: SignedIn, period: When, scope: Of = ScopeKind.hospital, code: Code = ""
) -> LoadTable:
    """Of a unit, or of all units of the caller; services, places and partners have no people."""
    days = Period.parse(period)
    async with parts.database.reading() as session:
        of = await scope_by_code(session, by.root_id, scope, code)
        branches = await load(session, by.root_id, of, days, by=by)
    rows = [
        CarriedRow(unit=Named(code=one.unit.code, name=one.unit.name), carried=CarriedOut.of(one)) for one in branches
    ]
    all_of_them = together(branches)
    return LoadTable(
        period=DaysOut.of(days), rows=rows, together=CarriedOut.of(all_of_them) if all_of_them else None
    )  # fmt: skip
