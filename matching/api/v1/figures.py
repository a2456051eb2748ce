"""Figures: of a scope and period, by groups, as a series, as a league table, by hours."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import i18n
from matching.api.costly import FIGURES_COUNTED
from matching.api.deps import SignedIn, TheParts
from matching.api.v1.routing import Lang, private
from matching.people.actor import Actor
from matching.reports import figures as read
from matching.reports.definitions import Kind
from matching.reports.figures import Figure, Group, Row, Scope, ScopeKind, scope_by_code
from matching.reports.periods import Period, Step
from matching.units.queries import spot_codes

router = private("figures", 403, 404, 429, also=[FIGURES_COUNTED], prefix="/figures")
Of = Annotated[ScopeKind, Query(alias="scope", description="Of what")]
Code = Annotated[str, Query(max_length=40, description="Which unit, service, place or partner; not for the hospital")]
WRITTEN = "2026Q3, 2026-07, 2026 or 2026-07-01..2026-07-15"
When = Annotated[str, Query(max_length=24, examples=["2026Q3"], description=WRITTEN)]


class FigureOut(BaseModel):
    """One number with what it is out of and how it was worked out."""

    code: str
    name: str
    kind: Kind
    value: float | int | None = Field(description="A count, minutes, or a share from 0 to 1; null at n = 0")
    text: str = Field(description="As pages and documents show it: 128, 93.4%, minutes as hours; — at n = 0")
    n: int | None
    few: bool = Field(description="A share of fewer than 5: says little")
    formula: str
    listed: bool = Field(description="Whether the requests behind it can be listed")

    @classmethod
    def of(cls, one: Figure, lang: str) -> "FigureOut":
        """One figure."""
        formula = i18n.translate(lang, one.formula, dict(one.params))
        return cls(
            code=one.code, name=i18n.translate(lang, one.name), kind=one.kind, value=one.value, text=one.text, n=one.n,
            few=one.few, formula=formula, listed=one.behind,
        )  # fmt: skip


class DaysOut(BaseModel):
    """A period: both days are in it."""

    code: str
    first: date
    last: date

    @classmethod
    def of(cls, period: Period) -> "DaysOut":
        """One period."""
        return cls(code=period.code, first=period.first, last=period.last)


class FiguresOut(BaseModel):
    """All figures of a scope."""

    period: DaysOut
    items: list[FigureOut]


class RowOut(BaseModel):
    """One row of a table; `code` as `scope` and `code` of its own figures."""

    scope: ScopeKind
    code: str
    name: str
    kind: str = Field(description="Of a unit, for instance branch; empty for others")
    items: list[FigureOut]

    @classmethod
    def of(cls, row: Row, lang: str) -> "RowOut":
        """One row."""
        items = [FigureOut.of(one, lang) for one in row.figures.values()]
        return cls(scope=row.scope.kind, code=row.code, name=row.name, kind=row.kind, items=items)


class TableOut(BaseModel):
    """One row a group."""

    period: DaysOut
    rows: list[RowOut]


class PointOut(BaseModel):
    """A day, a week or a month of a series; the first and last may be shorter."""

    period: DaysOut
    items: list[FigureOut]


class SeriesOut(BaseModel):
    """In the order of time."""

    points: list[PointOut]


class StandingOut(BaseModel):
    """A branch; `rank` is null with fewer than 5 valid ratings."""

    rank: int | None
    row: RowOut


class LeagueOut(BaseModel):
    """Branches, the best first."""

    period: DaysOut
    standings: list[StandingOut]


class PlaceOut(BaseModel):
    """A place with how many were filed there in each hour."""

    code: str
    name: str
    hours: list[int] = Field(description="24 numbers, from midnight to 1:00 on")


class HeatOut(BaseModel):
    """When and where is asked, in Shanghai."""

    week: list[list[int]] = Field(description="Seven days from Monday, 24 hours each")
    places: list[PlaceOut]


@router.get("", operation_id="get_figures")
async def show(
    parts: TheParts, by: SignedIn, lang: Lang, period: When, scope: Of = ScopeKind.hospital, code: Code = ""
) -> FiguresOut:
    """All figures of a scope in a period."""
    days = Period.parse(period)
    async with parts.database.reading() as session:
        found = await read.figures(session, by.root_id, await _scope(session, by, scope, code), days, by=by)
    return FiguresOut(period=DaysOut.of(days), items=[FigureOut.of(one, lang) for one in found.values()])


@router.get("/groups/{group}", operation_id="get_figures_by_group")
async def by_group(
    group: Group, parts: TheParts, by: SignedIn, lang: Lang, period: When, scope: Of = ScopeKind.hospital,
    code: Code = "",
) -> TableOut:  # fmt: skip
    """One row for each general branch, branch, service, place or partner within the scope."""
    days = Period.parse(period)
    async with parts.database.reading() as session:
        of = await _scope(session, by, scope, code)
        rows = await read.by_group(session, by.root_id, group, days, by=by, scope=of)
    return TableOut(period=DaysOut.of(days), rows=[RowOut.of(row, lang) for row in rows])


@router.get("/series", operation_id="get_figures_over_time")
async def series(
    parts: TheParts, by: SignedIn, lang: Lang, period: When, step: Step = Step.month,
    scope: Of = ScopeKind.hospital, code: Code = "",
) -> SeriesOut:  # fmt: skip
    """The figures of each day, week or month; at most 366 of them."""
    days = Period.parse(period).at_most(step)
    async with parts.database.reading() as session:
        of = await _scope(session, by, scope, code)
        points = await read.series(session, by.root_id, of, days, step, by=by)
    told = [
        PointOut(period=DaysOut.of(one.period), items=[FigureOut.of(figure, lang) for figure in one.figures.values()])
        for one in points
    ]
    return SeriesOut(points=told)


@router.get("/league", operation_id="get_league")
async def league(parts: TheParts, by: SignedIn, lang: Lang, period: When) -> LeagueOut:
    """Branches by their composite, those with fewer than 5 valid ratings without a rank."""
    days = Period.parse(period)
    async with parts.database.reading() as session:
        found = await read.league(session, by.root_id, days, by=by)
    standings = [StandingOut(rank=one.rank, row=RowOut.of(one.row, lang)) for one in found]
    return LeagueOut(period=DaysOut.of(days), standings=standings)


@router.get("/heat", operation_id="get_heat")
async def heat(parts: TheParts, by: SignedIn, period: When, scope: Of = ScopeKind.hospital, code: Code = "") -> HeatOut:
    """How many were filed, by weekday and hour and by place and hour."""
    days = Period.parse(period)
    async with parts.database.reading() as session:
        found = await read.heat(session, by.root_id, await _scope(session, by, scope, code), days, by=by)
        codes = await spot_codes(session, by.root_id)
    places = [PlaceOut(code=codes[place.id], name=name, hours=hours) for place, name, hours in found.places]
    return HeatOut(week=found.week, places=places)


async def _scope(session: AsyncSession, by: Actor, kind: ScopeKind, code: str) -> Scope:
    return await scope_by_code(session, by.root_id, kind, code)
