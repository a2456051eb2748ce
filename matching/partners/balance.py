"""What a partner asked for and what it gave, side by side (双向账, docs/domain.md §8)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import case, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.partners.model import ItemState, ListItem, ListKind, Partner, PartnerRequest
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.states import State

R = ServiceRequest
USED = (ItemState.matched, ItemState.done)


@dataclass(frozen=True)
class Balance:
    """Of what was filed, and on offer, in a period. `minutes`: served by members, travel excluded; `people`: who came,
    as the partner counted, else as it expected, of what was done."""

    filed: int
    completed: int
    people: int
    minutes: int
    resources: int
    used: int
    volunteers: int


async def balance(session: AsyncSession, partner: Partner, first: date, last: date) -> Balance:
    """From the first day to the last, by the hospital's calendar days."""
    begin = datetime.combine(first, time(), SHANGHAI)
    end = datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
    within = col(R.partner_id) == partner.id, col(R.filed_at) >= begin, col(R.filed_at) < end
    done = col(R.result) != ""
    came = func.coalesce(PartnerRequest.came, PartnerRequest.headcount)
    counted = (
        select(func.count(), func.sum(case((done, 1), else_=0)), func.sum(case((done, came), else_=0)))
        .select_from(R)
        .join(PartnerRequest, col(PartnerRequest.request_id) == col(R.id))
        .where(*within, col(R.state) != State.withdrawn)
    )
    filed, completed, people = (await session.exec(counted)).one()
    served = select(func.sum(Claim.minutes)).join(R, col(R.id) == col(Claim.request_id))
    minutes = (await session.exec(served.where(*within, done, Claim.status == ClaimStatus.done))).one()
    theirs = col(ListItem.partner_id) == partner.id, ListItem.kind == ListKind.resource, col(ListItem.ours).is_(False)
    there = col(ListItem.made_at) < end, or_(col(ListItem.ended_at).is_(None), col(ListItem.ended_at) >= begin)
    offered = select(
        func.count(), func.sum(case((col(ListItem.state).in_(USED), 1), else_=0)), func.sum(ListItem.volunteers)
    ).where(*theirs, *there, ListItem.state != ItemState.dropped)
    resources, used, volunteers = (await session.exec(offered)).one()
    return Balance(filed, completed or 0, people or 0, minutes or 0, resources, used or 0, volunteers or 0)
