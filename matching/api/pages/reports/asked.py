"""What a page of reports is asked for: whose figures (`of`), and of when (`period`, or `first` and `last`)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, NamedTuple

from fastapi import Depends, Query, Request, Response
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import forms
from matching.api.deps import At, Parts
from matching.api.pages.reports.frame import months, quarters, reports_page, today, years
from matching.errors import Invalid, NotAllowed, NotSeen
from matching.partners.model import Partner
from matching.people.actor import Actor
from matching.reports.chosen import choose
from matching.reports.figures import Period, Scope, ScopeKind, scope_by_code
from matching.reports.policy import may_read, may_read_partner, may_read_unit
from matching.requests.queries import LEADING
from matching.services.model import Service
from matching.units.model import Spot, Unit
from matching.units.queries import units_under
from matching.words import _

HOSPITAL = "hospital"
GROUPS = {
    ScopeKind.unit: _("支部和总支"),
    ScopeKind.service: _("服务"),
    ScopeKind.place: _("地点"),
    ScopeKind.partner: _("共建单位"),
}


@dataclass(frozen=True)
class Asked:
    """The query of a page. `of` is 'hospital' or a kind and a code, 'unit-ZB01'; '' is the reader's usual."""

    of: str
    period: Period

    @property
    def code(self) -> str:
        """The period as addresses write it."""
        return self.period.code


@dataclass(frozen=True)
class Mistyped:
    """Two days that are no period, as they were typed, and why."""

    of: str
    first: str
    last: str
    why: Invalid


class Choice(NamedTuple):
    """One thing to look at: as the address writes it, and its name."""

    of: str
    name: str


async def asked(
    at: At, of: Annotated[str, Query(max_length=60)] = "", period: Annotated[str, Query(max_length=24)] = "",
    first: Annotated[str, Query(max_length=10)] = "", last: Annotated[str, Query(max_length=10)] = "",
) -> Asked:  # fmt: skip
    """This quarter, unless a period is named; two days win over it. Raises Invalid on `period`."""
    if first or last:
        try:
            days = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError:
            raise Invalid.field_is("period", "bad_day") from None
        return Asked(of, Period.between(*days))
    return Asked(of, Period.parse(period) if period else Period.quarter_of(today(at)))


async def typed(
    at: At, of: Annotated[str, Query(max_length=60)] = "", period: Annotated[str, Query(max_length=24)] = "",
    first: Annotated[str, Query(max_length=10)] = "", last: Annotated[str, Query(max_length=10)] = "",
) -> Asked | Mistyped:  # fmt: skip
    """The same for a page that has fields for the two days, and says beside them what is wrong."""
    try:
        return await asked(at, of, period, first, last)
    except Invalid as why:
        if not (first or last):
            raise
        return Mistyped(of, first, last, why)


WhatIsAsked = Annotated[Asked, Depends(asked)]
WhatIsTyped = Annotated[Asked | Mistyped, Depends(typed)]


async def type_again(request: Request, parts: Parts, by: Actor, at: datetime, action: str, typed: Mistyped) -> Response:
    """The fields alone, with what was typed and what is wrong with it. Raises NotAllowed."""
    if not may_read(by):
        raise NotAllowed
    async with parts.database.reading() as session:
        offered = await choices(session, by)
    return reports_page(
        request, by, "reports/days.html", 422, now=at, action=action, of=typed.of or HOSPITAL, choices=offered,
        period=Period.quarter_of(today(at)).code, periods=periods(at), first=typed.first, last=typed.last,
        errors=forms.said(request, typed.why.fields),
    )  # fmt: skip


async def scope_of(session: AsyncSession, asked: Asked, by: Actor) -> tuple[str, Scope, str]:
    """How the address writes whose figures they are, the scope, and its name. Raises NotSeen, NotAllowed."""
    if not may_read(by):
        raise NotAllowed
    of = asked.of or await _usual(session, by)
    scope = await written_scope(session, of, by)
    return of, scope, (await choose(session, by.root_id, scope, asked.period, by)).name


async def written_scope(session: AsyncSession, of: str, by: Actor) -> Scope:
    """The scope that an address writes as 'hospital' or 'unit-ZB01'. Raises NotSeen."""
    kind, _dash, code = of.partition("-")
    if kind not in {HOSPITAL, *GROUPS}:
        raise NotSeen
    return await scope_by_code(session, by.root_id, ScopeKind(kind), code)


async def _usual(session: AsyncSession, by: Actor) -> str:
    """The hospital for who sees all of it, one's own unit for others."""
    if by.holds(*LEADING, path=f"/{by.root_id}/"):
        return HOSPITAL
    units = await units_under(session, by.root_id, by.paths(*LEADING))
    return f"unit-{units[0].code}"


async def choices(session: AsyncSession, by: Actor) -> dict[str, list[Choice]]:
    """All that this reader may look at, in groups with their words."""
    units = await units_under(session, by.root_id, by.paths(*LEADING))
    services = await session.exec(select(Service).where(Service.root_id == by.root_id).order_by(col(Service.position)))
    spots = await session.exec(select(Spot).where(Spot.root_id == by.root_id).order_by(Spot.code))
    partners = await session.exec(
        select(Partner, Unit).join(Unit, col(Unit.id) == Partner.unit_id).where(Partner.root_id == by.root_id)
        .order_by(Partner.code)
    )  # fmt: skip
    below = [unit for unit in units if unit.id != by.root_id and may_read_unit(by, unit.path)]
    shown = [partner for partner, unit in partners if may_read_partner(by, partner.id or 0, unit.path)]
    return {
        GROUPS[ScopeKind.unit]: [Choice(f"unit-{one.code}", one.name) for one in below],
        GROUPS[ScopeKind.service]: [Choice(f"service-{one.code}", one.name) for one in services],
        GROUPS[ScopeKind.place]: [Choice(f"place-{one.code}", one.name) for one in spots],
        GROUPS[ScopeKind.partner]: [Choice(f"partner-{one.code}", one.name) for one in shown],
    }


def open_to(offered: dict[str, list[Choice]]) -> set[str]:
    """Whose figures this reader may open, as addresses write them."""
    return {HOSPITAL, *(one.of for group in offered.values() for one in group)}


def periods(at: datetime, chosen: str = "") -> list[str]:
    """Quarters, months and years to choose from, with the chosen one."""
    on = today(at)
    offered = [*quarters(on), *months(on), *years(on)]
    return offered if not chosen or chosen in offered else [chosen, *offered]
