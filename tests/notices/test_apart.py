"""What hangs on no Step: declarations that were decided, activities one is to come to, each told once by its words."""

from datetime import UTC, datetime

import pytest
from sqlmodel import col, select

from matching import clock
from matching.activities import actions
from matching.api.i18n import translate
from matching.clock import SHANGHAI
from matching.notices.composing import for_staff
from matching.notices.model import Notice, Preference, Way
from matching.recognition import declaring
from tests.activities.scene import HOUR, planned, wish
from tests.cast import AT, Cast, Doors
from tests.notices.channels import Scene

DAY = 24 * HOUR


def told_to(cast: Cast):
    async def told(session) -> list[tuple[str, str]]:
        names = {person.id: login for login, person in cast.people.items()}
        rows = await session.exec(select(Notice.person_id, Notice.words).order_by(col(Notice.words), col(Notice.id)))
        return [(names[person_id], words) for person_id, words in rows]

    return told


async def test_who_declared_is_told_what_became_of_it_each_time(work, cast):
    said = {"title": "敬老院理发", "minutes": 60, "organiser": "街道", "said": "", "photo": "a" * 64}
    one, other = [await work(declaring.declare, **said, on=AT.date(), by=cast["lin"], at=AT) for _twice in range(2)]
    await work(declaring.decide, one.id, "accept", by=cast["lead"], at=AT)
    await work(declaring.decide, other.id, "refuse", "同一次", by=cast["lead"], at=AT)
    await work(declaring.decide, one.id, "take_back", "照片是网上的", by=cast["wei"], at=AT)
    assert await work(told_to(cast)) == [("lin", f"declared.{verb}") for verb in ("accept", "refuse", "take_back")]


async def test_whom_a_list_names_is_told_once_and_of_what_changes_until_it_is_over(work, cast):
    told, number = told_to(cast), {login: person.member_no for login, person in cast.people.items()}
    activity = await planned(work, cast, "lin", "lead")  # the lead planned it: no news to her
    assert await work(told) == [("lin", "activity.listed")]
    by = {"by": cast["lead"], "at": AT - HOUR}
    await work(actions.add_people, activity.id, [number["lin"], number["zhao"]], **by)
    assert await work(told) == [("lin", "activity.listed"), ("zhao", "activity.listed")]
    await work(actions.remove_person, activity.id, number["zhao"], **by)
    await work(actions.change, activity.id, wish(title="另一个名字"), **by)
    assert await work(told) == [("lin", "activity.listed")]
    for place in ("村小学", "村小学操场"):  # each time anew, and one line each
        await work(actions.change, activity.id, wish(place=place), **by)
    await work(actions.cancel, activity.id, "下雨", **by)
    assert await work(told) == [("lin", f"activity.{what}") for what in ("cancelled", "changed", "listed")]
    await planned(work, cast, "zhao", at=AT - 3 * DAY, starts_at=AT - 9 * DAY, ends_at=AT - 9 * DAY + HOUR)
    assert "zhao" not in {login for login, _words in await work(told)}  # written down afterwards


async def test_whoever_leads_is_told_though_they_stand_on_no_list_and_so_is_who_led_before(work, cast):
    told, number = told_to(cast), {login: person.member_no for login, person in cast.people.items()}
    await planned(work, cast, "lin", lead=number["lead"])
    assert await work(told) == [("lin", "activity.listed")]  # the lead named herself
    activity = await planned(work, cast, "zhao", "lin", by="wei", lead=number["zhao"])
    assert ("zhao", "activity.listed") not in await work(told)  # on the list as well, and told once
    by = {"by": cast["wei"], "at": AT - HOUR}
    await work(actions.remove_person, activity.id, number["zhao"], **by)  # leads it all the same
    await work(actions.change, activity.id, wish(lead=number["zhao"], place="村小学"), **by)
    await work(actions.change, activity.id, wish(lead=number["sun"], place="村小学"), **by)
    await work(actions.cancel, activity.id, "下雨", **by)
    heard: dict[str, list[str]] = {}
    for login, words in await work(told):
        heard.setdefault(login, []).append(words.removeprefix("activity."))
    assert heard == {
        "lin": ["cancelled", "changed", "listed", "listed"], "sun": ["cancelled", "leading"],
        "zhao": ["changed", "leading", "relieved"],
    }  # fmt: skip


async def test_it_goes_by_the_ways_they_chose_and_names_what_and_when_and_nothing_personal(work, cast):
    scene, number = Scene(cast, work), {login: person.member_no for login, person in cast.people.items()}
    for login in ("lin", "zhao"):
        await scene.wants_mail(login)

    async def a_digest(session) -> None:
        (await session.get_one(Preference, cast.people["zhao"].id)).digest_at = 18 * 60

    await work(a_digest)
    begins = datetime(2027, 1, 1, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai, of another year
    title = "看望独居老人，联系13800138000"
    activity = await planned(work, cast, "lin", "zhao", title=title)
    by = {"by": cast["lead"], "at": AT - HOUR}
    for place in ("村小学", "村小学操场"):
        await work(actions.change, activity.id, wish(title=title, place=place), **by)
    await work(actions.change, activity.id, wish(begins, title=title, place="操场"), **by)
    rows = await scene.rows()
    assert {row.person_id for row in rows} == {cast.people["lin"].id, cast.people["zhao"].id}
    assert {row.way for row in rows} == {Way.mail}
    to_lin = [row for row in rows if row.person_id == cast.people["lin"].id]
    assert [row.key.split("/")[1].partition(":")[0] for row in to_lin] == ["listed", "changed"]  # once, as it is now
    listed, changed = (for_staff([row], "https://d.example", translate, AT) for row in to_lin)
    assert "3月2日 10:00" in listed.text
    assert "2027年1月2日 00:30" in changed.text
    assert changed.link == f"https://d.example/activities/{activity.id}"
    for message in (listed, changed):
        assert "看望独居老人" in message.text
        assert "13800138000" not in f"{message.title}{message.text}{message.data}"
    assert {row.next_try_at for row in rows if row.person_id == cast.people["zhao"].id} != {AT - HOUR}  # in the digest
    await work(actions.remove_person, activity.id, number["zhao"], **by)
    assert {row.person_id for row in await scene.rows()} == {cast.people["lin"].id}
    await work(actions.cancel, activity.id, "下雨", **by)
    (left,) = await scene.rows()
    assert "取消了" in for_staff([left], "https://d.example", translate, AT).text
    said = {"title": "敬老院理发", "minutes": 60, "organiser": "街道", "said": "", "photo": "a" * 64}
    declared = await work(declaring.declare, **said, on=AT.date(), by=cast["lin"], at=AT)
    await work(declaring.decide, declared.id, "accept", by=cast["lead"], at=AT)
    message = for_staff([(await scene.rows())[-1]], "https://d.example", translate, AT)
    assert message.text == "您申报的“敬老院理发”（3月2日）已认定，积分已经记上。"
    assert message.link == "https://d.example/points#declared"
    both = for_staff(await scene.rows(), "https://d.example", translate, AT)
    assert both.link == "https://d.example/notices"
    assert both.text.count("敬老院理发") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_it_leads_to_reads_it_and_programs_are_told_which(doors: Doors):
    at = clock.now() + HOUR

    async def listed(session):
        parts = doors.app.state.parts
        numbers = [doors.cast.people["lin"].member_no]
        made = await actions.plan(session, wish(at), numbers, sealer=parts.sealer, by=doors.cast["lead"], at=at - HOUR)
        said = ("敬老院理发", clock.now().date(), 60, "街道", "", "a" * 64)
        declared = await declaring.declare(session, *said, by=doors.cast["lin"], at=at)
        await declaring.decide(session, declared.id or 0, "refuse", "看不清", by=doors.cast["lead"], at=at)
        return made.id, declared.id

    activity_id, declared_id = doors.work(listed)
    lin = doors.of("lin")
    page = lin.get("/notices?only=unread").text
    day = at.astimezone(SHANGHAI)
    year = "" if day.year == (at - HOUR).astimezone(SHANGHAI).year else f"{day.year}年"  # in the year's last hour
    assert f"您被列入“竹溪村健康宣教”的名单，{year}{day.month}月{day.day}日 {day:%H:%M} 开始" in page
    assert "您申报的“敬老院理发”（" in page
    assert "没有认定" in page
    english = doors.program("lin").get("/api/v1/notices", headers={"accept-language": "en"}).json()["items"]
    assert {"竹溪村健康宣教" in one["sentence"] for one in english} == {True, False}
    assert {one["sentence"][:3] for one in english} == {"You", "The"}
    told = doors.program("lin").get("/api/v1/notices").json()["items"]
    assert {(one["activity"], one["declared"]) for one in told} == {(activity_id, None), (None, declared_id)}
    for link, gone in ((f"/activities/{activity_id}", "列入"), ("/points#declared", "没有认定")):
        assert f'href="{link}"' in page
        assert lin.get(link).status_code == 200
        assert gone not in lin.get("/notices?only=unread").text
