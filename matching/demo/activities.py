"""What the branches of the demo did together: their own meetings of two quarters, what they did for partners, and what
is still to come. Made in memory by the real verbs; all rows are written at once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.codes import new_key, sealed_for
from matching.activities.engaging import engage_all
from matching.activities.model import RHYTHM, Activity, ActivityKind, ActivityStep, Attendance, SignedHow
from matching.activities.rhythm import Quarter
from matching.clock import CHINA, SHANGHAI
from matching.demo import SEED
from matching.demo.cast import STAFF, Cast
from matching.importing.importer import Tools
from matching.partners.model import Partner, PartnerRequest
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.services.model import Service
from matching.units.model import Unit

K = ActivityKind
HELD = 0.93  # share of the meetings asked for that are held
CAME = 0.88  # of those on a list
FORESEEN = timedelta(days=14)  # how far ahead meetings are planned
CONFIRMED_AFTER = timedelta(days=1)
TITLES: dict[ActivityKind, tuple[str, ...]] = {
    K.members_meeting: ("支部党员大会：季度工作小结", "支部党员大会：讨论发展对象", "支部党员大会：民主评议"),
    K.committee_meeting: ("支委会：研究月度重点", "支委会：志愿服务安排", "支委会：党员积分公示", "支委会：结对共建"),
    K.group_meeting: ("党小组会：学习研讨", "党小组会：谈心谈话", "党小组会：岗位示范"),
    K.party_lesson: ("书记讲党课：把初心写在床边", "微党课：一次会诊的故事", "党课：党章与纪律"),
    K.theme_day: ("主题党日：重温入党誓词", "主题党日：点亮微心愿", "主题党日：清廉医院大家谈", "主题党日：义务献血"),
}
LASTS = {K.members_meeting: 90, K.committee_meeting: 60, K.group_meeting: 50, K.party_lesson: 60, K.theme_day: 120}
SIZE = {K.committee_meeting: 5, K.group_meeting: 8}  # the others are for everybody
PLACES = ("党员活动室", "示教室", "门诊五楼会议室", "科室学习角", "综合楼报告厅")
EFFECTS = ("现场答疑，发放资料，大家反映讲得明白。", "有问题的当场约了号，随后有人跟进。", "和对方约定每季度来一次。",
           "来的人比预计的多，加了一轮，每个人都照顾到了。")  # fmt: skip


async def load_activities(session: AsyncSession, people: Cast, tools: Tools, now: datetime) -> int:
    """Write them; returns how many there are."""
    made = [*_meetings(people, now), *_now(people, now), *await _for_partners(session, people, now)]
    session.add_all([one.activity for one in made])
    await session.flush()
    rows: list[dict[str, Any]] = []
    for one in made:
        activity = one.activity
        activity.sealed_key = tools.sealer.seal_bytes(new_key(), sealed_for(activity.id or 0))
        rows += one.lived(now)
        session.add_all(one.steps)
    await session.flush()
    for start in range(0, len(rows), 2000):
        await session.execute(insert(Attendance), rows[start : start + 2000])
    await engage_all(session)
    return len(made)


class Made:
    """One activity with whom it lists, and what comes of it."""

    def __init__(self, activity: Activity, lead: Actor, listed: Sequence[int], dice: Random) -> None:
        self.activity, self.lead, self.listed, self.dice = activity, lead, list(dict.fromkeys(listed)), dice
        self.counts: dict[str, Any] = {}
        self.steps: list[ActivityStep] = []

    def lived(self, now: datetime) -> list[dict[str, Any]]:
        """Its attendances as rows, its state and Steps as they are now."""
        activity = self.activity
        self.steps.append(
            ActivityStep(root_id=activity.root_id, activity_id=activity.id or 0, verb="plan", by_id=self.lead.id,
                         at=activity.made_at)
        )  # fmt: skip
        began, over = activity.starts_at <= now, activity.ends_at + CONFIRMED_AFTER <= now
        rows = [self._row(person_id, now) for person_id in self.listed]
        begun = activity.begin(self.lead, activity.starts_at) if began and any(r["signed_at"] for r in rows) else None
        self.steps += [begun] if begun is not None else []
        if over and any(row["minutes"] for row in rows):
            counts = {"person_times": sum(row["minutes"] > 0 for row in rows)} | self.counts
            at = activity.ends_at + timedelta(hours=self.dice.randint(1, 3))
            self.steps.append(activity.confirm(self.lead, at, **counts))
        return rows

    def _row(self, person_id: int, now: datetime) -> dict[str, Any]:
        activity = self.activity
        place = Attendance(root_id=activity.root_id, activity_id=activity.id or 0, person_id=person_id)
        if activity.starts_at <= now and (self.dice.random() < CAME or len(self.listed) < 3):
            at = activity.starts_at + timedelta(minutes=self.dice.randint(-15, 6))
            place.sign(min(at, now), self.dice.choice((SignedHow.code, SignedHow.code, SignedHow.lead)))
            if self.dice.random() < 0.1 and activity.ends_at <= now:
                place.leave(activity.ends_at - timedelta(minutes=self.dice.randint(10, 25)))
        if activity.ends_at + CONFIRMED_AFTER <= now:
            place.minutes = place.proposed(activity, now)
        names = ("root_id", "activity_id", "person_id", "planned", "signed_at", "signed_how", "left_at", "doubtful",
                 "minutes")  # fmt: skip
        return {name: getattr(place, name) for name in names}


def _meetings(people: Cast, now: datetime) -> list[Made]:
    """Of this quarter and the one before, and of the next days; every tenth or so a branch forgets."""
    today = now.astimezone(SHANGHAI).date()
    this = Quarter.of(today)
    before = Quarter(this.year - (this.number == 1), (this.number + 2) % 4 + 1)
    made = []
    for unit_id, members in sorted(people.by_unit.items()):
        lead = people.leads.get(unit_id)
        if lead is None:
            continue
        serving = [one for one in members if one.status == "serving"]
        for quarter in (before, this):
            made += _of_quarter(people, people.units[unit_id], lead, serving, quarter, now)
    return made


def _of_quarter(
    people: Cast, unit: Unit, lead: Actor, members: Sequence[Person], quarter: Quarter, now: datetime
) -> list[Made]:
    first, until = quarter.bounds
    days = (until - first).days
    made = []
    for kind, number in RHYTHM.items():
        for place in range(number):
            dice = Random(f"{SEED}/{unit.code}/{quarter}/{kind}/{place}")
            day = first + timedelta(days=days * place // number + dice.randint(2, days // number - 3))
            starts = _evening(day.date(), dice)
            if starts > now + FORESEEN or (starts < now and dice.random() > HELD):
                continue
            listed = list(members) if kind not in SIZE else dice.sample(members, min(SIZE[kind], len(members)))
            activity = Activity(
                root_id=people.root_id, kind=kind, title=dice.choice(TITLES[kind]), unit_id=unit.id or 0,
                place=dice.choice(PLACES), starts_at=starts, ends_at=starts + timedelta(minutes=LASTS[kind]),
                lead_id=lead.id or 0, made_by=lead.id, made_at=starts - timedelta(days=5),
            )  # fmt: skip
            made.append(Made(activity, lead, [lead.id or 0, *(one.id or 0 for one in listed)], dice))
    return made


def _now(people: Cast, now: datetime) -> list[Made]:
    """One that the demo's lead can open on a phone at once: it has just begun, or begins tomorrow morning. Two of its
    people are called to another one before its end, which its list says beside their names."""
    lead = next(one for one in people.leads.values() if people.people[one.id or 0].member_no in STAFF[Role.unit_lead])
    there = now.astimezone(SHANGHAI)
    starts = there.replace(minute=there.minute // 15 * 15, second=0, microsecond=0) - timedelta(minutes=15)
    if not 8 <= there.hour < 20:
        starts = datetime.combine(there.date() + timedelta(days=there.hour >= 20), time(9, 30), SHANGHAI)
    activity = Activity(
        root_id=people.root_id, kind=K.service, title="门诊大厅健康咨询日", unit_id=lead.unit_id or 0,
        place="门诊一楼大厅", starts_at=starts, ends_at=starts + timedelta(hours=2), lead_id=lead.id or 0,
        made_by=lead.id, made_at=starts - timedelta(days=4),
    )  # fmt: skip
    members = [one.id or 0 for one in people.by_unit[lead.unit_id or 0] if one.status == "serving"]
    known = [id_ for id_, one in people.people.items() if one.member_no in STAFF[Role.member]]
    called = Activity(
        root_id=people.root_id, kind=K.committee_meeting, title=TITLES[K.committee_meeting][0],
        unit_id=lead.unit_id or 0, place=PLACES[0], starts_at=starts + timedelta(hours=1),
        ends_at=starts + timedelta(hours=2), lead_id=members[0], made_by=members[0], made_at=now - timedelta(hours=2),
    )  # fmt: skip
    return [
        Made(activity, lead, [*known, *members[:9]], Random(f"{SEED}/now")),
        Made(called, people.actors[members[0]], members[:2], Random(f"{SEED}/called")),
    ]


def _evening(day: date, dice: Random) -> datetime:
    """At the end of a working day."""
    while not CHINA.is_working(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(dice.choice((12, 16, 17, 17, 18)), 30), SHANGHAI)


async def _for_partners(session: AsyncSession, people: Cast, now: datetime) -> list[Made]:
    """What partners asked for and somebody took, as one activity each."""
    asked = select(ServiceRequest, PartnerRequest, Partner, Service)
    asked = asked.join(PartnerRequest, col(PartnerRequest.request_id) == ServiceRequest.id)
    asked = asked.join(Partner, col(Partner.id) == ServiceRequest.partner_id)
    asked = asked.join(Service, col(Service.id) == ServiceRequest.service_id)
    asked = asked.where(ServiceRequest.root_id == people.root_id, col(ServiceRequest.wanted_from).is_not(None))
    rows = list(await session.exec(asked.order_by(col(ServiceRequest.id))))
    held = select(Claim).where(
        col(Claim.request_id).in_([request.id for request, *_rest in rows]),
        col(Claim.status).in_([ClaimStatus.active, ClaimStatus.done]),
    )
    claims: dict[int, list[int]] = defaultdict(list)
    for request_id, theirs in groupby(
        sorted(await session.exec(held), key=lambda one: (one.request_id or 0, one.id or 0)), lambda one: one.request_id
    ):
        claims[request_id or 0] = [one.person_id for one in theirs]
    made = []
    for request, more, partner, service in rows:
        team, lead = claims[request.id or 0], people.leads.get(request.unit_id)
        starts, ends = request.wanted_from, request.wanted_to
        if not team or lead is None or starts is None or ends is None:
            continue
        dice = Random(f"{SEED}/activity/{request.filing_key}")
        activity = Activity(
            root_id=people.root_id, kind=K.service, title=f"{partner.name} {service.name}"[:80],
            unit_id=request.unit_id, partner_id=partner.id, project_id=more.project_id, request_id=request.id,
            service_id=service.id, place=more.venue, starts_at=starts, ends_at=ends, lead_id=lead.id or 0,
            made_by=lead.id, made_at=max(request.filed_at, min(starts, now) - timedelta(days=3)),
        )  # fmt: skip
        one = Made(activity, lead, team, dice)
        one.counts = {"person_times": more.came or more.headcount, "materials": dice.choice((0, 50, 80, 120, 200)),
                      "partner_volunteers": dice.choice((0, 0, 2, 3, 5)), "effect": dice.choice(EFFECTS)}  # fmt: skip
        made.append(one)
    return made
