"""Pairings of members with people there: who it is lies sealed, everybody else reads 张*."""

import json
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed, NotSeen, WrongState
from matching.partners.model import Pairing, PairingKind
from matching.partners.policy import may
from matching.partners.queries import partner_for
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.queries import known_as, person_by_no
from matching.privacy.masking import masked_name
from matching.privacy.sealed import Sealer
from matching.units.model import Unit


async def pair_person(
    session: AsyncSession, code: str, member: str, name: str, phone: str = "", about: str = "", *, sealer: Sealer,
    by: Actor, at: datetime,
) -> Pairing:  # fmt: skip
    """A member (by number) and one person of the partner, from today; the pair that is there already, if it is.

    Raises NotSeen, NotAllowed, Invalid on `member`: of the paired branch or below it.
    """
    partner, unit = await partner_for(session, "set_pairings", code, by, lock=True)
    person = await person_by_no(session, by.root_id, member, field="member")
    theirs = await session.get_one(Unit, person.unit_id)
    if not unit.holds(theirs) or person.status == "left":
        shown = await known_as(session, person, by)
        raise Invalid.field_is("member", "not_in_paired_branch", name=shown, unit=unit.name)
    typed = {"name": name, "phone": phone, "about": about}
    lasting = select(Pairing).where(
        Pairing.partner_id == partner.id, Pairing.person_id == person.id, col(Pairing.until).is_(None)
    )
    for one in await session.exec(lasting):
        if one.sealed and json.loads(sealer.open(one.sealed, pairing_context(one))) == typed:
            return one
    pairing = Pairing(
        root_id=by.root_id, partner_id=partner.id or 0, kind=PairingKind.person, unit_id=unit.id or 0,
        person_id=person.id, label=masked_name(name), since=at.astimezone(SHANGHAI).date(),
    )  # fmt: skip
    session.add(pairing)
    await session.flush()
    pairing.sealed = sealer.seal(json.dumps(typed, ensure_ascii=False), pairing_context(pairing))
    note(session, "pair_person", f"{code} {person.member_no}", by=by, at=at)
    return pairing


async def end_pairing(session: AsyncSession, code: str, pairing_id: int, *, by: Actor, at: datetime) -> Pairing:
    """It lasts no longer, and who it was is forgotten. A branch's ends by pairing another. Raises NotSeen, NotAllowed,
    WrongState("pairing_over")."""
    partner, _unit = await partner_for(session, "set_pairings", code, by)
    pairing = await session.get(Pairing, pairing_id, with_for_update=True)
    if pairing is None or pairing.partner_id != partner.id or pairing.kind != PairingKind.person:
        raise NotSeen
    if pairing.until is not None:
        raise WrongState("pairing_over")
    pairing.until, pairing.sealed = at.astimezone(SHANGHAI).date(), None
    note(session, "end_pairing", f"{code} {pairing_id}", by=by, at=at)
    return pairing


async def look_up(
    session: AsyncSession, code: str, pairing_id: int, *, sealer: Sealer, by: Actor, at: datetime
) -> dict[str, str]:
    """Name, phone and what to know of whom a member is paired with; that somebody looked is logged.

    For the office, the lead of the branch, and the member. Raises NotSeen, NotAllowed.
    """
    partner, unit = await partner_for(session, "see_partners", code, by)
    pairing = await session.get(Pairing, pairing_id)
    if pairing is None or pairing.partner_id != partner.id or pairing.sealed is None:
        raise NotSeen
    if not may("see_paired_people", by, partner, unit.path):
        raise NotAllowed
    note(session, "look_up_pairing", f"{code} {pairing_id}", by=by, at=at)
    return dict(json.loads(sealer.open(pairing.sealed, pairing_context(pairing))))


async def paired_with(session: AsyncSession, sealer: Sealer, *, by: Actor) -> list[tuple[Pairing, dict[str, str]]]:
    """Whom a member is paired with, by their own eyes."""
    mine = select(Pairing).where(
        Pairing.person_id == by.id, Pairing.root_id == by.root_id, col(Pairing.until).is_(None)
    )
    found = await session.exec(mine.order_by(col(Pairing.id)))
    return [(one, json.loads(sealer.open(one.sealed, pairing_context(one)))) for one in found if one.sealed]


def pairing_context(pairing: Pairing) -> str:
    """What the sealed part of a pairing is sealed for."""
    return f"pairing:{pairing.root_id}:{pairing.id}"
