"""Reads everything that a report is made of, through the eyes of whoever asks for it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, ActivityState
from matching.clock import SHANGHAI
from matching.partners.model import (
    ITEM_STATES,
    PARTNER_KINDS,
    Agreement,
    ItemState,
    ListKind,
    Pairing,
    PairingKind,
    Partner,
    PartnerKind,
)  # fmt: skip
from matching.partners.queries import Lists, agreements_of, liaisons_of, lists_of
from matching.people.actor import Actor
from matching.people.model import Person
from matching.reports.chosen import Chosen, Scope, ScopeKind, scope_by_code
from matching.reports.figures import Group, by_group, figures, league, series
from matching.reports.periods import Period
from matching.reports.reading import reading_of
from matching.reports.values import worked_out
from matching.reports.weights import Weights
from matching.reports.written import listing
from matching.reports.written.material import About, Agreed, Given, Material, Need, Partnership
from matching.reports.written.periods import step_of
from matching.reports.written.words import about_of, words_of
from matching.units.model import Unit

SCOPES = {About.hospital: ScopeKind.hospital, About.branch: ScopeKind.unit, About.partner: ScopeKind.partner}
MOST_PARTNERS = 200


async def gather(
    session: AsyncSession, about: About, code: str, period: Period, *, by: Actor, at: datetime
) -> Material:
    """Raises NotSeen, NotAllowed as the figures do."""
    scope = await scope_by_code(session, by.root_id, SCOPES[about], code)
    chosen = await reading_of(session, by.root_id, by).choose(scope, period)
    root = await session.get_one(Unit, by.root_id)
    step = step_of(period)
    points = await series(session, by.root_id, scope, period, step, by=by)
    today = at.astimezone(SHANGHAI).date()
    rows: dict[str, Any] = {}
    if about is About.hospital:
        rows["league"] = await league(session, by.root_id, period, by=by)
        rows["branches"] = await by_group(session, by.root_id, Group.branch, period, by=by)
    elif about is About.partner or len(chosen.ids) > 1:
        rows["branches"] = await by_group(session, by.root_id, Group.branch, period, by=by, scope=scope)
    asked, asked_all = await listing.asked(session, chosen, by)
    held, held_all = await listing.held(session, chosen, by)
    words = await words_of(session, by.root_id, about_of(about, code), period.code)
    return Material(
        about=about, code=chosen.code, name=chosen.name, issuer=root.name, on=today, period=period,
        figures=await figures(session, by.root_id, scope, period, by=by),
        before=await figures(session, by.root_id, scope, period.before, by=by),
        step=step, points=[point for point in points if point.period.first <= today],
        services=await by_group(session, by.root_id, Group.service, period, by=by, scope=scope),
        partners=await _partners(session, scope, chosen, by, today),
        cases=await listing.cases(session, chosen, by),
        asked=asked, asked_all=asked_all, held=held, held_all=held_all,
        words={chapter: row.text for chapter, row in words.items()},
        members=await _members(session, chosen), **rows,
    )  # fmt: skip


async def _members(session: AsyncSession, chosen: Chosen) -> int:
    """Of the hospital or unit; 0 for a partner."""
    if chosen.column == "partner_id":
        return 0
    own = [col(Person.root_id) == chosen.root_id, col(Person.status) != "left", col(Person.partner_id).is_(None)]
    if chosen.column:
        own.append(col(Person.unit_id).in_(chosen.ids))
    return (await session.exec(select(func.count()).select_from(Person).where(*own))).one()


async def _partners(session: AsyncSession, scope: Scope, chosen: Chosen, by: Actor, today: date) -> list[Partnership]:
    """The partner itself, or those that the hospital's branches, or these units, are paired with."""
    statement = select(Partner, Unit).join(Unit, col(Unit.id) == Partner.unit_id)
    statement = statement.where(Partner.root_id == chosen.root_id).order_by(Partner.code).limit(MOST_PARTNERS)
    if scope.kind is ScopeKind.partner:
        statement = statement.where(Partner.id == scope.id)
    elif chosen.column:
        statement = statement.where(col(Partner.unit_id).in_(chosen.ids))
    found = list(await session.exec(statement))
    agreements = await agreements_of(session, [partner.id or 0 for partner, _unit in found])
    rows = await by_group(session, by.root_id, Group.partner, chosen.period, by=by, scope=scope)
    done = {row.scope.id: row.figures for row in rows}
    nothing = worked_out({}, Weights())
    made = []
    for partner, unit in found:
        lists = await lists_of(session, partner, by)
        made.append(
            Partnership(
                code=partner.code, name=partner.name, kind=PARTNER_KINDS[PartnerKind(partner.kind)], branch=unit.name,
                figures=done.get(partner.id or 0, nothing),
                address=partner.address,
                agreements=[_agreed(one, today) for one in agreements.get(partner.id or 0, [])],
                needs=_needs(lists), given=_given(lists),
                pairs=await _pairs(session, partner, chosen.period), liaisons=len(await liaisons_of(session, partner)),
                volunteers=await _volunteers(session, partner, chosen.period),
            )
        )  # fmt: skip
    return made


def _agreed(one: Agreement, today: date) -> Agreed:
    running = one.ended_at is None and one.first_on <= today <= one.last_on
    return Agreed(one.no, one.first_on, one.last_on, running)


def _needs(lists: Lists) -> list[Need]:
    made = []
    for item in lists.of(ListKind.need):
        if item.state == ItemState.dropped:
            continue
        ahead = lists.leads_to(item)
        resources = [one for one in ahead if one.kind == ListKind.resource]
        through = [further for one in resources for further in lists.leads_to(one)]
        projects = {one.id: one for one in (*ahead, *through) if one.kind == ListKind.project}
        asked = {number for id_ in (item.id, *projects) for number in lists.asked.get(id_ or 0, [])}
        made.append(
            Need(
                item.title, item.ours, ITEM_STATES[ItemState(item.state)],
                [one.title for one in resources], [one.title for one in projects.values()], len(asked),
            )
        )  # fmt: skip
    return made


def _given(lists: Lists) -> list[Given]:
    return [
        Given(
            item.title, item.ours, ITEM_STATES[ItemState(item.state)],
            [one.title for one in (*lists.comes_from(item), *lists.leads_to(item))],
        )
        for item in lists.of(ListKind.resource)
        if item.state != ItemState.dropped
    ]  # fmt: skip


async def _pairs(session: AsyncSession, partner: Partner, period: Period) -> int:
    """Members and people there who were paired on the period's last day."""
    lasting = (col(Pairing.until).is_(None)) | (col(Pairing.until) > period.last)
    of = (
        Pairing.partner_id == partner.id,
        Pairing.kind == PairingKind.person,
        col(Pairing.since) <= period.last,
        lasting,
    )
    return (await session.exec(select(func.count()).select_from(Pairing).where(*of))).one()


async def _volunteers(session: AsyncSession, partner: Partner, period: Period) -> int:
    counted = select(func.sum(Activity.partner_volunteers)).where(
        Activity.partner_id == partner.id, Activity.state == ActivityState.confirmed,
        col(Activity.starts_at) >= period.begins, col(Activity.starts_at) < period.ends,
    )  # fmt: skip
    return (await session.exec(counted)).one() or 0
