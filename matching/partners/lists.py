"""The three lists (三张清单): writing entries, linking need → resource → project, and where each stands."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotAllowed, NotSeen
from matching.partners.model import ItemLink, ItemState, ListItem, ListKind, Partner, PartnerRequest
from matching.partners.policy import may
from matching.partners.queries import extra_of, own_partner, partner_for
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.requests.queries import visible_request
from matching.services.model import Service
from matching.units.model import Unit
from matching.units.queries import unit_by_code

MOST = 300  # entries of one partner
LEADS_TO = {ListKind.need: (ListKind.resource, ListKind.project), ListKind.resource: (ListKind.project,)}


@dataclass(frozen=True)
class Entry:
    """What an entry says. `ours`: the hospital needs or gives it; `service`, `unit`: codes; `volunteers`: people who
    are offered with a resource."""

    kind: ListKind
    title: str
    text: str = ""
    ours: bool = False
    volunteers: int = 0
    service: str = ""
    unit: str = ""
    first_on: date | None = None
    last_on: date | None = None


async def add_item(session: AsyncSession, code: str, entry: Entry, *, by: Actor, at: datetime) -> ListItem:
    """An entry of a partner's lists, by staff. Raises NotSeen, NotAllowed, Invalid on a field."""
    partner, unit = await partner_for(session, "set_items", code, by)
    return await _add(session, partner, unit, entry, by, at)


async def offer(session: AsyncSession, entry: Entry, *, by: Actor, at: datetime) -> ListItem:
    """What a liaison writes into the lists of their organisation: needs, and what it gives; projects are made by us."""
    partner, unit = await own_partner(session, by, "set_items")
    if entry.kind is ListKind.project or entry.ours:
        raise NotAllowed
    return await _add(session, partner, unit, entry, by, at)


async def set_state(
    session: AsyncSession, code: str, item_id: int, state: ItemState, *, by: Actor, at: datetime
) -> ListItem:
    """Done, dropped, or taken up again; a liaison may only drop what is theirs and not matched yet.

    Raises NotSeen, NotAllowed, WrongState("item_state").
    """
    partner, _unit = await partner_for(session, "set_items", code, by)
    item = await _item(session, partner, item_id)
    if by.partner_id is not None and not _may_drop(item, state):
        raise NotAllowed
    if item.state != state:
        item.become(state, at)
        note(session, "set_item_state", f"{code} {item_id} {state}", by=by, at=at)
    return item


async def link_items(session: AsyncSession, code: str, from_id: int, to_id: int, *, by: Actor, at: datetime) -> None:
    """need → resource, need → project, resource → project of one partner; both are matched then. Twice does nothing.

    Raises NotSeen, NotAllowed, Invalid on `to_id`.
    """
    partner, _unit = await partner_for(session, "link_items", code, by, lock=True)
    source, target = await _item(session, partner, from_id), await _item(session, partner, to_id)
    if ListKind(target.kind) not in LEADS_TO.get(ListKind(source.kind), ()):
        raise Invalid.field_is("to_id", "cannot_link")
    known = select(ItemLink.id).where(ItemLink.from_id == from_id, ItemLink.to_id == to_id)
    if (await session.exec(known)).first() is not None:
        return
    session.add(ItemLink(root_id=by.root_id, from_id=from_id, to_id=to_id, made_at=at))
    for item in (source, target):
        if item.state == ItemState.open:
            item.become(ItemState.matched, at)
    note(session, "link_items", f"{code} {from_id} {to_id}", by=by, at=at)


async def unlink_items(session: AsyncSession, code: str, link_id: int, *, by: Actor, at: datetime) -> None:
    """They do not belong together after all. Raises NotSeen, NotAllowed."""
    partner, _unit = await partner_for(session, "link_items", code, by, lock=True)
    link = await session.get(ItemLink, link_id)
    if link is None or (await _item(session, partner, link.from_id)).partner_id != partner.id:
        raise NotSeen
    await session.delete(link)
    note(session, "unlink_items", f"{code} {link.from_id} {link.to_id}", by=by, at=at)


async def attach(
    session: AsyncSession, number: str, project_id: int | None, *, by: Actor, at: datetime
) -> PartnerRequest:
    """To which project a request belongs, None for none. Raises NotSeen, NotAllowed, Invalid on `project_id`."""
    request = await visible_request(session, number, by)
    extra = await extra_of(session, request)
    if extra is None:
        raise NotSeen
    partner = await session.get_one(Partner, extra.partner_id)
    unit = await session.get_one(Unit, partner.unit_id)
    if not may("link_items", by, partner, unit.path):
        raise NotAllowed
    if project_id is not None and (await _item(session, partner, project_id)).kind != ListKind.project:
        raise Invalid.field_is("project_id", "not_a_choice")
    extra.project_id = project_id
    note(session, "attach_request", f"{number} {project_id or ''}", by=by, at=at)
    return extra


async def _add(session: AsyncSession, partner: Partner, unit: Unit, entry: Entry, by: Actor, at: datetime) -> ListItem:
    if entry.first_on and entry.last_on and entry.last_on < entry.first_on:
        raise Invalid.field_is("last_on", "day_order")
    many = select(ListItem.id).where(ListItem.partner_id == partner.id, ListItem.kind == entry.kind).limit(MOST)
    if len((await session.exec(many)).all()) >= MOST:
        raise Invalid.field_is("title", "too_many_items", max=MOST)
    item = ListItem(
        root_id=partner.root_id, partner_id=partner.id or 0, kind=entry.kind, ours=entry.ours, title=entry.title,
        text=entry.text, volunteers=entry.volunteers if entry.kind is ListKind.resource else 0,
        first_on=entry.first_on, last_on=entry.last_on, made_by=by.id, made_at=at,
    )  # fmt: skip
    if entry.service:
        named = select(Service.id).where(Service.root_id == partner.root_id, Service.code == entry.service)
        item.service_id = (await session.exec(named)).first()
        if item.service_id is None:
            raise Invalid.field_is("service", "unknown_service")
    if entry.kind is ListKind.project:
        item.unit_id = (await unit_by_code(session, partner.root_id, entry.unit)).id if entry.unit else unit.id
    session.add(item)
    await session.flush()
    note(session, "add_item", f"{partner.code} {item.id}", by=by, at=at)
    return item


def _may_drop(item: ListItem, state: ItemState) -> bool:
    theirs = not item.ours and item.kind != ListKind.project
    return theirs and state is ItemState.dropped and item.state in {ItemState.open, ItemState.dropped}


async def _item(session: AsyncSession, partner: Partner, item_id: int) -> ListItem:
    found = select(ListItem).where(col(ListItem.id) == item_id, ListItem.partner_id == partner.id)
    item = (await session.exec(found.with_for_update())).first()
    if item is None:
        raise NotSeen
    return item
