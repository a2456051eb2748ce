"""The demo's points: what was done is counted, some service was declared, lists hang out, a certificate is there."""

from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.demo.cast import STAFF, Cast
from matching.demo.evidence import declare
from matching.people.actor import Actor
from matching.people.model import Role
from matching.recognition import certifying, publishing
from matching.recognition.ledger import this_year
from matching.recognition.posting import post_new
from matching.recognition.sources import KINDS
from matching.requests.photos import Photos

OBJECTION = "我 3 月那次陪诊好像少记了半小时，请核对一下。"
ANSWER = "已核对：办结时填的是 40 分钟，按规则计，没有少记。"


async def recognise(session: AsyncSession, people: Cast, photos: Photos, now: datetime) -> int:
    """Post what was done and add the rest; returns how many lines the ledger has."""
    lines = 0
    for kind in KINDS:
        while count := await post_new(session, people.root_id, kind, at=now):
            lines += count
    by_no = {one.member_no: people.actors[id_] for id_, one in people.people.items()}
    member, lead, office = (by_no[STAFF[role][0]] for role in (Role.member, Role.unit_lead, Role.committee))
    lines += await declare(session, people, photos, member, lead, now)
    await _publish(session, people, member, lead, office, now)
    await _certify(session, people, member, lead, now)
    return lines


async def _publish(
    session: AsyncSession, people: Cast, member: Actor, lead: Actor, office: Actor, now: datetime
) -> None:
    """One list of the whole hospital that stands, and one of the branch that hangs out with an objection answered."""
    branch, year = people.units[lead.unit_id or 0], this_year(now - timedelta(days=60))  # in January: the old year
    root = people.units[people.root_id]
    await publishing.publish(session, root.code, year, f"{root.house} {year} 年志愿服务积分", by=office,
                             at=now - timedelta(days=12))  # fmt: skip
    hanging = await publishing.publish(session, branch.code, year, f"{branch.name} {year} 年志愿服务积分", by=lead,
                                       at=now - timedelta(days=3))  # fmt: skip
    raised = await publishing.object_to(session, hanging.id or 0, OBJECTION, by=member, at=now - timedelta(days=2))
    await publishing.answer(
        session, hanging.id or 0, raised.id or 0, ANSWER, by=lead, at=now - timedelta(days=1, hours=5)
    )


async def _certify(session: AsyncSession, people: Cast, member: Actor, lead: Actor, now: datetime) -> None:
    at, phone = now - timedelta(hours=3), people.units[people.root_id].desk_phone
    number = people.people[member.id or 0].member_no
    await certifying.issue(
        session, number, _day(at - timedelta(days=300)), _day(at), lead.name, lead.name, phone, "用于年度评优。",
        by=lead, at=at,
    )  # fmt: skip


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()
