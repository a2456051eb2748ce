"""Registering partners and changing what is known of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed
from matching.partners.model import Pairing, PairingKind, Partner, PartnerKind
from matching.partners.policy import may_add
from matching.partners.queries import partner_for
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.units.model import Unit
from matching.units.queries import unit_by_code


@dataclass(frozen=True)
class Known:
    """What is known of an organisation; `unit` is the code of the branch it is paired with."""

    name: str
    kind: PartnerKind
    unit: str
    address: str = ""


async def add_partner(session: AsyncSession, code: str, known: Known, *, by: Actor, at: datetime) -> Partner:
    """Register one, paired with its branch from today. Raises NotAllowed, Invalid on `code` or `unit`."""
    if not may_add(by):
        raise NotAllowed
    taken = select(Partner.id).where(Partner.root_id == by.root_id, Partner.code == code)
    if (await session.exec(taken)).first() is not None:
        raise Invalid.field_is("code", "in_use", value=code)
    unit = await unit_by_code(session, by.root_id, known.unit)
    partner = Partner(
        root_id=by.root_id, code=code, name=known.name, kind=known.kind, address=known.address, unit_id=unit.id or 0,
        made_at=at,
    )  # fmt: skip
    session.add(partner)
    await session.flush()
    pair_branch(session, partner, unit, at)
    note(session, "add_partner", code, by=by, at=at)
    return partner


async def change_partner(session: AsyncSession, code: str, known: Known, *, by: Actor, at: datetime) -> Partner:
    """What is known now; another branch ends the pairing with the one before. Raises NotSeen, NotAllowed, Invalid."""
    partner, before = await partner_for(session, "change_partner", code, by, lock=True)
    unit = await unit_by_code(session, by.root_id, known.unit)
    partner.name, partner.kind, partner.address = known.name, known.kind, known.address
    if unit.id != before.id:
        await pair_anew(session, partner, unit, at)
    note(session, "change_partner", code, by=by, at=at)
    return partner


async def set_open(session: AsyncSession, code: str, is_open: bool, *, by: Actor, at: datetime) -> Partner:
    """Whether we still build together: of a closed one nothing new can be asked, what was stays. Twice does nothing."""
    partner, _unit = await partner_for(session, "change_partner", code, by, lock=True)
    if partner.open != is_open:
        partner.open = is_open
        note(session, "open_partner" if is_open else "close_partner", code, by=by, at=at)
    return partner


def pair_branch(session: AsyncSession, partner: Partner, unit: Unit, at: datetime) -> None:
    """The pairing of a branch with the organisation, from that day on."""
    session.add(
        Pairing(root_id=partner.root_id, partner_id=partner.id or 0, kind=PairingKind.branch, unit_id=unit.id or 0,
                since=at.astimezone(SHANGHAI).date())
    )  # fmt: skip


async def pair_anew(session: AsyncSession, partner: Partner, unit: Unit, at: datetime) -> None:
    """Another branch from that day on."""
    lasting = select(Pairing).where(
        Pairing.partner_id == partner.id, Pairing.kind == PairingKind.branch, col(Pairing.until).is_(None)
    )
    for pairing in await session.exec(lasting):
        pairing.until = at.astimezone(SHANGHAI).date()
    partner.unit_id = unit.id or 0
    pair_branch(session, partner, unit, at)
