"""One partner as staff's programs are told of it: everything but its requests, which are among the requests."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.v1.partner_shapes import ItemOut, PartnerOut
from matching.api.v1.problems import may_refuse
from matching.clock import SHANGHAI
from matching.partners.balance import Balance, balance
from matching.partners.policy import may
from matching.partners.queries import agreements_of, liaisons_of, lists_of, pairings_of, visible_partner
from matching.people.actor import Actor

Code = Annotated[str, Path(max_length=40, examples=["P01"])]
WRITES = may_refuse(409, 413, 415)


class ListedOut(BaseModel):
    """A partner as the list shows it."""

    partner: PartnerOut
    asking: int = Field(description="Requests of theirs that are open")


class LiaisonOut(BaseModel):
    """Somebody who speaks for the partner. The one-time password stands in the answer that made it and nowhere else."""

    member_no: str
    name: str
    post: str
    login: str = Field(description="For those who set up liaisons; empty for others")
    can_sign_in: bool
    one_time_password: str = ""


class PairingOut(BaseModel):
    """Who is paired with whom; of the person there the family name only."""

    id: int
    kind: str
    unit: str
    member: str
    label: str
    since: date
    until: date | None


class WholePartnerOut(ListedOut):
    """Everything about one partner but its requests, which are among the requests."""

    asking: int = 0
    liaisons: list[LiaisonOut]
    pairings: list[PairingOut]
    items: list[ItemOut]
    year: Balance


async def told(session: AsyncSession, code: str, by: Actor, at: datetime) -> dict[str, Any]:
    """Everything about one, as JSON values. Raises NotSeen."""
    today = at.astimezone(SHANGHAI).date()
    partner, unit = await visible_partner(session, code, by)
    held = (await agreements_of(session, [partner.id or 0])).get(partner.id or 0, [])
    written, sets = await lists_of(session, partner, by), may("set_liaisons", by, partner, unit.path)
    whole = WholePartnerOut(
        partner=PartnerOut.of(partner, unit, held, today),
        liaisons=[
            LiaisonOut(member_no=one.member_no, name=one.name, post=one.post, login=(sets and one.login) or "",
                       can_sign_in=one.password_hash is not None)
            for one in await liaisons_of(session, partner)
        ],
        pairings=[
            PairingOut(id=one.id or 0, kind=one.kind, unit=branch.name, member=member,
                       label=one.label, since=one.since, until=one.until)
            for one, branch, member in await pairings_of(session, partner, by)
        ],
        items=[ItemOut.of(item, written) for item in written.items.values()],
        year=await balance(session, partner, date(today.year, 1, 1), today),
    )  # fmt: skip
    return whole.model_dump(mode="json")
