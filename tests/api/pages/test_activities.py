"""Activities in the browser of a lead, a member, and somebody who scans."""

import html
import io
import json
import re
from datetime import timedelta

from PIL import Image
from sqlmodel import select

from matching import clock
from matching.activities import actions
from matching.activities.codes import STEP, code_at
from matching.activities.signing import key_of
from matching.clock import SHANGHAI
from matching.people.model import AuditEntry
from matching.privacy.sealed import Sealer
from matching.requests.drawing import Photo
from tests.activities.scene import HOUR, MINUTE, wish
from tests.api.pages.desk import order
from tests.cast import Doors, field_value
from tests.requests.scene import DAY, DISPATCHED


def plan(doors: Doors, *people: str, by: str = "lead", ago: timedelta = 30 * MINUTE, **more):
    """One that began half an hour ago."""
    cast, at = doors.cast, clock.now() - ago
    numbers = [cast.people[login].member_no for login in people]
    return doors.work(
        actions.plan, wish(at, **more), numbers, False, sealer=Sealer(cast.settings.keys), by=cast[by], at=at - HOUR
    )


def code_of(doors: Doors, activity, at=None) -> str:
    return f"/s/{activity.id}-{code_at(key_of(activity, Sealer(doors.cast.settings.keys)), at or clock.now())}"


FORM = {
    "kind": "members_meeting", "title": "三月党员大会", "unit": "ZB1", "place": "示教室",
    "starts_at": "2026-03-02T19:00", "ends_at": "2026-03-02T20:30", "everybody": "1",
}  # fmt: skip


def test_a_lead_plans_once_and_what_is_wrong_stands_beside_its_field(doors):
    lead = doors.of("lead")
    page = lead.get("/activities/new").text
    once = field_value(page, "once")
    wrong = lead.submit("/activities/new", **FORM | {"ends_at": "2026-03-02T18:00", "once": once, "people": "M9999"})
    assert wrong.status_code == 422
    assert "M9999" in wrong.text
    assert "三月党员大会" in wrong.text
    assert "结束时间要晚于" in wrong.text
    first = lead.submit("/activities/new", **FORM, once=once)
    again = lead.submit("/activities/new", **FORM, once=once)
    assert first.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    shown = lead.get(first.headers["location"]).text
    for name in ("林晓云", "赵一鸣", "雷秀英"):
        assert name in shown
    assert lead.submit("/activities/new", **FORM | {"unit": "ZB2"}).status_code == 403
    assert doors.of("lin").get("/activities/new").status_code == 403


def test_who_may_see_an_activity_and_who_may_not(doors):
    activity = plan(doors, "lin", kind="members_meeting")
    path = f"/activities/{activity.id}"
    seen = {
        login: doors.of(login).get(path).status_code
        for login in ("lead", "lin", "zhao", "wei", "audit", "sun", "lead2")
    }
    assert seen == {"lead": 200, "lin": 200, "zhao": 200, "wei": 200, "audit": 200, "sun": 404, "lead2": 404}
    assert "林晓云" not in doors.of("zhao").get(path).text
    zhao = doors.of("zhao")
    assert zhao.get(f"{path}/sign").status_code == 403
    for wrong in (zhao.submit(f"{path}/confirm", person_times="?"), zhao.submit(f"{path}/correct", reason="漏记了")):
        assert (wrong.status_code, "林晓云" in wrong.text) == (403, False)  # a refused form names nobody either
    for page in ("", "/rhythm", "?kind=members_meeting&state=planned&unit=ZB1", f"/{activity.id}/calendar.ics"):
        assert doors.of("lead").get(f"/activities{page}").status_code == 200


def test_a_filter_that_finds_nothing_says_so_and_leads_back_to_all(doors):
    lead = doors.of("lead")
    assert "这里还没有活动" in lead.get("/activities").text
    narrowed = lead.get("/activities?state=cancelled").text
    assert "没有找到这样的活动" in narrowed
    assert 'href="/activities">看全部' in narrowed


def test_minutes_are_confirmed_from_the_beginning_on(doors):
    ahead, begun = plan(doors, "lin", ago=-HOUR), plan(doors, "lin")
    lead = doors.of("lead")
    offered = [f"/activities/{one.id}/close" in lead.get(f"/activities/{one.id}").text for one in (ahead, begun)]
    assert offered == [False, True]


def test_a_scan_leads_through_sign_in_to_one_button_for_oneself(doors):
    activity = plan(doors, "lin")
    phone = doors.anybody()
    answer = phone.get(code_of(doors, activity), follow_redirects=False)
    assert answer.headers["location"] == f"/activities/{activity.id}/here"
    assert "/login?next=" in phone.get(answer.headers["location"], follow_redirects=False).headers["location"]
    lin = doors.of("lin")
    assert lin.submit(f"/activities/{activity.id}/here").status_code == 409  # never scanned
    lin.get(code_of(doors, activity))
    assert "林晓云，我到了" in lin.get(f"/activities/{activity.id}/here").text
    assert lin.submit(f"/activities/{activity.id}/here").status_code == 303
    assert "您已签到" in lin.get(f"/activities/{activity.id}/here").text
    # the same phone for a friend
    friend = doors.of("zhao")
    friend.cookies.update({name: value for name, value in lin.cookies.items() if name != "session"})
    refused = friend.submit(f"/activities/{activity.id}/here")
    assert refused.status_code == 409
    assert "另一位同志" in refused.text


def test_an_old_photo_of_the_code_opens_nothing(doors):
    activity = plan(doors, "lin")
    old = code_of(doors, activity, clock.now() - timedelta(seconds=5 * STEP))
    answer = doors.of("lin").get(old, follow_redirects=False)
    assert answer.status_code == 410
    assert "came" not in answer.cookies
    assert doors.of("lin").get("/s/999999-0123456789").status_code == 404
    assert doors.of("lin").get("/s/x").status_code == 404


def test_the_leads_page_names_whom_it_may_be_kept_for_and_takes_ticks_without_javascript(doors):
    activity = plan(doors, "lin")
    lead = doors.of("lead")
    answer = lead.get(f"/activities/{activity.id}/sign")
    assert answer.headers["x-sign-page"] == str(doors.cast.people["lead"].id)
    assert "x-sign-page" not in lead.get(f"/activities/{activity.id}").headers
    data = json.loads(html.unescape(re.search(r'data-page="([^"]*)"', answer.text)[1]))
    assert data["people"][0]["name"] == "林晓云"
    assert len(data["codes"]) == 64
    key = key_of(activity, Sealer(doors.cast.settings.keys))
    assert key.hex() not in answer.text
    assert 'http-equiv="refresh"' in lead.get(f"/activities/{activity.id}/sign?only=code").text
    number = doors.cast.people["lin"].member_no
    assert lead.submit(f"/activities/{activity.id}/tick", person=number, what="in").status_code == 303
    assert lead.submit(f"/activities/{activity.id}/tick", person="M9999", what="in").status_code == 422
    for bad in (
        "[",
        '[{"who":"M0001"}]',
        json.dumps([{"who": "a\0", "what": "in", "millis": 1, "phone": "", "signature": ""}]),
    ):
        assert lead.submit(f"/activities/{activity.id}/sync", ticks=bad, now="1").status_code == 422
    assert lead.submit(f"/activities/{activity.id}/sync", now="x").status_code == 422
    assert doors.of("lin").submit(f"/activities/{activity.id}/sync", now="1").status_code == 403


def test_minutes_are_proposed_confirmed_and_corrected_with_a_reason(doors):
    activity = plan(doors, "lin", "zhao", ago=3 * HOUR)
    lead, number = doors.of("lead"), {login: doors.cast.people[login].member_no for login in ("lin", "zhao")}
    path = f"/activities/{activity.id}"
    lead.submit(f"{path}/tick", person=number["lin"], what="in")
    lead.submit(f"{path}/tick", person=number["zhao"], what="in")
    assert field_value(lead.get(f"{path}/close").text, f"minutes-{number['lin']}") == "0"  # came after the end
    minutes = {f"minutes-{number['lin']}": "110", f"minutes-{number['zhao']}": "1500"}
    assert lead.submit(f"{path}/confirm", **minutes).status_code == 422
    minutes[f"minutes-{number['zhao']}"] = "181"
    too_long = lead.submit(f"{path}/confirm", **minutes)
    assert too_long.status_code == 422
    assert "每人最多记 180 分钟" in too_long.text
    assert field_value(too_long.text, f"minutes-{number['zhao']}") == "181"
    minutes[f"minutes-{number['zhao']}"] = "60"
    told = minutes | {"person_times": "86", "materials": "200", "effect": "测血压 86 人次，电话 13800138000"}
    assert lead.submit(f"{path}/confirm", **told).status_code == 303
    shown = lead.get(path).text
    assert "已确认" in shown
    assert "86" in shown
    assert "13800138000" not in shown
    assert lead.submit(f"{path}/confirm", **told).status_code == 409
    assert lead.submit(f"{path}/correct", **minutes).status_code == 422  # no reason
    fixed = lead.submit(f"{path}/correct", **{f"minutes-{number['zhao']}": "50"}, reason="赵一鸣提前离开")
    assert fixed.status_code == 303
    assert "60 → 50" in lead.get(path).text
    assert "correct" not in doors.of("lin").get(path).text
    assert doors.of("lin").submit(f"{path}/correct", reason="自己加时长").status_code == 403
    assert "correct_activity" in str(doors.read(_audit))


async def _audit(session):
    return [entry.act for entry in await session.exec(select(AuditEntry))]


def _jpeg() -> bytes:
    made = io.BytesIO()
    image = Image.new("RGB", (40, 30), "red")
    exif = image.getexif()
    exif[0x010E] = "secret place"
    image.save(made, "JPEG", exif=exif)
    return made.getvalue()


def test_photos_lose_what_the_camera_wrote_and_are_seen_by_who_sees_the_activity(doors):
    activity = plan(doors, "lin")
    lead, path = doors.of("lead"), f"/activities/{activity.id}"
    sent = {"csrf": lead.form_key, "caption": "现场"}
    answer = lead.post(f"{path}/photos", data=sent, files={"photo": ("a.jpg", _jpeg())}, follow_redirects=False)
    assert answer.status_code == 303
    link = re.search(rf"{path}/photos/[0-9a-f]{{64}}", lead.get(path).text)[0]
    assert b"secret place" not in lead.get(link).content
    assert doors.of("lin").get(link).status_code == 200
    assert doors.of("sun").get(link).status_code == 404
    wrong = lead.post(f"{path}/photos", data=sent, files={"photo": ("a.jpg", b"no picture")})
    assert wrong.status_code == 422
    assert "不是 JPEG" in wrong.text
    assert doors.of("lin").post(f"{path}/photos", data=sent | {"csrf": doors.of("lin").form_key}).status_code in {
        403,
        422,
    }
    photos, place = doors.app.state.parts.photos, f"activity-{activity.id}"
    doors.call(photos.keep, place, Photo("a" * 64, b"jpeg"))  # somebody else's, kept and not named yet
    assert lead.submit(f"{link}/remove").status_code == 303
    assert lead.get(link).status_code == 404
    assert not photos.holds(place, link[-64:])
    assert photos.holds(place, "a" * 64)


def test_who_is_listed_though_they_are_at_something_else_is_marked_with_the_time(doors):
    noon = (clock.now() + DAY).astimezone(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)
    ago = clock.now() - noon
    taken = order(doors, *DISPATCHED, wanted_from=noon + 30 * MINUTE, wanted_to=noon + 60 * MINUTE).do("claim")
    other = plan(doors, "zhao", ago=ago - HOUR)
    own = plan(doors, ago=ago, request=taken.number)  # what came of it is nothing else to lin
    lead = doors.of("lead")
    assert "已接任务" not in lead.get(f"/activities/{own.id}").text
    elsewhere = plan(doors, "lin", ago=ago, lead=doors.cast.people["lin"].member_no)
    path = f"/activities/{elsewhere.id}"
    assert lead.submit(f"{path}/people", people="M0007").status_code == 303
    page = lead.get(path).text
    assert "有 2 人这个时间另有安排" in page
    lin, zhao = (_listed(page, name) for name in ("林晓云", "赵一鸣"))
    assert "已接任务 12:30–13:00" in lin
    assert "另有活动 12:00–14:00" in lin
    assert re.findall(r"(?:已接任务|另有活动) [\d:–]+", zhao) == ["另有活动 13:00–15:00"]
    told = doors.program("lead").get(f"/api/v1{path}/attendances").json()["items"]
    assert [[one["activity"] for one in person["elsewhere"]] for person in told] == [[True, False], [True]]
    assert "另有活动" not in doors.of("zhao").get(path).text  # the lead's to know
    lead.submit(f"/activities/{other.id}/cancel", why="下大雨")
    assert "13:00" not in _listed(lead.get(path).text, "赵一鸣")


def _listed(page: str, name: str) -> str:
    """What the row of somebody says, without its marks."""
    row = re.search(rf'<tr><th scope="row">{name}.*?</tr>', page, re.DOTALL)
    return re.sub(r"<[^>]*>", "", row[0])


def test_a_cancelled_one_says_why_and_the_committee_sets_the_rhythm(doors):
    activity = plan(doors, "lin")
    lead, path = doors.of("lead"), f"/activities/{activity.id}"
    assert lead.submit(f"{path}/cancel", why=" ").status_code == 422
    assert lead.submit(f"{path}/cancel", why="下大雨，改期").status_code == 303
    assert "下大雨，改期" in doors.of("lin").get(path).text
    assert "STATUS:CANCELLED" in lead.get(f"{path}/calendar.ics").text
    numbers = {"members_meeting": 1, "committee_meeting": 3, "group_meeting": 0, "party_lesson": 2, "theme_day": 3}
    committee = doors.of("wei")
    assert committee.submit("/activities/rhythm", **numbers | {"theme_day": 99}).status_code == 422
    assert committee.submit("/activities/rhythm", **numbers).status_code == 303
    assert "还缺 2" in committee.get("/activities/rhythm").text
    assert lead.submit("/activities/rhythm", **numbers).status_code == 403
