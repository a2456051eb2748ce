"""The partner of an activity, as a form or a filter names it: by code, or by what was typed to find it."""

from dataclasses import replace

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.actions import Plan
from matching.api.choosing import Among, Choice, partner_choice, partner_code
from matching.errors import Invalid, Refused
from matching.partners.model import Partner
from matching.people.actor import Actor


async def with_partner(session: AsyncSession, wish: Plan, by: Actor) -> Plan:
    """What is arranged, with the code of the partner that was meant. Raises Invalid on `partner`."""
    return replace(wish, partner=await partner_code(session, by, Among.open, wish.partner))


async def partner_sought(session: AsyncSession, by: Actor, typed: str) -> tuple[Choice, int | None, dict[str, Refused]]:
    """The field of a filter, the inner id of the one it keeps, and what is wrong while it is not clear which."""
    choice = await partner_choice(session, by, Among.all, typed)
    try:
        code = await partner_code(session, by, Among.all, typed)
    except Invalid as unclear:
        return choice, None, unclear.fields
    found = await session.exec(select(Partner.id).where(Partner.root_id == by.root_id, Partner.code == code))
    return choice, found.first(), {}
