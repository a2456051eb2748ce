"""The requests behind a figure: of a scope, or of one row or cell of its tables."""

from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field

from matching.api import paging
from matching.api.costly import FIGURES_COUNTED
from matching.api.deps import SignedIn, TheParts
from matching.api.places import service_name
from matching.api.v1.figures import Code, Of, When
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import Named, Utc
from matching.reports.figures import ScopeKind, scope_by_code
from matching.reports.periods import Period
from matching.reports.queries import Filters, Part, behind
from matching.requests.model import ServiceRequest
from matching.requests.states import State

router = private("figures", 403, 404, 429, also=[FIGURES_COUNTED], prefix="/figures")
WITHIN = "Of one row of a table of the scope: what the row is about"
ALONE = "Of a unit within, without those below it: for rows whose `kind` is not the group's"
Within = Annotated[ScopeKind, Query(description=WITHIN)]
WithinCode = Annotated[str, Query(max_length=40, description="Which unit, service, place or partner within")]
Weekday = Annotated[int | None, Query(ge=1, le=7, description="From Monday, 1, to Sunday, 7")]
Hour = Annotated[int | None, Query(ge=0, le=23, description="Of the day by which the figure counts, in Shanghai")]


class BehindOut(BaseModel):
    """A request behind a figure."""

    number: str
    filed_at: Utc
    state: State
    service: Named
    unit: Named
    counted: bool = Field(description="Above the line; of a rate the others are those it is out of besides")


class BehindPage(BaseModel):
    """The newest first. `total` counts all, also those the caller may not open."""

    total: int
    items: list[BehindOut]
    next: str | None


@router.get("/{figure}/requests", operation_id="list_requests_behind")
async def requests_behind(
    figure: Annotated[str, Path(max_length=40, examples=["on_time_rate"])], request: Request, response: Response,
    parts: TheParts, by: SignedIn, lang: Lang, period: When, scope: Of = ScopeKind.hospital, code: Code = "",
    part: Annotated[Part, Query(description="Of a rate: those above the line, or the rest")] = Part.all,
    within: Within = ScopeKind.hospital, within_code: WithinCode = "",
    alone: Annotated[bool, Query(description=ALONE)] = False, weekday: Weekday = None, hour: Hour = None,
    size: paging.Size = 20, after: paging.After = None,
) -> BehindPage:  # fmt: skip
    """The requests that a figure counts."""
    last = paging.keys_of(after, int)[0] if after else None
    async with parts.database.reading() as session:
        filters = Filters(
            await scope_by_code(session, by.root_id, scope, code), Period.parse(period), part,
            await scope_by_code(session, by.root_id, within, within_code), alone, weekday, hour,
        )  # fmt: skip
        found = await behind(session, by.root_id, figure, filters, by=by, after=last, size=size)
    items = [_behind(row, row.id in found.counted, lang) for row in found.rows]
    following = paging.cursor(found.next) if found.next else None
    return BehindPage(total=found.total, items=items, next=paging.link_next(request, response, following))


def _behind(row: ServiceRequest, counted: bool, lang: str) -> BehindOut:
    return BehindOut(
        number=row.number, filed_at=row.filed_at, state=State(row.state), counted=counted,
        service=Named(code=row.service.code, name=service_name(row.service, lang)),
        unit=Named(code=row.unit.code, name=row.unit.name),
    )  # fmt: skip
