"""A partner's request from asking to rating, its agreement, pairings and lists, on both databases."""

import asyncio
import functools
import json
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from matching.api.i18n import translate
from matching.errors import Invalid, NotAllowed, NotSeen
from matching.notices.announcing import announce
from matching.notices.apart import ENDING, OURS
from matching.notices.composing import for_staff
from matching.notices.model import Delivery, Notice, Preference
from matching.partners import agreements, keeping, liaisons, lists, orders, pairings
from matching.partners.balance import balance
from matching.partners.liaisons import phone_of
from matching.partners.model import ItemState, ListKind, Pairing, PartnerKind, PartnerRequest
from matching.partners.orders import Details
from matching.partners.queries import lists_of, requests_of
from matching.people.model import Person, Role
from matching.people.passwords import hashed, one_time_password
from matching.people.queries import actor_of
from matching.people.sign_in import bearer, sign_in
from matching.ratings import actions as ratings
from matching.requests import branch_actions, desk_actions, requester_actions, verify
from matching.requests.model import ServiceRequest
from matching.requests.queries import id_of, timeline, visible_request
from matching.requests.secrets import open_secret
from matching.requests.states import Result
from matching.rights.actions import reveal
from tests.cast import AT
from tests.partners.conftest import NEED, VENUE
from tests.requests.scene import refused

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DONE = AT + 10 * DAY + 7 * HOUR  # after the training


async def loaded(room, number):
    async with room.work.database.reading() as session:
        found = await visible_request(session, number, room.cast["wei"])
        return found, await session.get(PartnerRequest, found.id), await timeline(session, found)


async def test_a_request_is_filed_for_the_organisation_and_by_somebody(room):
    number = await room.order()
    found, extra, steps = await loaded(room, number)
    assert (found.partner_id, found.requester_label, found.channel) == (
        room.partners["P01"].id,
        "P01精密铸造厂",
        "partner",
    )
    assert (found.unit_id, found.slots, found.filed_by) == (room.cast.units["ZB1"].id, 1, room.cast["ke"].id)
    assert [(step.by_kind, name) for step, name in steps] == [("person", "柯红梅")]
    assert (extra.venue, extra.headcount) == (VENUE, 40)
    assert await room.order() == number  # the same key again
    with refused("key_reused"):
        await room.order(need="换成另一件完全不同的事")


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_filed(room):
    with pytest.raises(Invalid) as caught:
        await room.order(service="books", day=date(2026, 3, 5), need_id=77)
    assert {name: one.code for name, one in caught.value.fields.items()} == {
        "service": "unknown_service", "day": "too_soon", "need_id": "not_a_choice",
    }  # fmt: skip
    await room.work(keeping.set_open, "P01", False, by=room.cast["wei"], at=AT)
    with refused("partner_closed"):
        await room.order()


async def test_the_result_is_due_after_the_day_not_after_fifteen(room):
    number = await room.order(day=date(2026, 4, 20))
    await room.work(desk_actions.dispatch, number, "ZB1", by=room.cast["di"], at=AT + HOUR)
    found, _extra, _steps = await loaded(room, number)
    assert found.handle_due_at == found.wanted_to + timedelta(days=2)
    async with room.work.database.reading() as session:
        assert [line async for line in verify.differences(session)] == []


async def test_a_way_from_asking_to_rating(room):
    work, cast = room.work, room.cast
    number = await room.order()
    await work(desk_actions.ask_info, number, "能接电吗？", by=cast["di"], at=AT + HOUR)
    await work(
        requester_actions.supplement, number, "可以，有三处插座。", sealer=room.sealer, by=cast["qu"], at=AT + 2 * HOUR
    )
    details = Details("二楼会议室", 45, risks="通道窄")
    await work(
        orders.correct, number, NEED + "，换了会议室", "", details, sealer=room.sealer, by=cast["ke"], at=AT + 3 * HOUR
    )
    await work(desk_actions.dispatch, number, "ZB1", by=cast["di"], at=AT + 4 * HOUR)
    await work(branch_actions.claim, number, by=cast["lin"], at=AT + 5 * HOUR)
    contact = await work(reveal, number, "联系", sealer=room.sealer, by=cast["lin"], at=AT + 6 * HOUR)
    assert (contact.name, contact.phone) == ("柯红梅", "13700137000")
    await work(branch_actions.contact, number, by=cast["lin"], at=AT + 6 * HOUR)
    with refused("not_done_yet"):
        await work(orders.confirm, number, 40, by=cast["ke"], at=AT + 7 * HOUR)
    said = {"result": Result.solved, "note": "人人练了一遍，问题都答了。", "minutes": 120}
    await work(branch_actions.complete, number, **said, by=cast["lin"], at=DONE)
    with pytest.raises(NotSeen):
        await work(orders.confirm, number, 40, by=cast["ou"], at=DONE + HOUR)
    with pytest.raises(NotAllowed):
        await work(orders.confirm, number, 40, by=cast["wei"], at=DONE + HOUR)
    await work(orders.confirm, number, 43, "很好，找 13912345678 再约", by=cast["qu"], at=DONE + HOUR)
    with refused("confirmed_already"):
        await work(orders.confirm, number, 44, by=cast["ke"], at=DONE + HOUR)
    await work(ratings.rate, number, 5, by=cast["ke"], at=DONE + 2 * HOUR)
    found, extra, steps = await loaded(room, number)
    assert (found.state, found.level, extra.came, extra.confirmed_by) == ("closed", 5, 43, cast["qu"].id)
    assert "13912345678" not in extra.remark
    assert (extra.venue, extra.headcount) == ("二楼会议室", 45)
    assert found.requester_label == "P01精密铸造厂"
    theirs = [(step.verb, name) for step, name in steps if step.by_id in {cast["ke"].id, cast["qu"].id}]
    assert theirs == [("file", "柯红梅"), ("supplement", "屈文"), ("correct", "柯红梅"), ("rate", "柯红梅")]
    async with work.database.reading() as session:
        assert [line async for line in verify.differences(session)] == []
        year = await balance(session, room.partners["P01"], date(2026, 1, 1), date(2026, 12, 31))
        other = await balance(session, room.partners["P02"], date(2026, 1, 1), date(2026, 12, 31))
        page = await requests_of(session, room.partners["P01"], cast["ou"])
    assert (year.filed, year.completed, year.people, year.minutes) == (1, 1, 43, 120)
    assert (other.filed, other.people, page.rows) == (0, 0, [])


async def test_its_liaisons_are_told_and_no_others(room):
    number = await room.order()
    await room.work(desk_actions.dispatch, number, "ZB1", by=room.cast["di"], at=AT + HOUR)
    await room.work(branch_actions.claim, number, by=room.cast["lin"], at=AT + 2 * HOUR)
    await room.work(requester_actions.withdraw, number, by=room.cast["ke"], at=AT + 3 * HOUR)
    await announce(room.work.database, room.work, AT + 4 * HOUR)
    async with room.work.database.reading() as session:
        found = list(await session.exec(select(Notice.person_id, Notice.words).order_by(col(Notice.id))))
    told = {login: [words for id_, words in found if id_ == room.cast.people[login].id] for login in ("ke", "qu", "ou")}
    assert told == {
        "ke": ["accept.requester", "claim.requester"],
        "qu": ["accept.requester", "claim.requester"],
        "ou": [],
    }
    assert {words for id_, words in found if id_ == room.cast.people["lin"].id}  # who had claimed it hears of the end


async def test_an_agreement_that_ends_is_told_once_to_those_it_concerns(room):
    work, cast = room.work, room.cast
    first = await work(
        agreements.add_agreement, "P01", "GJ-1", date(2025, 4, 1), date(2026, 3, 31), by=cast["wei"], at=AT
    )
    await work(agreements.add_agreement, "P02", "GJ-2", date(2025, 4, 1), date(2026, 3, 31), by=cast["wei"], at=AT)
    await work(agreements.add_agreement, "P02", "GJ-3", date(2026, 4, 1), date(2027, 3, 31), by=cast["wei"], at=AT)
    assert await agreements.warn_of_ending(work.database, work, AT - 60 * DAY) == 0
    mailed = {cast.people[login].id: login for login in ("wei", "ke")}

    async def prefer_mail(session):
        session.add_all(
            Preference(person_id=id_, root_id=cast.root_id, sealed_mail=b"x", by_mail=True) for id_ in mailed
        )

    await work(prefer_mail)
    counts = await asyncio.gather(
        *(agreements.warn_of_ending(work.database, work, AT) for _twice in range(2)), return_exceptions=True
    )
    assert await agreements.warn_of_ending(work.database, work, AT + DAY) == 0, counts
    async with work.database.reading() as session:
        told = dict(
            (await session.exec(select(Notice.person_id, Notice.words).where(Notice.agreement_id == first.id))).all()
        )
        others = (await session.exec(select(Notice.id).where(Notice.agreement_id != first.id))).all()
        sent = {mailed[one.person_id]: one for one in await session.exec(select(Delivery))}
    ours = {"wei": ENDING, "lead": ENDING, "ke": OURS, "qu": OURS}
    assert told == {cast[who].id: words for who, words in ours.items()}
    assert others == []
    by_mail = {who: for_staff([one], "https://d.example", translate, AT) for who, one in sent.items()}
    assert {who: (one.title, one.link) for who, one in by_mail.items()} == {
        "wei": ("点亮：共建协议快到期了", "https://d.example/partners?ending=1"),
        "ke": ("点亮：共建协议快到期了", "https://d.example/partner"),
    }
    assert by_mail["ke"].text == "贵单位和医院的共建协议快到期了，请和医院商量要不要续签。"
    assert by_mail["wei"].text.startswith("有一份共建协议快到期了")
    signed, before = await work(
        agreements.hand_in, "P01", first.id, "0" * 64, "协议\0扫描件\u202e.pdf", by=cast["wei"], at=AT
    )  # a name as no keyboard types it, which PostgreSQL does not take
    assert (signed.file_name, before) == ("协议扫描件.pdf", "")
    hand_in = functools.partial(work, agreements.hand_in, "P01", first.id, by=cast["wei"], at=AT)
    assert (await hand_in("1" * 64, "b.pdf"))[1] == "0" * 64
    assert (await hand_in("1" * 64, "b.pdf"))[1] == ""  # the button was pressed twice: its file stays
    with refused("in_use"):
        await work(agreements.add_agreement, "P02", "GJ-1", date(2025, 4, 1), date(2026, 3, 31), by=cast["wei"], at=AT)
    with refused("agreement_term"):
        await work(agreements.add_agreement, "P01", "GJ-9", date(2025, 4, 1), date(2025, 9, 1), by=cast["wei"], at=AT)
    with pytest.raises(NotAllowed):
        await work(agreements.end_agreement, "P01", first.id, by=cast["lead"], at=AT)


async def test_whom_a_member_is_paired_with_lies_sealed_and_goes_with_the_end(room):
    work, cast = room.work, room.cast
    lin = cast.people["lin"].member_no
    made = await work(
        pairings.pair_person, "P01", lin, "甘秀兰", "13800138000", "独居", sealer=room.sealer, by=cast["lead"], at=AT
    )
    again = await work(
        pairings.pair_person, "P01", lin, "甘秀兰", "13800138000", "独居", sealer=room.sealer, by=cast["lead"], at=AT
    )
    assert again.id == made.id  # the button was pressed twice
    assert made.label == "甘*"
    assert "甘秀兰".encode() not in made.sealed
    assert "13800138000" not in json.dumps(made.model_dump(exclude={"sealed"}), default=str)
    with pytest.raises(NotAllowed):
        await work(pairings.look_up, "P01", made.id, sealer=room.sealer, by=cast["lead2"], at=AT)
    seen = await work(pairings.look_up, "P01", made.id, sealer=room.sealer, by=cast["lead"], at=AT)
    assert seen == {"name": "甘秀兰", "phone": "13800138000", "about": "独居"}
    async with work.database.reading() as session:
        assert [one[1]["name"] for one in await pairings.paired_with(session, room.sealer, by=cast["lin"])] == [
            "甘秀兰"
        ]
        assert await pairings.paired_with(session, room.sealer, by=cast["zhao"]) == []
    with refused("not_in_paired_branch"):
        await work(
            pairings.pair_person, "P01", cast.people["sun"].member_no, "某", sealer=room.sealer, by=cast["lead"], at=AT
        )
    await work(pairings.end_pairing, "P01", made.id, by=cast["lead"], at=AT + DAY)
    async with work.database.reading() as session:
        assert (await session.get_one(Pairing, made.id)).sealed is None


async def test_need_resource_and_project_are_linked_with_what_was_asked(room):
    work, cast = room.work, room.cast

    async def write(kind: ListKind, title: str, by: str = "wei") -> int:
        entry = lists.Entry(kind, title, volunteers=30)
        if by in {"ke", "ou"}:
            return (await work(lists.offer, entry, by=cast[by], at=AT)).id
        return (await work(lists.add_item, "P01", entry, by=cast[by], at=AT)).id

    need, resource = await write(ListKind.need, "急救培训", "ke"), await write(ListKind.resource, "多功能厅", "ke")
    project, spare = await write(ListKind.project, "人人会急救", "lead"), await write(ListKind.need, "讲座", "ke")
    for source, target in ((need, resource), (need, project), (resource, project), (need, resource)):
        await work(lists.link_items, "P01", source, target, by=cast["lead"], at=AT)
    for wrong in ((project, need), (need, need), (resource, need)):
        with refused("cannot_link"):
            await work(lists.link_items, "P01", *wrong, by=cast["lead"], at=AT)
    number = await room.order(need_id=need)
    await work(lists.attach, number, project, by=cast["lead"], at=AT)
    with refused("not_a_choice"):
        await work(lists.attach, number, need, by=cast["lead"], at=AT)
    async with work.database.reading() as session:
        written = await lists_of(session, room.partners["P01"], cast["wei"])
        hidden = await lists_of(session, room.partners["P01"], cast["lead2"])
    assert [one.title for one in written.leads_to(written.items[need])] == ["多功能厅", "人人会急救"]
    assert written.asked == {project: [number], need: [number]}
    assert hidden.asked == {}  # another branch's request is not theirs to see
    assert {id_: item.state for id_, item in written.items.items()} == {
        need: "matched", resource: "matched", project: "matched", spare: "open"}  # fmt: skip
    with pytest.raises(NotAllowed):
        await work(lists.set_state, "P01", need, ItemState.dropped, by=cast["ke"], at=AT)  # matched already
    with pytest.raises(NotSeen):
        await work(lists.set_state, "P01", spare, ItemState.dropped, by=cast["ou"], at=AT)
    await work(lists.set_state, "P01", spare, ItemState.dropped, by=cast["ke"], at=AT)
    with pytest.raises(NotAllowed):
        await work(lists.offer, lists.Entry(ListKind.project, "自己立项"), by=cast["ke"], at=AT)


async def test_a_liaison_comes_with_a_one_time_password_and_goes_at_once(room):
    work, cast = room.work, room.cast
    new, password = ("P01", "新来的", "13612345678", "", ""), one_time_password()
    person = await work(liaisons.write_liaison, *new, await hashed(password), sealer=room.sealer, by=cast["wei"], at=AT)
    assert (person.member_no, person.login, person.status) == ("P01-3", "p01-3", "liaison")
    token = await sign_in(work.database, work, "p01-3", password, AT)
    async with work.database.reading() as session:
        kept = await session.get_one(Person, person.id)
        actor = await actor_of(session, kept)
    assert kept.must_change
    assert phone_of(kept, room.sealer) == "13612345678"
    assert (actor.partner_id, [scope.role for scope in actor.scopes]) == (room.partners["P01"].id, [Role.liaison])
    with pytest.raises(NotAllowed):
        await liaisons.renew_password(work, "P01", "P01-3", by=cast["lead"], at=AT)
    with pytest.raises(NotSeen):
        await liaisons.renew_password(work, "P02", "P01-3", by=cast["wei"], at=AT)
    login, another = await liaisons.renew_password(work, "P01", "P01-3", by=cast["wei"], at=AT)
    assert login == "p01-3"  # what they are to type, not their number
    assert await sign_in(work.database, work, login, another, AT)
    await work(liaisons.remove_liaison, "P01", "P01-3", by=cast["wei"], at=AT)
    for typed, said in ((another, "account_closed"), (password, "wrong_sign_in")):  # told only to who knows it
        with refused(said):
            await sign_in(work.database, work, "p01-3", typed, AT)
    with refused("token_refused"):
        await bearer(work.database, work, token, AT)
    async with work.database.reading() as session:
        assert (await session.get_one(Person, person.id)).sealed_phone is None


async def test_another_branch_ends_the_pairing_before_and_moves_who_sees_it(room):
    number = await room.order()
    known = keeping.Known("P01精密铸造厂", PartnerKind.school, "ZB2", "江北路 12 号")
    await room.work(keeping.change_partner, "P01", known, by=room.cast["wei"], at=AT + DAY)
    async with room.work.database.reading() as session:
        found = list(
            await session.exec(
                select(Pairing).where(Pairing.partner_id == room.partners["P01"].id).order_by(col(Pairing.id))
            )
        )
        asked = await session.get_one(ServiceRequest, id_of(number))
        secret = await open_secret(session, asked, room.sealer)
    assert [(one.unit_id, one.until) for one in found] == [
        (room.cast.units["ZB1"].id, date(2026, 3, 3)), (room.cast.units["ZB2"].id, None)]  # fmt: skip
    assert secret.need == NEED
    with refused("in_use"):
        await room.work(keeping.add_partner, "P01", known, by=room.cast["wei"], at=AT)
    with pytest.raises(NotAllowed):
        await room.work(keeping.add_partner, "P03", known, by=room.cast["lead"], at=AT)
