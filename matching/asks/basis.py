"""The hospital's own numbers that a preview of the dials is made from."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.counts import COUNTED
from matching.asks.facts import weights_of
from matching.asks.model import Answer, Ask
from matching.people.model import Grant, Person, Role
from matching.requests.model import ServiceRequest

LOOKED_BACK = timedelta(days=30)  # of requests and answers
ENOUGH = 100  # answered asks; with fewer the rate that scoring goes by is taken


class Basis(NamedTuple):
    """Members who may be asked, requests a day, and the share of asks that are accepted (0 to 1)."""

    members: int
    arrivals: float
    rate: float


async def basis_of(session: AsyncSession, root_id: int, at: datetime) -> Basis:
    """As it was in the last 30 days; `arrivals` over the days since the first request where those are fewer."""
    holders = select(Grant.person_id).where(
        Grant.root_id == root_id, Grant.role == Role.member, col(Grant.revoked_at).is_(None)
    )
    people = select(func.count()).where(Person.root_id == root_id, Person.status != "left", col(Person.id).in_(holders))
    since = at - LOOKED_BACK
    filed = select(func.count(), func.min(ServiceRequest.filed_at)).where(
        ServiceRequest.root_id == root_id, col(ServiceRequest.filed_at) >= since  # ids tell no time: imports come late
    )  # fmt: skip
    requests, first = (await session.exec(filed)).one()
    asks = select(col(Ask.answer), func.count()).where(
        Ask.root_id == root_id, col(Ask.asked_at) >= since, col(Ask.answer).in_(COUNTED)
    )
    answers = dict(list(await session.exec(asks.group_by(col(Ask.answer)))))
    answered = sum(answers.values())
    rate = answers.get(Answer.accepted, 0) / answered if answered >= ENOUGH else 0.0
    days = max(1.0, (at - first) / timedelta(days=1)) if requests else 1.0
    return Basis((await session.exec(people)).one(), requests / days, rate or (await weights_of(session, root_id)).rate)
