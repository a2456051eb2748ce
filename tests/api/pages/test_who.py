"""Finding somebody from a request's page: the list, looking somebody up, asking by hand, waves; registrations."""

import re

import pytest

from matching import clock
from matching.asks.model import AskDials, Availability, Licence
from matching.clock import SHANGHAI
from matching.people.model import Person
from tests.activities.scene import MINUTE
from tests.api.pages.desk import order
from tests.api.pages.test_activities import plan
from tests.cast import Doors
from tests.requests.scene import DISPATCHED

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _by_hand(session, root_id):
    """No waves by themselves, and no quiet hours: whatever the clock says, a test finds the same."""
    session.add(AskDials(root_id=root_id, automatic=False, quiet_from=0, quiet_to=0, changed_at=clock.now()))


async def _change(session, id_, **fields):
    person = await session.get_one(Person, id_)
    for name, value in fields.items():
        setattr(person, name, value)


async def _always_free(session, person):
    week = [[day, 0, 24 * 60] for day in range(7)]
    session.add(Availability(person_id=person.id, root_id=person.root_id, weekly=week, changed_at=clock.now()))


def picked(page: str) -> list[str]:
    return re.findall(r'name="people" id="[^"]*" value="(M\d+)"', page)


def test_a_lead_finds_somebody_and_asks_them(doors: Doors):
    doors.work(_by_hand, doors.cast.root_id)
    one = order(doors, *DISPATCHED, service="books")
    lead = doors.of("lead")
    page = lead.get(one.path).text
    assert "3 人里有 3 人能来" in page
    assert "还没有邀请过人" in page
    assert set(picked(page)) == {"M0004", "M0006", "M0007"}
    assert "约 " in page
    assert "这段时间有空" in page
    assert "谁能接" not in doors.of("lin").get(one.path).text

    none = lead.submit(f"{one.path}/who/ask", once="a")
    assert none.status_code == 422
    assert "请填写这一项" in none.text
    asked = lead.submit(f"{one.path}/who/ask", once="b", people="M0006")
    again = lead.submit(f"{one.path}/who/ask", once="b", people="M0006")
    assert {asked.headers["location"], again.headers["location"]} == {f"{one.path}#who"}
    page = lead.get(one.path).text
    assert re.search(r"林晓云 <span class=\"tag\">等待答复", page)
    assert "3 人里有 2 人能来" in page
    assert "M0006" not in picked(page)
    assert page.count("点名") == 2  # below the list and in the history
    both = lead.submit(f"{one.path}/who/ask", once="c", people=["M0007", "M0006"])
    assert both.status_code == 422
    assert "林晓云" in both.text
    assert re.search(r'value="M0007" checked', both.text)  # the ticks are still there
    assert lead.get(f"{one.path}/who/ask", follow_redirects=False).headers["location"] == f"{one.path}/who"


def test_waves_are_started_and_stopped(doors: Doors):
    doors.work(_by_hand, doors.cast.root_id)
    one = order(doors, *DISPATCHED, service="books")
    lead = doors.of("lead")
    assert lead.submit(f"{one.path}/who/stop").headers["location"] == one.path
    assert "没有" in lead.get(one.path).text
    assert lead.submit(f"{one.path}/who/start").headers["location"] == f"{one.path}#who"
    page = lead.get(one.path).text
    assert "已问到第 1 批" in page
    assert "停止分批邀请" in page
    lead.submit(f"{one.path}/who/stop")
    assert "分批邀请已经停止" in lead.get(f"{one.path}/who").text


def test_why_somebody_is_not_on_the_list_is_said_when_they_are_looked_up(doors: Doors):
    doors.work(_by_hand, doors.cast.root_id)
    one = order(doors, *DISPATCHED, service="books")
    lead, di = doors.of("lead"), doors.of("di")
    assert "能来，排在第" in lead.get(f"{one.path}/who?q=晓云").text
    assert "没有找到“孙可欣”" in lead.get(f"{one.path}/who?q=孙可欣").text
    assert "不在承办支部" in di.get(f"{one.path}/who?q=孙可欣").text
    for login, status in (("lin", 403), ("sun", 404), ("wei", 403)):
        assert doors.of(login).get(f"{one.path}/who").status_code == status
    assert "Who could take it" in di.get(f"{one.path}/who?q=M0006&lang=en").text
    noon = (clock.now() + clock.DAY).astimezone(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)
    doors.work(_always_free, doors.cast.people["zhao"])
    plan(doors, "zhao", ago=clock.now() - noon)
    then = order(doors, *DISPATCHED, wanted_from=noon + 90 * MINUTE, wanted_to=noon + 120 * MINUTE)
    said = re.sub(r"<[^>]*>", "", lead.get(f"{then.path}/who?q=M0007").text)
    assert "现在不能邀请：届时有活动（明天 12:00–14:00）。" in said
    assert "仍要邀请" in said
    one.do("claim")
    assert "谁能接" not in lead.get(one.path).text
    assert lead.get(f"{one.path}/who", follow_redirects=False).headers["location"] == one.path
    one.do("contact").do("complete")
    assert lead.get(f"{one.path}/who").status_code == 409


def test_registrations_and_the_pace_of_asking_are_kept_by_an_administrator(doors: Doors):
    root, doctor = doors.of("root"), "义诊资质-医师"
    form = dict(re.findall(r'name="(\w+)" type="\w+" value="([^"]*)"', root.get("/admin/services/first_aid").text))
    assert 'placeholder="120"' in root.get("/admin/services/first_aid").text
    kept = form | {"audience": "partner", "tier": "T4", "group": "共建", "minutes": "0", "spacing": "30"}
    assert root.submit("/admin/services/first_aid", **kept).status_code == 422
    assert root.submit("/admin/services/first_aid", **kept | {"minutes": "45"}).status_code == 303
    assert 'value="45"' in root.get("/admin/services/first_aid").text

    async def needed(session):
        (await session.get_one(type(doors.cast.services["books"]), doors.cast.services["books"].id)).skills = [doctor]

    doors.work(needed)
    page = root.get("/admin/people/M0006").text
    assert "还没有登记" in page
    wrong = root.submit("/admin/people/M0006/licences", skill=doctor, valid_until="明天")
    assert wrong.status_code == 422
    assert "有一处需要修改" in wrong.text
    root.submit("/admin/people/M0006/licences", skill=doctor, valid_until="2020-01-31")
    page = root.get("/admin/people/M0006").text
    assert "已过期" in page
    assert "有效到 2020-01-31" in page

    async def registered(session):
        return (await session.exec(Licence.__table__.select())).first()

    row = doors.read(registered)
    root.submit(f"/admin/people/M0006/licences/{row.id}/drop")
    assert "还没有登记" in root.get("/admin/people/M0006").text
    assert (
        doors.of("lead").submit("/admin/people/M0006/licences", skill=doctor, valid_until="2030-01-31").status_code
        == 403
    )
