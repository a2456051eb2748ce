"""Announcements and lessons: who may publish to whom, who is told, and what is not published."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from matching.errors import Invalid, NotAllowed, NotSeen
from matching.notices import actions
from matching.notices.model import Delivery, Fate, Notice, PostKind, Preference
from matching.notices.queries import posts_for, visible_post
from matching.notices.readers import Rate, by_branch, rates_of, readers_of_post
from matching.people.model import AuditEntry, Person
from matching.units.model import Unit, UnitKind
from matching.units.queries import units_under
from tests.cast import AT
from tests.notices.told import Hall
from tests.requests.scene import refused


async def names_told(hall: Hall, post: int) -> set[str]:
    logins = {person.id: login for login, person in hall.cast.people.items()}
    return {logins[notice.person_id] for notice in await hall.notices_of_post(post)}


async def post_and_readers(hall: Hall, post_id: int, login: str):
    async with hall.work.database.reading() as session:
        post, _unit, _notice = await visible_post(session, post_id, hall.cast[login])
        return post, await readers_of_post(session, post, hall.cast[login])


async def test_everybody_below_the_unit_is_told_but_who_published_it(hall: Hall):
    assert await names_told(hall, await hall.publish("lead", "ZB1")) == {"lin", "zhao"}
    everybody = set(hall.cast.people)
    assert await names_told(hall, await hall.publish("wei", "DW")) == everybody - {"wei"}


@pytest.mark.parametrize(("login", "unit"), [("lead", "ZB2"), ("lead", "DW"), ("di", "DW"), ("lin", "ZB1"),
                                             ("root", "DW"), ("audit", "DW")])  # fmt: skip
async def test_nobody_publishes_where_they_lead_nothing(hall: Hall, login, unit):
    with pytest.raises(NotAllowed):
        await hall.publish(login, unit)
    assert await hall.unread("sun") == 0


async def test_a_unit_that_is_not_there_is_named(hall: Hall):
    with refused("unknown_unit"):
        await hall.publish("wei", "ZB9")


async def test_retired_people_are_told_and_those_who_left_are_not(hall: Hall):
    retired = await hall.add_people(1, "ZB1", status="retired")
    left = await hall.add_people(1, "ZB2", status="left")
    told = {notice.person_id for notice in await hall.notices_of_post(await hall.publish("wei", "DW"))}
    assert set(retired) <= told
    assert not set(left) & told


async def test_another_hospitals_people_are_told_nothing_and_see_nothing(hall: Hall):
    cast = hall.cast

    async def found_another(session):
        root = Unit(root_id=0, code="DW", name="同济医院党委", kind=UnitKind.committee)
        session.add(root)
        await session.flush()
        root.root_id, root.path = root.id, f"/{root.id}/"
        session.add(Person(root_id=root.id, unit_id=root.id, member_no="M0001", name="邻居"))
        return root.id

    other = await hall.work(found_another)
    post = await hall.publish("wei", "DW")
    assert {notice.root_id for notice in await hall.notices_of_post(post)} == {cast.root_id}
    theirs = type(cast["wei"])(cast["wei"].kind, other, 10**6, "邻居", other, f"/{other}/")
    with pytest.raises(NotSeen):
        await hall.read(visible_post, post, theirs)
    assert await hall.read(posts_for, theirs) == ([], None)


async def test_877_people_are_told_at_once_and_the_rate_counts_who_can_read(hall: Hall):
    """655 serve, 222 are retired (docs/domain.md §1); a third of them have no account."""
    password = lambda n: None if n % 3 == 0 else "hash"  # noqa: E731
    await hall.add_people(655, "ZB1", password_hash=password)
    await hall.add_people(222, "ZB2", password_hash=password, status="retired")
    post_id = await hall.publish("wei", "DW")
    _post, readers = await post_and_readers(hall, post_id, "wei")
    assert len(readers) == 877 + len(hall.cast.people) - 1
    without = 219 + 74
    assert Rate.of(readers) == Rate(told=877 - without + 8, read=0, no_account=without)
    assert (await hall.read(rates_of, [post_id], hall.cast["wei"]))[post_id] == Rate.of(readers)


async def test_reading_is_counted_by_branch_and_a_group_counts_with_its_branch(hall: Hall):
    async def add_group(session):
        above = hall.cast.units["ZB1"]
        group = Unit(root_id=above.root_id, parent_id=above.id, code="XZ1", name="第一小组", kind=UnitKind.group)
        session.add(group)
        await session.flush()
        group.path = f"{above.path}{group.id}/"
        return group

    hall.cast.units["XZ1"] = await hall.work(add_group)
    await hall.add_people(2, "XZ1", password_hash="hash")
    post = await hall.publish("wei", "DW")
    await hall.work(actions.read_post, post, by=hall.cast["lin"], at=AT)
    _post, readers = await post_and_readers(hall, post, "wei")
    units = await hall.read(units_under, hall.cast.root_id, ["/"])
    rates = {branch.unit.code: branch.rate for branch in by_branch(readers, units)}
    assert rates["ZB1"] == Rate(told=5, read=1, no_account=0)
    assert rates["ZB1"].percent == 20
    assert rates["ZB2"] == Rate(told=2, read=0, no_account=0)
    assert "XZ1" not in rates
    assert sum(rate.told for rate in rates.values()) == Rate.of(readers).told


async def test_a_lead_sees_the_readers_of_their_own_unit_only_and_members_none(hall: Hall):
    post = await hall.publish("wei", "DW")
    for login, seen in (("lead", {"林晓云", "赵一鸣", "雷秀英"}), ("lin", set()), ("di", set())):
        _post, readers = await post_and_readers(hall, post, login)
        assert {reader.name for reader in readers} == seen
        rates = await hall.read(rates_of, [post], hall.cast[login])
        assert rates == ({post: Rate.of(readers)} if seen else {})


async def test_who_left_without_reading_is_waited_for_by_nobody(hall: Hall):
    post = await hall.publish("lead", "ZB1")
    await hall.work(actions.read_post, post, by=hall.cast["lin"], at=AT)

    async def leave(session):
        for login in ("lin", "zhao"):
            (await session.get_one(Person, hall.cast.people[login].id)).status = "left"

    await hall.work(leave)
    _post, readers = await post_and_readers(hall, post, "lead")
    assert [reader.name for reader in readers] == ["林晓云"]
    assert (await hall.read(rates_of, [post], hall.cast["lead"]))[post] == Rate(1, 1, 0)


async def test_no_percentage_where_nobody_can_read():
    assert Rate(0, 0, 3).percent is None
    assert Rate(3, 2, 0).percent == 66  # never rounded up to 100 before everybody has read


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("title", {"title": "请联系张护士长 13800138000"}),
        ("text", {"text": "病人证件号 110101199003074477"}),
        ("text", {"text": "请大家去看望12床王小明。"}),
    ],
)
async def test_what_points_at_a_patient_is_not_published(hall: Hall, field, words):
    with pytest.raises(Invalid) as caught:
        await hall.publish("wei", "DW", **words)
    assert [(name, one.code) for name, one in caught.value.fields.items()] == [(field, "personal_in_post")]
    assert await hall.unread("lin") == 0


async def test_a_phone_of_an_office_may_stand_in_the_text(hall: Hall):
    assert await hall.publish("wei", "DW", text="报名电话 0755-12345678，联系人李老师。")


async def test_neither_text_nor_link_is_nothing_to_read(hall: Hall):
    with refused("required"):
        await hall.publish("wei", "DW", text="", link="")
    assert await hall.publish("wei", "DW", text="", link="https://www.12371.cn/")


async def test_a_withdrawn_post_is_not_sent_any_more_and_read_only_by_who_read_it_before(hall: Hall):
    await prefers_mail(hall, "lin", "zhao")
    post = await hall.publish("lead", "ZB1")
    await hall.work(actions.read_post, post, by=hall.cast["lin"], at=AT)
    sent = (await deliveries(hall))[0]

    async def send_one(session):
        (await session.get_one(Delivery, sent.id)).fate = Fate.sent

    await hall.work(send_one)
    for minutes in (1, 2):  # the second time nothing happens
        await hall.work(actions.withdraw, post, by=hall.cast["lead"], at=AT + timedelta(minutes=minutes))
    assert [one.id for one in await deliveries(hall)] == [sent.id]
    await hall.work(actions.read_post, post, by=hall.cast["zhao"], at=AT + timedelta(hours=1))
    shown, readers = await post_and_readers(hall, post, "lead")
    assert shown.withdrawn_at == AT + timedelta(minutes=1)
    assert {reader.name: reader.reading for reader in readers} == {"林晓云": "read", "赵一鸣": "unread"}
    assert (await hall.read(rates_of, [post], hall.cast["lead"]))[post] == Rate(2, 1, 0)
    acts = await hall.read(lambda session: session.exec(select(AuditEntry.act).order_by(col(AuditEntry.id))))
    assert list(acts) == ["publish_post", "withdraw_post"]


async def test_nobody_withdraws_what_they_could_not_have_published(hall: Hall):
    post = await hall.publish("wei", "DW")
    for login in ("lead", "lin", "di"):
        with pytest.raises(NotAllowed):
            await hall.work(actions.withdraw, post, by=hall.cast[login], at=AT)
    below = await hall.publish("lead", "ZB1")
    with pytest.raises(NotSeen):
        await hall.work(actions.withdraw, below, by=hall.cast["lead2"], at=AT)
    await hall.work(actions.withdraw, below, by=hall.cast["wei"], at=AT)


async def test_posts_leave_the_building_as_each_person_wishes_and_without_their_words(hall: Hall):
    await prefers_mail(hall, "lin")
    await prefers_mail(hall, "zhao", quiet_from=9 * 60, quiet_to=12 * 60)  # it is ten in Shanghai
    post = await hall.publish("lead", "ZB1", kind=PostKind.lesson, title="学习笔记", text="逐字逐句")
    found = {one.person_id: one for one in await deliveries(hall)}
    lin, zhao = (found[hall.cast.people[login].id] for login in ("lin", "zhao"))
    assert lin.key == f"post:{post}/person:{lin.person_id}/mail"
    assert (lin.next_try_at, zhao.next_try_at) == (AT, AT + timedelta(hours=2))
    assert (lin.words, lin.said) == ("post.lesson", {"unit": "门诊一支部"})
    assert len(found) == 2


async def prefers_mail(hall: Hall, *logins: str, **hours: int) -> None:
    async def prefer(session):
        session.add_all(
            Preference(person_id=hall.cast.people[login].id, root_id=hall.cast.root_id, sealed_mail=b"sealed",
                       by_mail=True, **hours)
            for login in logins
        )  # fmt: skip

    await hall.work(prefer)


async def deliveries(hall: Hall) -> list[Delivery]:
    found = await hall.read(lambda session: session.exec(select(Delivery).order_by(col(Delivery.id))))
    return list(found)


async def test_a_notice_of_a_post_is_one_a_person_whatever_happens(hall: Hall):
    post = await hall.publish("lead", "ZB1")
    assert len({notice.person_id for notice in await hall.notices_of_post(post)}) == 2
    assert {notice.words for notice in await hall.notices_of_post(post)} == {"post.announcement"}
    assert all(isinstance(notice, Notice) and notice.at == AT for notice in await hall.notices_of_post(post))
