"""Reads of partners through the eyes of a viewer."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import NotAllowed, NotSeen
from matching.partners.model import Agreement, ItemLink, ListItem, ListKind, Pairing, Partner, PartnerRequest
from matching.partners.policy import may
from matching.people.actor import Actor
from matching.people.model import Person
from matching.privacy.masking import masked_name
from matching.requests.model import ServiceRequest
from matching.requests.queries import Page, loaded, page_of, visible
from matching.units.model import Unit

R = ServiceRequest


@dataclass(frozen=True)
class Lists:
    """The three lists of one partner, in the order they were written, and what each entry leads to or comes from."""

    items: dict[int, ListItem]
    links: list[ItemLink] = field(default_factory=list)
    asked: dict[int, list[str]] = field(default_factory=dict)  # project or need id → numbers of requests

    def of(self, kind: ListKind) -> list[ListItem]:
        """One of the three columns."""
        return [item for item in self.items.values() if item.kind == kind]

    def leads_to(self, item: ListItem) -> list[ListItem]:
        """What it was matched with."""
        return [self.items[link.to_id] for link in self.links if link.from_id == item.id]

    def comes_from(self, item: ListItem) -> list[ListItem]:
        """What was matched with it."""
        return [self.items[link.from_id] for link in self.links if link.to_id == item.id]


@dataclass(frozen=True)
class Ordered:
    """The organisation that asks, and what its request says besides."""

    code: str
    name: str
    extra: PartnerRequest


async def visible_partner(session: AsyncSession, code: str, by: Actor, *, lock: bool = False) -> tuple[Partner, Unit]:
    """A partner by its code with the branch it is paired with. Raises NotSeen."""
    statement = select(Partner, Unit).join(Unit, col(Unit.id) == Partner.unit_id)
    statement = statement.where(Partner.root_id == by.root_id, Partner.code == code)
    if lock:
        statement = statement.with_for_update(of=Partner)
    found = (await session.exec(statement)).first()
    if found is None or not (may("see_partners", by, *_at(found)) or may("see_own_partner", by, *_at(found))):
        raise NotSeen
    return found[0], found[1]


async def partner_for(
    session: AsyncSession, act: str, code: str, by: Actor, *, lock: bool = False
) -> tuple[Partner, Unit]:
    """The same for who may do `act` with it. Raises NotSeen, NotAllowed."""
    partner, unit = await visible_partner(session, code, by, lock=lock)
    if not may(act, by, partner, unit.path):
        raise NotAllowed
    return partner, unit


async def own_partner(session: AsyncSession, by: Actor, act: str = "see_own_partner") -> tuple[Partner, Unit]:
    """The organisation whose liaison `by` is. Raises NotSeen."""
    statement = select(Partner, Unit).join(Unit, col(Unit.id) == Partner.unit_id).where(Partner.id == by.partner_id)
    found = (await session.exec(statement)).first()
    if found is None or not may(act, by, *_at(found)):
        raise NotSeen
    return found[0], found[1]


async def agreements_of(session: AsyncSession, partners: Collection[int]) -> dict[int, list[Agreement]]:
    """All agreements by partner, the newest first."""
    found = select(Agreement).where(col(Agreement.partner_id).in_(partners)).order_by(col(Agreement.last_on).desc())
    result: dict[int, list[Agreement]] = {}
    for one in await session.exec(found):
        result.setdefault(one.partner_id, []).append(one)
    return result


async def liaisons_of(session: AsyncSession, partner: Partner) -> list[Person]:
    """Those who speak for it now."""
    theirs = select(Person).where(Person.partner_id == partner.id, Person.status != "left").order_by(col(Person.id))
    return list(await session.exec(theirs))


async def pairings_of(session: AsyncSession, partner: Partner, by: Actor) -> list[tuple[Pairing, Unit, str]]:
    """Who is, and was, paired with whom; those that last first. The name of the member, '' where it is a branch: whole
    for who may look up with whom, else 孙*."""
    statement = (
        select(Pairing, Unit, Person)
        .join(Unit, col(Unit.id) == Pairing.unit_id)
        .outerjoin(Person, col(Person.id) == Pairing.person_id)
        .where(Pairing.partner_id == partner.id)
        .order_by(col(Pairing.until).is_not(None), col(Pairing.since).desc(), col(Pairing.id))
    )
    whole = may("see_paired_people", by, partner, (await session.get_one(Unit, partner.unit_id)).path)
    return [
        (pairing, unit, "" if not pairing.person_id else person.name if whole else masked_name(person.name))
        for pairing, unit, person in await session.exec(statement)
    ]


async def lists_of(session: AsyncSession, partner: Partner, by: Actor) -> Lists:
    """The three lists with their links; of requests the numbers that `by` may see."""
    return (await lists_of_all(session, [partner.id or 0], by))[partner.id or 0]


async def lists_of_all(session: AsyncSession, partners: Collection[int], by: Actor) -> dict[int, Lists]:
    """The same of many, by partner: three statements, however many there are."""
    found: dict[int, Lists] = {one: Lists({}, [], {}) for one in partners}
    of_item: dict[int, Lists] = {}
    for item in await session.exec(
        select(ListItem).where(col(ListItem.partner_id).in_(partners)).order_by(col(ListItem.id))
    ):
        of_item[item.id or 0] = found[item.partner_id]
        found[item.partner_id].items[item.id or 0] = item
    links = select(ItemLink).join(ListItem, col(ListItem.id) == ItemLink.from_id)
    for link in await session.exec(links.where(col(ListItem.partner_id).in_(partners)).order_by(col(ItemLink.id))):
        of_item[link.from_id].links.append(link)
    named = col(PartnerRequest.project_id).is_not(None) | col(PartnerRequest.need_id).is_not(None)
    statement = select(PartnerRequest, R).join(R, col(R.id) == PartnerRequest.request_id)
    statement = statement.where(col(PartnerRequest.partner_id).in_(partners), named, visible(by)).order_by(col(R.id))
    for extra, request in await session.exec(statement):
        for item_id in {extra.project_id, extra.need_id} - {None}:
            found[extra.partner_id].asked.setdefault(item_id or 0, []).append(request.number)
    return found


async def requests_of(
    session: AsyncSession, partner: Partner, by: Actor, *, after: tuple[datetime, int] | None = None, size: int = 20
) -> Page:
    """What it asked, the newest first, as far as `by` may see it."""
    statement = select(R).where(R.partner_id == partner.id, visible(by))
    if after is not None:
        statement = statement.where(col(R.id) < after[1])
    rows = list((await session.exec(loaded(statement.order_by(col(R.id).desc()).limit(size + 1)))).unique())
    return page_of(rows, size, attrgetter("filed_at"))


async def extra_of(session: AsyncSession, request: ServiceRequest) -> PartnerRequest | None:
    """What a partner's request says besides; None for everybody else's."""
    return await session.get(PartnerRequest, request.id) if request.partner_id is not None else None


async def extras_of(session: AsyncSession, requests: Collection[ServiceRequest]) -> dict[int, PartnerRequest]:
    """The same for many, by request."""
    ids = [one.id for one in requests if one.partner_id is not None]
    found = await session.exec(select(PartnerRequest).where(col(PartnerRequest.request_id).in_(ids))) if ids else ()
    return {one.request_id: one for one in found}


async def ordered(session: AsyncSession, request: ServiceRequest) -> Ordered | None:
    """Who asks, and what their request says besides; None for everybody else's."""
    extra = await extra_of(session, request)
    if extra is None:
        return None
    partner = await session.get_one(Partner, extra.partner_id)
    return Ordered(partner.code, partner.name, extra)


def _at(found: tuple[Partner, Unit]) -> tuple[Partner, str]:
    return found[0], found[1].path
