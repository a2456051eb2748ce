"""The partners of the demo: what they asked in the last months, lived through with the real verbs, and their lists.

Their file was written for one spring; its requests move by whole weeks and its agreements by whole months, so that
terms stay whole years. What was to take place before now has taken place; the rest stands somewhere on its way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.demo import DATA, SEED
from matching.demo.cast import Cast
from matching.importing.importer import Tools
from matching.importing.reading import Row, Table, table
from matching.importing.requests import filing_key
from matching.importing.running import import_table
from matching.partners import lists, orders, pairings
from matching.partners.model import ItemState, ListItem, ListKind, Partner, PartnerRequest
from matching.people.actor import Actor, Kind, Scope
from matching.people.model import Person, Role
from matching.ratings import actions as ratings
from matching.requests import branch_actions, desk_actions, requester_actions
from matching.requests.claims import ClaimerKind
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded
from matching.requests.states import BadReason, Outcome, RejectReason, Result
from matching.units.model import Unit

WRITTEN = date(2026, 5, 27)  # the day of the file that becomes today, or up to six days later
KNOWN_FOR = timedelta(days=300)  # since when the partners are registered
JUST_NOW = {"R060": timedelta(minutes=50), "R058": timedelta(hours=3)}  # filed so long ago, and still to be looked at
PUBLIC = 0.5  # share of those that may be shown
PAIRED = (("P12", "甘秀兰"), ("P03", "覃福生"), ("P04", "邬桂英"), ("P14", "岑小满"))  # nobody who exists
WORDS = {
    "contact": ("和对方联络员通了电话，时间、场地和人数都对上了。", "现场看过场地，器材清单也核对好了。"),
    "complete": ("按约定办完，问题当场解答，资料也留下了。", "活动顺利，最后留了半小时答疑，对方很满意。",
                 "人比预计的多，加了一轮，每个人都照顾到了。"),
    "remark": ("讲得明白，大家都爱听。", "老师很耐心，下次还想请。", "时间刚刚好，没耽误生产。", ""),
    "good": ("很实用，谢谢各位老师！", "准备充分，讲得通俗。", "", "希望以后每季度来一次。"),
}  # fmt: skip
WORDING = {
    "first_aid_training": "到单位教大家学急救，人人上手练一遍",
    "free_clinic": "到现场义诊，给大家量血压、看报告",
    "health_lecture": "把健康讲座送到身边，现场答疑",
    "screening": "上门筛查，结果当场讲给大家听",
    "psych_lecture": "给大家讲讲怎么减压、怎么睡好",
    "joint_volunteering": "和共建单位的志愿者一起，办一场志愿服务",
}


@dataclass(frozen=True)
class House:
    """Whom and what the story of each request needs."""

    people: Cast
    tools: Tools
    liaisons: dict[int, Actor]  # by partner
    now: datetime


async def load_partners(session: AsyncSession, people: Cast, tools: Tools, now: datetime) -> tuple[int, int, int]:
    """Import and live through; returns how many partners, requests and Steps there are."""
    rows = list(table(DATA / "partners.jsonl", "").rows)
    known = [_renewed(row, _months(now)) for row in rows if row.cells["record_type"] == "partner"]
    asked = [_moved(row, now) for row in rows if row.cells["record_type"] == "request"]
    first = await _imported(session, known, tools, now - KNOWN_FOR)
    second = await _imported(session, asked, tools, now)
    house = House(people, tools, await _liaisons(session, people.root_id), now)
    steps = 0
    for place, row in enumerate(sorted(asked, key=lambda row: row.cells["submitted_at"])):
        steps += await _live(session, house, row, place)
    await _match(session, house)
    return first, second, steps


async def _imported(session: AsyncSession, rows: list[Row], tools: Tools, at: datetime) -> int:
    headings = tuple(dict.fromkeys(name for row in rows for name in row.cells))
    return (await import_table(session, "partners", Table(headings, rows), tools, at=at)).new


def _moved(row: Row, now: datetime) -> Row:
    said, today = row.cells, now.astimezone(SHANGHAI).date()
    by = timedelta(days=(today - WRITTEN).days // 7 * 7)
    filed = datetime.fromisoformat(said["submitted_at"]) + by
    if (ago := JUST_NOW.get(said["id"])) is not None:
        filed = now - ago
    day = date.fromisoformat(said["wanted.date"]) + by
    public = Random(f"{SEED}/{said['id']}/public").random() < PUBLIC
    return replace(row, cells=said | {"submitted_at": filed.isoformat(), "wanted.date": day.isoformat(),
                                      "show_publicly": "true" if public else "false"})  # fmt: skip


def _months(now: datetime) -> int:
    today = now.astimezone(SHANGHAI).date()
    return (today.year - WRITTEN.year) * 12 + today.month - WRITTEN.month


def _renewed(row: Row, months: int) -> Row:
    said = row.cells
    first = date.fromisoformat(said["agreement.start"])
    after = date.fromisoformat(said["agreement.end"]) + timedelta(days=1)
    term = {"agreement.start": _later(first, months), "agreement.end": _later(after, months) - timedelta(days=1)}
    return replace(row, cells=said | {name: day.isoformat() for name, day in term.items()})


def _later(day: date, months: int) -> date:
    """The same day of another month; the file's days are never later than the 28th."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, day.day)


async def _liaisons(session: AsyncSession, root_id: int) -> dict[int, Actor]:
    found = await session.exec(
        select(Person).where(Person.root_id == root_id, col(Person.partner_id).is_not(None)).order_by(col(Person.id))
    )
    scope = (Scope(Role.liaison, root_id, f"/{root_id}/"),)
    actors: dict[int, Actor] = {}
    for one in found:
        path = f"/{root_id}/"
        one.login = one.member_no.lower()
        actor = Actor(Kind.person, root_id, one.id, one.name, root_id, path, scope, partner_id=one.partner_id)
        actors.setdefault(one.partner_id or 0, actor)
    return actors


async def _live(session: AsyncSession, house: House, row: Row, place: int) -> int:
    """What became of one request until now; returns how many Steps that were."""
    id_, dice = row.cells["id"], Random(f"{SEED}/{row.cells['id']}/life")
    key = filing_key(house.people.root_id, id_)
    request = (await session.exec(loaded(select(ServiceRequest).where(ServiceRequest.filing_key == key)))).one()
    before = request.last_seq
    await _Story(session, house, request, dice, place).play(id_, sells="commercial" in row.cells.get("issues", ""))
    return request.last_seq - before


class _Story:
    """One request, verb by verb; a verb whose moment lies in the future is not done, nor any after it."""

    def __init__(self, session: AsyncSession, house: House, request: ServiceRequest, dice: Random, place: int) -> None:
        self.session, self.house, self.request, self.dice, self.place = session, house, request, dice, place
        self.number, people = request.number, house.people
        self.unit: Unit = people.branch_for(request.home_unit_id, request.service, dice)
        self.lead = people.leads[self.unit.id or 0]
        size = min(request.slots + 1, len(people.by_unit[self.unit.id or 0]))
        team = people.team(self.unit, request.service, size, dice)
        self.team = [one for one in team if one.id != self.lead.id][: request.slots]
        self.liaison = house.liaisons[request.partner_id or 0]
        self.dispatcher, self.boss = dice.choice(people.dispatchers), dice.choice(people.committee)
        self.at = request.filed_at

    async def play(self, id_: str, *, sells: bool) -> None:
        """As far as it has come."""
        begins, ends = self.request.wanted_from or self.at, self.request.wanted_to or self.at
        if id_ in JUST_NOW:
            if id_ == "R058":
                await self._do(
                    desk_actions.ask_info, self.dispatcher, 1, note="请问现场能不能接电？雨天有没有备用场地？"
                )
            return
        if sells:
            note = "义诊现场不能卖药，去掉这一项欢迎重新提。"
            await self._do(desk_actions.reject, self.dispatcher, 3, reason=RejectReason.banned, note=note)
            return
        await self._do(desk_actions.dispatch, self.dispatcher, 3, unit=self.unit.code)
        await self._do(branch_actions.sign_for, self.lead, 1)
        if self.place % 23 == 7:
            await self._do(requester_actions.withdraw, self.liaison, 20, note="厂里停产检修，改到下个季度再提。")
            return
        await self._claimed()
        await self._do(branch_actions.contact, self.team[0], 4, note=self._words("contact"))
        if self.house.now < ends + timedelta(hours=2):
            return
        await self._done(begins, ends)

    async def _claimed(self) -> None:
        others = [self.house.people.people[one.id or 0].member_no for one in self.team[1:]]
        kind = ClaimerKind.group if others else ClaimerKind.member
        await self._do(branch_actions.claim, self.team[0], 2, kind=kind, people=others)
        if self.request.can("start") and self.request.free_slots and self.request.active_claims:
            await self._do(branch_actions.start, self.lead, 1)

    async def _done(self, begins: datetime, ends: datetime) -> None:
        partly = self.place % 17 == 5
        self.at = max(self.at, ends)
        minutes = min(480, int((ends - begins).total_seconds() // 60))
        result = Result.partly if partly else Result.solved
        note = self._words("complete")
        await self._do(
            branch_actions.complete, self.team[0], 0.5, calm=False, result=result, note=note, minutes=minutes
        )
        if self.request.show_publicly:
            await self._do(
                desk_actions.approve_wording, self.dispatcher, 1, calm=False, wording=WORDING[self.request.service.code]
            )
        if self.at + timedelta(hours=20) > self.house.now:
            return
        extra = await self.session.get_one(PartnerRequest, self.request.id)
        came = max(3, int(extra.headcount * self.dice.uniform(0.75, 1.15)))
        await orders.confirm(
            self.session, self.number, came, self._words("remark"), by=self.liaison, at=self.at + timedelta(hours=3)
        )
        if self.place % 9 == 4:  # nobody rated it
            if self.at + timedelta(days=8) < self.house.now:
                system = Actor.system(self.house.people.root_id)
                await self._do(desk_actions.close, system, 7 * 24 + 1, calm=False)
            return
        if self.place % 29 == 11:
            await self._do(ratings.rate, self.liaison, 5, calm=False, level=2, reasons=[BadReason.not_as_said],
                           note="说好带两台训练机，只到了一台。")  # fmt: skip
            await self._do(ratings.rectify, self.lead, 20, outcome=Outcome.at_once,
                           note="已和联络员道歉，周末补训一场，器材双人核对。")  # fmt: skip
            return
        level = self.dice.choices([5, 4, 3], [70, 24, 6])[0]
        await self._do(ratings.rate, self.liaison, self.dice.randint(4, 15), calm=False, level=level, reasons=[],
                       note=self._words("good"))  # fmt: skip

    async def _do(self, action: object, by: Actor, hours: float, *, calm: bool = True, **said: object) -> None:
        """So many hours after the act before, in office hours where `calm`; not at all where that is not yet."""
        if self.at > self.house.now:
            return
        at = self.at + timedelta(hours=hours, minutes=self.dice.randint(0, 25))
        at = _in_office(at, self.dice) if calm else at
        if at < self.house.now:
            await action(self.session, self.number, **said, by=by, at=at)  # type: ignore[operator]
        self.at = at

    def _words(self, kind: str) -> str:
        return self.dice.choice(WORDS[kind])


def _in_office(at: datetime, dice: Random) -> datetime:
    local = at.astimezone(SHANGHAI)
    if time(8) <= local.time() <= time(18):
        return at
    day = local.date() + timedelta(days=local.time() > time(18))
    return datetime.combine(day, time(8), SHANGHAI) + timedelta(minutes=dice.randint(0, 60))


async def _match(session: AsyncSession, house: House) -> None:
    """A project for each partner, from its first need and its first resource, with what it asked of that kind."""
    boss, root = house.people.committee[0], house.people.root_id
    partners = list(await session.exec(select(Partner).where(Partner.root_id == root).order_by(col(Partner.code))))
    for place, partner in enumerate(partners):
        at = house.now - KNOWN_FOR + timedelta(days=6 + place)
        theirs = select(ListItem).where(ListItem.partner_id == partner.id).order_by(col(ListItem.id))
        items = list(await session.exec(theirs))
        need = next(item for item in items if item.kind == ListKind.need)
        resource = next(item for item in items if item.kind == ListKind.resource)
        entry = lists.Entry(ListKind.project, f"{need.title}共建项目"[:80], first_on=at.date())
        project = await lists.add_item(session, partner.code, entry, by=boss, at=at)
        for source, target in ((need, resource), (need, project), (resource, project)):
            await lists.link_items(session, partner.code, source.id or 0, target.id or 0, by=boss, at=at)
        await _attach(session, partner, project.id or 0)
        if place % 5 == 3:
            await lists.set_state(session, partner.code, resource.id or 0, ItemState.done, by=boss, at=house.now)
    for code, name in PAIRED:
        partner = next(one for one in partners if one.code == code)
        members: Sequence[Person] = house.people.by_unit[partner.unit_id]
        await pairings.pair_person(
            session, code, members[3].member_no, name, about="独居，喜欢有人上门说说话。", sealer=house.tools.sealer,
            by=boss, at=house.now - timedelta(days=80),
        )  # fmt: skip


async def _attach(session: AsyncSession, partner: Partner, project_id: int) -> None:
    """What it asked of the kind it asked first."""
    statement = select(PartnerRequest, ServiceRequest).join(
        ServiceRequest, col(ServiceRequest.id) == PartnerRequest.request_id
    )
    found = list(await session.exec(statement.where(PartnerRequest.partner_id == partner.id)))
    for extra, request in found:
        if request.service_id == found[0][1].service_id:
            extra.project_id = project_id
