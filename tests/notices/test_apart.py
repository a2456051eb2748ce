"""What hangs on no Step: declarations that were decided, activities one is to come to, each told once by its words."""

import pytest
from sqlmodel import col, select

from matching import clock
from matching.activities import actions
from matching.notices.model import Notice
from matching.recognition import declaring
from tests.activities.scene import HOUR, planned, wish
from tests.cast import AT, Cast, Doors

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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_it_leads_to_reads_it_and_programs_are_told_which(doors: Doors):
    async def listed(session):
        at = clock.now()
        parts = doors.app.state.parts
        numbers = [doors.cast.people["lin"].member_no]
        made = await actions.plan(session, wish(at + HOUR), numbers, sealer=parts.sealer, by=doors.cast["lead"], at=at)
        said = ("敬老院理发", clock.now().date(), 60, "街道", "", "a" * 64)
        declared = await declaring.declare(session, *said, by=doors.cast["lin"], at=at)
        await declaring.decide(session, declared.id or 0, "refuse", "看不清", by=doors.cast["lead"], at=at)
        return made.id, declared.id

    activity_id, declared_id = doors.work(listed)
    lin = doors.of("lin")
    page = lin.get("/notices?only=unread").text
    assert "您被列入一场活动的名单" in page
    assert "您申报的服务没有认定" in page
    told = doors.program("lin").get("/api/v1/notices").json()["items"]
    assert {(one["activity"], one["declared"]) for one in told} == {(activity_id, None), (None, declared_id)}
    for link, gone in ((f"/activities/{activity_id}", "列入"), ("/points#declared", "没有认定")):
        assert f'href="{link}"' in page
        assert lin.get(link).status_code == 200
        assert gone not in lin.get("/notices?only=unread").text
