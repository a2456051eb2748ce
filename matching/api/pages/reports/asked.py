"""What a page of reports is asked for: whose figures (`of`), and of when (`period`, or `first` and `last`)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import forms
from matching.api.choosing import Among, partner_choice, partner_code, readable_partners
from matching.api.choosing import Choice as PartnerChoice
from matching.api.deps import At, Parts
from matching.api.pages.reports.frame import months, quarters, reports_page, today, years
from matching.api.redirects import see
from matching.errors import Invalid, NotAllowed, NotSeen
from matching.people.actor import Actor
from matching.reports.chosen import choose
from matching.reports.figures import Period, Scope, ScopeKind, scope_by_code
from matching.reports.policy import may_read, may_read_unit
from matching.requests.queries import LEADING
from matching.services.model import Service
from matching.units.model import Spot
from matching.units.queries import units_under
from matching.words import _

HOSPITAL, A_PARTNER = "hospital", "partner-"
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
    partner: str = ""  # typed to find one

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


class Offered(NamedTuple):
    """What one may look at: in groups with their words, the field that finds a partner among many, and whose figures
    this reader may open, as addresses write them."""

    groups: dict[str, list[Choice]]
    partner: PartnerChoice
    open_to: set[str]


async def asked(
    at: At, of: Annotated[str, Query(max_length=60)] = "", period: Annotated[str, Query(max_length=24)] = "",
    first: Annotated[str, Query(max_length=10)] = "", last: Annotated[str, Query(max_length=10)] = "",
    partner: Annotated[str, Query(max_length=120)] = "",
) -> Asked:  # fmt: skip
    """This quarter, unless a period is named; two days win over it. Raises Invalid on `period`."""
    if first or last:
        try:
            days = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError:
            raise Invalid.field_is("period", "bad_day") from None
        return Asked(of, Period.between(*days), partner.strip())
    return Asked(of, Period.parse(period) if period else Period.quarter_of(today(at)), partner.strip())


async def typed(
    at: At, of: Annotated[str, Query(max_length=60)] = "", period: Annotated[str, Query(max_length=24)] = "",
    first: Annotated[str, Query(max_length=10)] = "", last: Annotated[str, Query(max_length=10)] = "",
    partner: Annotated[str, Query(max_length=120)] = "",
) -> Asked | Mistyped:  # fmt: skip
    """The same for a page that has fields for the two days, and says beside them what is wrong."""
    try:
        return await asked(at, of, period, first, last, partner)
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
        offered = await choices(session, by, typed.of)
    return reports_page(
        request, by, "reports/days.html", 422, now=at, action=action, of=typed.of or HOSPITAL, choices=offered,
        period=Period.quarter_of(today(at)).code, periods=periods(at), first=typed.first, last=typed.last,
        form={}, errors=forms.said(request, typed.why.fields),
    )  # fmt: skip


async def to_partner(request: Request, parts: Parts, by: Actor, at: datetime, action: str, asked: Asked) -> Response:
    """To the figures of the partner that was typed; where it is not clear which, the fields with those that may be
    meant. Raises NotAllowed."""
    if not may_read(by):
        raise NotAllowed
    async with parts.database.reading() as session:
        try:
            code = await partner_code(session, by, Among.readable, asked.partner)
        except Invalid as unclear:
            offered = await choices(session, by, asked.of, asked.partner)
            return reports_page(
                request, by, "reports/days.html", 422, now=at, action=action, of=asked.of or HOSPITAL, choices=offered,
                period=asked.code, periods=periods(at, asked.code), first=asked.period.first, last=asked.period.last,
                form={"partner": asked.partner}, errors=forms.said(request, unclear.fields),
            )  # fmt: skip
    return see(f"{action}?{urlencode({'of': f'partner-{code}', 'period': asked.code})}")


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


async def choices(session: AsyncSession, by: Actor, of: str, partner: str = "") -> Offered:
    """All that this reader may look at; of partners, where they are many, the one that is looked at now."""
    units = await units_under(session, by.root_id, by.paths(*LEADING))
    services = await session.exec(select(Service).where(Service.root_id == by.root_id).order_by(col(Service.position)))
    spots = await session.exec(select(Spot).where(Spot.root_id == by.root_id).order_by(Spot.code))
    below = [unit for unit in units if unit.id != by.root_id and may_read_unit(by, unit.path)]
    now = of.removeprefix(A_PARTNER) if of.startswith(A_PARTNER) else ""
    field = await partner_choice(session, by, Among.readable, partner or now)
    shown = field.options if not field.many else [(now, field.name)] if now and field.name and not partner else []
    groups = {
        GROUPS[ScopeKind.unit]: [Choice(f"unit-{one.code}", one.name) for one in below],
        GROUPS[ScopeKind.service]: [Choice(f"service-{one.code}", one.name) for one in services],
        GROUPS[ScopeKind.place]: [Choice(f"place-{one.code}", one.name) for one in spots],
        GROUPS[ScopeKind.partner]: [Choice(f"{A_PARTNER}{code}", name) for code, name in shown],
    }
    partners = await readable_partners(session, by) if field.many else set()
    listed = (one.of for group in groups.values() for one in group)
    return Offered(groups, replace(field, name=""), {HOSPITAL, *listed, *(f"{A_PARTNER}{code}" for code in partners)})


def periods(at: datetime, chosen: str = "") -> list[str]:
    """Quarters, months and years to choose from, with the chosen one."""
    on = today(at)
    offered = [*quarters(on), *months(on), *years(on)]
    return offered if not chosen or chosen in offered else [chosen, *offered]
