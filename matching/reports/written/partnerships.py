"""The partners of a report: what was agreed, needed, given and done with each; so many statements for any number."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, ActivityState
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
from matching.partners.queries import Lists, agreements_of, lists_of_all
from matching.people.actor import Actor
from matching.people.model import Person
from matching.reports.chosen import Chosen, Scope, ScopeKind
from matching.reports.figures import Group, by_group
from matching.reports.periods import Period
from matching.reports.values import worked_out
from matching.reports.weights import Weights
from matching.reports.written.material import Agreed, Given, Need, Partnership
from matching.units.model import Unit

MOST_PARTNERS = 200


async def partnerships(
    session: AsyncSession, scope: Scope, chosen: Chosen, by: Actor, today: date
) -> list[Partnership]:
    """The partner itself, or those that the hospital's branches, or these units, are paired with."""
    statement = select(Partner, Unit).join(Unit, col(Unit.id) == Partner.unit_id)
    statement = statement.where(Partner.root_id == chosen.root_id).order_by(Partner.code).limit(MOST_PARTNERS)
    if scope.kind is ScopeKind.partner:
        statement = statement.where(Partner.id == scope.id)
    elif chosen.column:
        statement = statement.where(col(Partner.unit_id).in_(chosen.ids))
    found = [(partner, unit, partner.id or 0) for partner, unit in await session.exec(statement)]
    ids = [id_ for _partner, _unit, id_ in found]
    agreements, lists = await agreements_of(session, ids), await lists_of_all(session, ids, by)
    pairs, liaisons = await _pairs(session, ids, chosen.period), await _liaisons(session, ids)
    volunteers = await _volunteers(session, ids, chosen.period)
    rows = await by_group(session, by.root_id, Group.partner, chosen.period, by=by, scope=scope)
    done = {row.scope.id: row.figures for row in rows}
    nothing = worked_out({}, Weights())
    return [
        Partnership(
            code=partner.code, name=partner.name, kind=PARTNER_KINDS[PartnerKind(partner.kind)], branch=unit.name,
            figures=done.get(id_, nothing), address=partner.address,
            agreements=[_agreed(one, today) for one in agreements.get(id_, [])],
            needs=_needs(lists[id_]), given=_given(lists[id_]),
            pairs=pairs.get(id_, 0), liaisons=liaisons.get(id_, 0), volunteers=volunteers.get(id_) or 0,
        )
        for partner, unit, id_ in found
    ]  # fmt: skip


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


async def _pairs(session: AsyncSession, partners: Sequence[int], period: Period) -> dict[int, int]:
    """By partner, members and people there who were paired on the period's last day."""
    lasting = (col(Pairing.until).is_(None)) | (col(Pairing.until) > period.last)
    of = Pairing.kind == PairingKind.person, col(Pairing.since) <= period.last, lasting
    return await _each(session, Pairing.partner_id, func.count(), partners, *of)


async def _liaisons(session: AsyncSession, partners: Sequence[int]) -> dict[int, int]:
    """By partner, how many speak for it now."""
    return await _each(session, Person.partner_id, func.count(), partners, Person.status != "left")


async def _volunteers(session: AsyncSession, partners: Sequence[int], period: Period) -> dict[int, int]:
    """By partner, those of its own who helped in activities of the period."""
    took_place = (
        Activity.state == ActivityState.confirmed, col(Activity.starts_at) >= period.begins,
        col(Activity.starts_at) < period.ends,
    )  # fmt: skip
    return await _each(session, Activity.partner_id, func.sum(Activity.partner_volunteers), partners, *took_place)


async def _each(session: AsyncSession, of: Any, amount: Any, partners: Sequence[int], *where: Any) -> dict[int, int]:
    counted = select(of, amount).where(col(of).in_(partners), *where).group_by(of)
    return dict((await session.exec(counted)).all())
