"""Partners with their agreements and lists, and what they asked for: two kinds of rows in one file.

Partners are matched by their number, agreements by theirs, entries of lists by their words; who is named as contact
becomes a liaison without an account, which an administrator gives later. A request that is there already is left as it
is. That a day lies 7 days ahead is asked of nobody here: these were agreed upon elsewhere.
"""

import re
from datetime import UTC, datetime
from typing import Any

from sqlmodel import col, select

from matching.clock import SHANGHAI
from matching.errors import Refused
from matching.importing.columns import (
    Column,
    Values,
    choice,
    day,
    flag,
    hour,
    maybe,
    moment,
    phone,
    text,
    whole,
    words,
)
from matching.importing.importer import Importer, apply
from matching.importing.report import Problem
from matching.importing.requests import filing_key
from matching.partners.keeping import pair_anew, pair_branch
from matching.partners.liaisons import new_liaison, phone_of
from matching.partners.model import PARTNER_KINDS, Agreement, ListItem, ListKind, Partner, PartnerKind
from matching.partners.orders import MOST_PEOPLE, MOST_SLOTS, Details, extra
from matching.partners.standing import term_problem
from matching.people.actor import Actor, Kind
from matching.people.model import Person
from matching.people.phones import phone_context
from matching.requests.filing import Filing, Wish, prepare
from matching.requests.insert import FILINGS
from matching.requests.states import Channel
from matching.services.model import Service
from matching.units.model import Unit
from matching.units.queries import calendar_of

RECORDS = {"partner": "partner", "共建单位": "partner", "request": "request", "需求": "request"}
KIND_WORDS = {word: kind for kind, word in PARTNER_KINDS.items()} | {kind.value: kind for kind in PartnerKind}
NEEDED = {
    "partner": ("name", "type", "paired_branch"),
    "request": ("submitted_at", "partner", "service", "description", "wanted.date", "wanted.start", "wanted.end",
                "venue", "expected_headcount"),
}  # fmt: skip
CODE = re.compile(r"(?!new$)[A-Za-z0-9][A-Za-z0-9_-]{0,19}", re.ASCII)  # stands in addresses and in liaisons' numbers
PEOPLE = re.compile(r"(\d{1,4}) ?[人名]")  # '职工志愿者30人' among the resources


class Partners(Importer):
    """Both kinds; partners stand before what they ask."""

    key = "id"
    sheet = "共建单位"
    columns = (
        Column("record_type", "记录类型", choice(RECORDS), needed=True),
        Column("id", "编号", text(40), needed=True),
        Column("name", "单位名称", text(120)),
        Column("type", "单位性质", maybe(choice(KIND_WORDS))),
        Column("address", "地址", text(200)),
        Column("contact.role", "联络员职务", text(40)),
        Column("contact.name", "联络员", text(80)),
        Column("contact.phone", "联络员电话", phone),
        Column("paired_branch", "结对支部", text(40)),
        Column("agreement.no", "协议编号", text(40)),
        Column("agreement.start", "协议开始", day),
        Column("agreement.end", "协议结束", day),
        Column("needs", "需求清单", words(";；|、", 80)),
        Column("resources", "资源清单", words(";；|、", 80)),
        Column("submitted_at", "提交时间", moment),
        Column("partner", "共建单位编号", text(40)),
        Column("service", "服务", text(40)),
        Column("description", "需求内容", text(300, lines=True)),
        Column("wanted.date", "日期", day),
        Column("wanted.start", "开始", hour),
        Column("wanted.end", "结束", hour),
        Column("venue", "地点", text(120)),
        Column("expected_headcount", "预计人数", whole(1, MOST_PEOPLE)),
        Column("slots", "名额", whole(1, MOST_SLOTS)),
        Column("equipment", "器材", text(300, lines=True)),
        Column("risks", "风险提示", text(300, lines=True)),
        Column("note", "说明", text(300, lines=True)),
        Column("show_publicly", "同意公开", flag),
    )

    async def begin(self) -> None:
        """Everything that rows are matched with."""
        root = self.root_id
        self.units = {one.code: one for one in await self._all(select(Unit).where(Unit.root_id == root))}
        self.services = {one.code: one for one in await self._all(select(Service).where(Service.root_id == root))}
        self.partners = {one.code: one for one in await self._all(select(Partner).where(Partner.root_id == root))}
        self.agreements = {one.no: one for one in await self._all(select(Agreement).where(Agreement.root_id == root))}
        items = await self._all(select(ListItem).where(ListItem.root_id == root))
        self.items = {(one.partner_id, one.kind, one.title) for one in items}
        theirs = select(Person).where(Person.root_id == root, col(Person.partner_id).is_not(None))
        self.liaisons: dict[int, list[Person]] = {}
        for person in await self._all(theirs.order_by(col(Person.id))):
            self.liaisons.setdefault(person.partner_id, []).append(person)
        self.calendar = await calendar_of(self.session, root)
        self.waiting: list[tuple[int, Filing, Partner, Details]] = []

    async def put(self, number: int, values: Values) -> None:
        """One row of either kind."""
        record = values["record_type"]
        for name in NEEDED[record]:
            if values.get(name) in {None, ""}:
                raise Refused("required", field=name)
        if record == "partner":
            await self._partner(values)
        else:
            self._request(number, values)

    async def settle(self) -> None:
        """Write the requests that wait; a known id with other words is refused."""
        await self.session.flush()
        if not self.waiting:
            return
        filings = [filing for _number, filing, _partner, _details in self.waiting]
        filed = await FILINGS.within(await self.session.connection(), filings)
        for (number, _filing, partner, details), one in zip(self.waiting, filed, strict=True):
            if one.same:
                self.report.count(new=one.new, changed=False)
            else:
                self.report.refuse([Problem(number, self.key, Refused("filed_differently"))])
            if one.new:
                self.session.add(extra(one.id, partner, details))
        self.waiting.clear()

    async def _partner(self, values: Values) -> None:
        unit = self.units.get(values["paired_branch"])
        if unit is None:
            raise Refused("unit_not_listed", field="paired_branch", value=values["paired_branch"])
        if values["id"] not in self.partners and not CODE.fullmatch(values["id"]):
            raise Refused("bad_code", field="id")
        self._check_agreement(values)
        partner = self.partners.get(values["id"])
        new = partner is None
        if partner is None:
            partner = Partner(
                root_id=self.root_id, code=values["id"], name=values["name"], kind=values["type"],
                unit_id=unit.id or 0, made_at=self.at,
            )  # fmt: skip
            self.session.add(partner)
            await self.session.flush()
            pair_branch(self.session, partner, unit, self.at)
            self.partners[partner.code] = partner
        wanted = {"name": values["name"], "kind": values["type"]}
        wanted |= {"address": values["address"]} if "address" in values else {}
        changed = apply(partner, wanted)
        if partner.unit_id != unit.id:
            await pair_anew(self.session, partner, unit, self.at)
            changed = True
        changed |= self._agreement(partner, values)
        changed |= self._lists(partner, values)
        changed |= await self._liaison(partner, values)
        self.report.count(new=new, changed=changed and not new)

    def _check_agreement(self, values: Values) -> None:
        no, first, last = (values.get(f"agreement.{name}") for name in ("no", "start", "end"))
        if not (no or first or last):
            return
        for name, value in (("no", no), ("start", first), ("end", last)):
            if not value:
                raise Refused("required", field=f"agreement.{name}")
        if first and last and (wrong := term_problem(first, last)) is not None:
            raise Refused(wrong, field="agreement.end")
        known = self.agreements.get(no or "")
        owner = self.partners.get(values["id"])
        if known is not None and (owner is None or known.partner_id != owner.id):
            raise Refused("in_use", field="agreement.no", value=no)

    def _agreement(self, partner: Partner, values: Values) -> bool:
        no = values.get("agreement.no")
        if not no:
            return False
        term = {"first_on": values["agreement.start"], "last_on": values["agreement.end"]}
        known = self.agreements.get(no)
        if known is not None:
            return apply(known, term)
        made = Agreement(root_id=self.root_id, partner_id=partner.id or 0, no=no, made_at=self.at, **term)
        self.session.add(made)
        self.agreements[no] = made
        return True

    def _lists(self, partner: Partner, values: Values) -> bool:
        added = False
        for kind, name in ((ListKind.need, "needs"), (ListKind.resource, "resources")):
            for title in values.get(name, []):
                if (key := (partner.id or 0, kind.value, title)) in self.items:
                    continue
                people = PEOPLE.search(title) if kind is ListKind.resource else None
                self.session.add(
                    ListItem(root_id=self.root_id, partner_id=partner.id or 0, kind=kind, title=title,
                             volunteers=int(people[1]) if people else 0, made_at=self.at)
                )  # fmt: skip
                self.items.add(key)
                added = True
        return added

    async def _liaison(self, partner: Partner, values: Values) -> bool:
        name, number = values.get("contact.name", ""), values.get("contact.phone", "")
        if not name:
            return False
        theirs, sealer = self.liaisons.setdefault(partner.id or 0, []), self.tools.sealer
        known = next((person for person in theirs if person.name == name), None)
        if known is None:
            post = values.get("contact.role", "")
            theirs.append(
                await new_liaison(self.session, partner, name, number, post, sealer=sealer, by=None, at=self.at)
            )
            return True
        if not number or known.status == "left" or phone_of(known, sealer) == number:
            return False
        known.sealed_phone = sealer.seal(number, phone_context(known))
        return True

    def _request(self, number: int, values: Values) -> None:
        partner, service = self.partners.get(values["partner"]), self.services.get(values["service"])
        if partner is None:
            raise Refused("partner_not_listed", field="partner", value=values["partner"])
        if service is None:
            raise Refused("service_not_listed", field="service", value=values["service"])
        at: datetime = values["submitted_at"]
        if at > self.at:
            raise Refused("time_in_future", field="submitted_at")
        if values["wanted.end"] <= values["wanted.start"]:
            raise Refused("time_order", field="wanted.end")
        theirs = self.liaisons.get(partner.id or 0, [])
        liaison = next((person for person in theirs if person.status != "left"), None)
        wish = Wish(
            service=service, need=values["description"], reason=values.get("note", ""),
            filing_key=filing_key(self.root_id, values["id"]), spot=None, home_unit_id=partner.unit_id,
            name=liaison.name if liaison else "", phone=phone_of(liaison, self.tools.sealer) if liaison else "",
            wanted_from=datetime.combine(values["wanted.date"], values["wanted.start"], SHANGHAI),
            wanted_to=datetime.combine(values["wanted.date"], values["wanted.end"], SHANGHAI),
            show_publicly=values.get("show_publicly", False), channel=Channel.partner, calendar=self.calendar,
            partner_id=partner.id, label=partner.name[:40], slots=values.get("slots"),
        )  # fmt: skip
        by = _actor(liaison) if liaison else Actor.system(self.root_id)
        filing = prepare(wish, sealer=self.tools.sealer, pepper=self.tools.pepper, by=by, at=at.astimezone(UTC))
        details = Details(
            values["venue"], values["expected_headcount"], values.get("equipment", ""), values.get("risks", "")
        )
        self.waiting.append((number, filing, partner, details))

    async def _all(self, statement: Any) -> list[Any]:
        return list(await self.session.exec(statement))


def _actor(liaison: Person) -> Actor:
    return Actor(Kind.person, liaison.root_id, liaison.id, liaison.name, partner_id=liaison.partner_id)
