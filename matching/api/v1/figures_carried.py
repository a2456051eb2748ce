"""What is behind a number of load and fairness: services, asks, people."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from matching.api import paging
from matching.api.costly import FIGURES_COUNTED
from matching.api.deps import At, SignedIn, TheParts
from matching.api.v1.figures import Code, Of, When
from matching.api.v1.figures_behind import Within, WithinCode
from matching.api.v1.routing import private
from matching.api.v1.shapes import Named, Utc
from matching.asks.model import Answer
from matching.reports.figures import ScopeKind, scope_by_code
from matching.reports.load.behind import Count, Line, OfPeople, Whose, lines_behind, people_behind
from matching.reports.load.values import Branch, Load
from matching.reports.periods import Period

router = private("figures", 403, 404, 429, also=[FIGURES_COUNTED], prefix="/figures/load")
Person = Annotated[str, Query(max_length=40, description="Of one of the people: their member number")]


class LineOut(BaseModel):
    """One person's service, or an ask of one: of a request or, for a service, of an activity."""

    at: Utc = Field(description="When it ended, an activity: began, or the ask went out")
    member_no: str
    name: str
    request: str | None = Field(description="Its number")
    activity: int | None = Field(description="Its id")
    unit: str = Field(description="Who is responsible for it")
    minutes: int
    hard: bool
    pleasant: bool
    answer: Answer | None = Field(description="Of an ask")

    @classmethod
    def of(cls, one: Line) -> "LineOut":
        """One of them."""
        return cls(
            at=one.at, member_no=one.no, name=one.name, request=one.request.number if one.request else None,
            activity=one.activity.id if one.activity else None, unit=one.unit, minutes=one.minutes, hard=one.hard,
            pleasant=one.pleasant, answer=Answer(one.answer) if one.answer else None,
        )  # fmt: skip


class LinesPage(BaseModel):
    """The latest first. `total` and `minutes` are of all, also of those that the caller may not open."""

    total: int
    minutes: int
    items: list[LineOut]
    next: str | None


class CarrierOut(BaseModel):
    """What one of the people carried in the period."""

    member_no: str
    name: str
    unit: Named = Field(description="The row they stand in")
    minutes: int
    done: int
    pleasant: int
    hard: int
    asks: int
    accepted: int

    @classmethod
    def of(cls, branch: Branch, one: Load) -> "CarrierOut":
        """One of them."""
        return cls(
            member_no=one.no, name=one.name, unit=Named(code=branch.unit.code, name=branch.unit.name),
            minutes=one.minutes, done=one.done, pleasant=one.pleasant, hard=one.hard, asks=one.asks,
            accepted=one.accepted,
        )  # fmt: skip


class CarriersPage(BaseModel):
    """Who has most hours first; of those who were not asked who waits longest."""

    total: int
    items: list[CarrierOut]
    next: str | None


@router.get("/people", operation_id="list_people_behind_load")
async def people(
    request: Request, response: Response, parts: TheParts, by: SignedIn, period: When,
    count: OfPeople = OfPeople.people, scope: Of = ScopeKind.hospital, code: Code = "",
    within: Within = ScopeKind.hospital, within_code: WithinCode = "", size: paging.Size = 20,
    after: paging.After = None,
) -> CarriersPage:  # fmt: skip
    """The people that a number of load and fairness counts."""
    done = paging.keys_of(after, int)[0] if after else 0
    async with parts.database.reading() as session:
        whose = Whose(
            await scope_by_code(session, by.root_id, scope, code), Period.parse(period),
            await scope_by_code(session, by.root_id, within, within_code),
        )  # fmt: skip
        found = await people_behind(session, by.root_id, count, whose, by=by)
    following = paging.cursor(done + size) if done + size < len(found) else None
    items = [CarrierOut.of(branch, one) for branch, one in found[done : done + size]]
    return CarriersPage(total=len(found), items=items, next=paging.link_next(request, response, following))


@router.get("/{count}/requests", operation_id="list_services_behind_load")
async def services(
    count: Count, request: Request, response: Response, parts: TheParts, by: SignedIn, at: At, period: When,
    scope: Of = ScopeKind.hospital, code: Code = "", within: Within = ScopeKind.hospital,
    within_code: WithinCode = "", person: Person = "", size: paging.Size = 20, after: paging.After = None,
) -> LinesPage:  # fmt: skip
    """The services or asks that a number of load and fairness counts; `lately` is about the last 14 days."""
    last = paging.keys_of(after, datetime, int, int) if after else None
    async with parts.database.reading() as session:
        whose = Whose(
            await scope_by_code(session, by.root_id, scope, code), Period.parse(period),
            await scope_by_code(session, by.root_id, within, within_code), person,
        )  # fmt: skip
        found = await lines_behind(session, by.root_id, count, whose, by=by, at=at, after=last, size=size)
    following = paging.cursor(*found.next) if found.next else None
    return LinesPage(
        total=found.total, minutes=found.minutes, items=[LineOut.of(one) for one in found.rows],
        next=paging.link_next(request, response, following),
    )  # fmt: skip
