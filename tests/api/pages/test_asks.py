"""Asks as members live with them: on their tasks, and behind the link in a message; one tap each."""

import json
import re
from typing import Any

import pytest

from matching import clock
from matching.api.invited import why_you
from matching.asks import actions, availability
from matching.asks.links import token
from matching.asks.model import Ask, AskDials
from matching.asks.queries import asks_of_request, open_ask_of, waiting_of
from matching.asks.weekly import Free
from matching.notices.announcing import announce
from matching.notices.model import Endpoint, Preference, Way
from matching.notices.receiving import endpoint_context, mail_context
from matching.privacy.sealed import Sealer
from matching.settings import Settings
from tests.api.pages.desk import Order, order
from tests.cast import AT, Cast, Doors

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WORDING = "想借轮椅去放射科"


def asked(doors: Doors, *logins: str, service: str = "wheelchair") -> Order:
    """A request for which the lead has asked these members by hand, and nobody else is asked."""
    doors.work(_by_hand_only, doors.cast.root_id)
    one = order(doors, "accept", "dispatch", service=service)
    numbers = [doors.cast.people[login].member_no for login in logins]
    doors.work(actions.ask, one.number, numbers, anyway=True, by=doors.cast["lead"], at=clock.now())
    return one


async def _by_hand_only(session: Any, root_id: int) -> None:
    """No waves for slots, and no quiet hours: whatever the clock says, a test finds the same."""
    session.add(AskDials(root_id=root_id, automatic=False, quiet_from=0, quiet_to=0, changed_at=clock.now()))


def ask_of(doors: Doors, one: Order, login: str) -> Ask:
    asks = doors.read(asks_of_request, one.id)
    return next(found.ask for found in asks if found.person.login == login)


def link(doors: Doors, one: Order, login: str) -> str:
    settings: Settings = doors.cast.settings
    return f"/a/{token(ask_of(doors, one, login), settings.pepper)}"


def said(page: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", page.partition("<main")[2])


def test_the_reasons_are_three_true_ones_and_the_strongest_come_first():
    plain = Ask(root_id=1, request_id=1, person_id=1, asked_at=AT, parts={"recent": -0.4, "distance": -0.3})
    assert why_you(plain) == ["这段时间您有空", "这件事您做得来", "这件事归您所在的支部办"]
    parts = {"recent": -0.01, "distance": 0.0, "category": 0.3, "wish": 0.2, "member": 0.5, "hours": 0.0}
    near = Ask(root_id=1, request_id=1, person_id=1, asked_at=AT, parts=parts)
    assert why_you(near) == ["您最近没怎么被邀请过", "您就在这栋楼", "这类事您常常愿意"]
    near.by_id = 7
    assert why_you(near)[0] == "支部负责人点名想请您来"


@ON_SQLITE
def test_an_ask_stands_on_top_with_its_reasons_and_yes_leads_to_the_contact(doors: Doors):
    one, lin = asked(doors, "lin", "zhao"), doors.of("lin")
    page = lin.get("/tasks").text
    words = said(page)
    for told in ("想请您帮个忙", "轮椅推送", "门诊大厅", "分钟，不算路上", "为什么是您： 支部负责人点名想请您来；"):
        assert told in words or told.replace("： ", "：") in words, told
    assert page.index("想请您帮个忙") < page.index('class="tabs"')
    ask = ask_of(doors, one, "lin")
    answer = lin.submit(f"/asks/{ask.id}/yes")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks?tab=mine")
    page = lin.get("/tasks?tab=mine").text
    assert "请现在联系对方" in page
    assert f"{one.path}/contact" in page
    assert "想请您帮个忙" not in page
    assert [claim.person_id for claim in one.now().active_claims] == [doors.cast["lin"].id]
    assert "想请您帮个忙" not in doors.of("zhao").get("/tasks").text


@ON_SQLITE
def test_who_comes_too_late_is_thanked_waits_in_line_and_may_leave_it(doors: Doors):
    one, zhao = asked(doors, "lin", "zhao"), doors.of("zhao")
    asks = {login: ask_of(doors, one, login).id for login in ("lin", "zhao")}
    doors.of("lin").submit(f"/asks/{asks['lin']}/yes")
    late = zhao.submit(f"/asks/{asks['zhao']}/yes")
    assert late.status_code == 409
    assert "谢谢您愿意帮忙" in late.text
    assert f'action="/asks/{asks["zhao"]}/wait"' in late.text
    assert zhao.submit(f"/asks/{asks['zhao']}/wait").headers["location"] == "/tasks?tab=mine"
    page = said(zhao.get("/tasks?tab=mine").text)
    assert "第 1 位" in page
    assert "排上候补了" in page
    zhao.submit(f"{one.path}/leave_waiting")
    assert doors.read(waiting_of, one.id) == []
    assert "第 1 位" not in said(zhao.get("/tasks?tab=mine").text)


@ON_SQLITE
def test_no_is_one_tap_a_reason_is_optional_and_not_now_is_one_more(doors: Doors):
    one = asked(doors, "lin", "zhao", "lead", service="escort")
    lin, zhao = doors.of("lin"), doors.of("zhao")
    lin.submit(f"/asks/{ask_of(doors, one, 'lin').id}/no", reason="tired")
    assert "知道了" in lin.get("/tasks").text
    lins = ask_of(doors, one, "lin")
    assert (lins.answer, lins.reason) == ("declined", "tired")
    zhaos = ask_of(doors, one, "zhao").id
    for how, day in (("until", ""), ("until", "2020-01-01"), ("ever", "")):
        refused = zhao.submit(f"/asks/{zhaos}/mute", how=how, day=day)
        assert refused.status_code == 422
    assert "已经过去" in zhao.submit(f"/asks/{zhaos}/mute", how="until", day="2020-01-01").text
    zhao.submit(f"/asks/{zhaos}/mute", how="today")
    assert ask_of(doors, one, "zhao").answer == "declined"
    assert doors.read(availability.own, by=doors.cast["zhao"], at=clock.now()).muted_until
    assert lin.submit(f"/asks/{zhaos}/yes").status_code == 404
    assert lin.get(f"/asks/{zhaos}/yes", follow_redirects=False).headers["location"] == "/tasks"


def test_a_link_answers_by_a_press_never_by_being_opened_and_names_no_requester(doors: Doors):
    one, phone = asked(doors, "lin", "zhao"), doors.anybody()
    one.do("approve_wording", wording=WORDING)
    address = link(doors, one, "lin")
    for _preview in range(2):
        page = phone.get(address)
        assert (page.status_code, phone.head(address).status_code) == (200, 200)
    assert doors.read(open_ask_of, doors.cast["lin"].id) is not None
    assert page.headers["x-robots-tag"] == "noindex"
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "set-cookie" not in page.headers
    words = said(page.text)
    assert WORDING in words
    for hidden in (one.now().need, "13800138000", "张小月", "张*", "林晓云", one.number):
        assert hidden not in page.text
    assert phone.get(f"{address}/yes", follow_redirects=False).headers["location"] == address
    assert doors.read(open_ask_of, doors.cast["lin"].id) is not None
    pressed = phone.post(f"{address}/yes", follow_redirects=False)
    assert (pressed.status_code, pressed.headers["location"]) == (303, address)
    assert "请现在联系对方" in said(phone.get(address).text)
    assert one.now().is_claimed_by(doors.cast["lin"].id)
    others = link(doors, one, "zhao")
    assert "已经有人接了" in said(phone.get(others).text)
    assert phone.post(f"{others}/yes").status_code == 409
    phone.post(f"{others}/wait")
    assert "候补第 1 位" in said(phone.get(others).text)


@ON_SQLITE
def test_the_message_to_the_person_carries_the_link_and_the_one_to_a_group_does_not(doors: Doors):
    cast, parts = doors.cast, doors.app.state.parts
    doors.work(_wants_mail_and_a_group_hears_of_asks, cast, parts.sealer)
    one = asked(doors, "lin")
    doors.call(announce, parts.database, parts.work, clock.now())
    sent = {}
    while (parcel := doors.work(parts.courier.taken, (), clock.now())) is not None:
        sent[parcel.rows[0].way] = parts.courier._message(parcel, clock.now())
    base = parts.settings.base_url
    assert (sent["mail"].link, sent["mail"].link_words) == (f"{base}{link(doors, one, 'lin')}", "点开答复")
    assert "/a/" not in str(sent["wecom_robot"])
    assert doors.anybody().get(sent["mail"].link.removeprefix(base)).status_code == 200


async def _wants_mail_and_a_group_hears_of_asks(session: Any, cast: Cast, sealer: Sealer) -> None:
    person_id = cast.people["lin"].id or 0
    mail = sealer.seal("lin@example.com", mail_context(person_id))
    session.add(Preference(person_id=person_id, root_id=cast.root_id, sealed_mail=mail, by_mail=True))
    group = sealer.seal(json.dumps({"url": "https://robot.example", "secret": "s"}), endpoint_context(cast.root_id))
    session.add(Endpoint(root_id=cast.root_id, unit_id=cast.units["ZB1"].id or 0, way=Way.wecom_robot, name="群",
                         sealed=group, verbs=["ask"], added_at=clock.now()))  # fmt: skip


@ON_SQLITE
def test_no_by_a_link_may_still_become_a_yes_and_a_mute_says_until_when(doors: Doors):
    one, phone = asked(doors, "lin", "zhao"), doors.anybody()
    lin, zhao = link(doors, one, "lin"), link(doors, one, "zhao")
    phone.post(f"{zhao}/mute", data={"how": "until"})
    assert 'id="ask-' in phone.post(f"{zhao}/mute", data={"how": "until"}).text
    phone.post(f"{zhao}/mute", data={"how": "two_hours"})
    assert "不会邀请您" in said(phone.get(zhao).text)
    phone.post(f"{lin}/no")
    page = said(phone.get(lin).text)
    assert "知道了，这次不方便" in page
    assert "说一下原因" in page
    phone.post(f"{lin}/no", data={"reason": "too_far"})
    assert ask_of(doors, one, "lin").reason == "too_far"
    phone.post(f"{lin}/yes")
    assert one.now().is_claimed_by(doors.cast["lin"].id)


@ON_SQLITE
def test_whoever_would_wait_for_what_has_ended_is_told_so(doors: Doors):
    one, phone = asked(doors, "zhao"), doors.anybody()
    one.do("withdraw")
    late = phone.post(f"{link(doors, one, 'zhao')}/wait")
    assert late.status_code == 409
    assert "不用再等名额了" in said(late.text)


@ON_SQLITE
def test_a_made_up_or_old_link_says_where_to_go_and_guessing_ends(doors: Doors):
    one, phone = asked(doors, "lin"), doors.anybody()
    address = link(doors, one, "lin")
    missing = phone.get(f"{address[:-2]}{'A' if address[-2] != 'A' else 'B'}{address[-1]}")  # the last holds spare bits
    assert missing.status_code == 404
    assert "链接已经失效" in missing.text
    assert {phone.post("/a/nonsense/yes").status_code for _guess in range(70)} == {404, 429}
    assert phone.get(address).status_code == 429


@ON_SQLITE
def test_links_that_were_good_once_do_not_lock_the_others_of_an_address(doors: Doors):
    one, phone = asked(doors, "lin"), doors.anybody()
    ask = ask_of(doors, one, "lin")
    ask.asked_at -= 8 * clock.DAY
    old = f"/a/{token(ask, doors.cast.settings.pepper)}"
    assert {phone.get(old).status_code for _tap in range(65)} == {404}
    assert phone.get(link(doors, one, "lin")).status_code == 200


@ON_SQLITE
def test_who_finds_a_request_full_waits_in_line_from_its_page(doors: Doors):
    one, zhao = asked(doors, "lin"), doors.of("zhao")
    assert "排进候补" not in zhao.get(one.path).text  # a slot is free
    early = zhao.submit(f"{one.path}/join_waiting")
    assert early.status_code == 409
    assert "还有名额" in early.text
    doors.of("lin").submit(f"/asks/{ask_of(doors, one, 'lin').id}/yes")
    page = zhao.get(one.path).text
    assert f'action="{one.path}/join_waiting"' in page
    assert "join_waiting" not in doors.of("lin").get(one.path).text  # who holds it
    assert zhao.submit(f"{one.path}/join_waiting").headers["location"] == "/tasks?tab=mine"
    page = zhao.get(one.path).text
    assert "第 1 位" in page
    assert f'action="{one.path}/leave_waiting"' in page


@ON_SQLITE
def test_a_member_takes_along_a_copy_of_their_own_data_and_of_nobody_elses(doors: Doors):
    one, lin, person = asked(doors, "lin", "zhao"), doors.of("lin"), doors.cast.people["lin"]
    doors.work(availability.set_hours, [Free(0, 480, 600)], 5.0, by=doors.cast["lin"], at=clock.now())
    day = clock.now().date()
    doors.work(availability.add_leave, day, day + clock.DAY, by=doors.cast["lin"], at=clock.now())
    lin.submit(f"/asks/{ask_of(doors, one, 'lin').id}/yes")
    assert 'href="/me/copy.json"' in lin.get("/me").text
    held = lin.get("/me/copy.json").json()
    assert (held["person"]["name"], held["person"]["member_no"]) == (person.name, person.member_no)
    assert [role["role"] for role in held["roles"]] == ["member"]
    assert held["availability"]["weekly"] == [[0, 480, 600]]
    assert held["leaves"] == [{"first_on": str(day), "last_on": str(day + clock.DAY)}]
    (ask,) = held["asks"]
    assert (ask["request"], ask["answer"]) == (one.number, "accepted")
    assert 0 < ask["chance"] < 1
    assert [(claim["request"], claim["status"]) for claim in held["claims"]] == [(one.number, "active")]
    assert {count["service"] for count in held["counts"]} == {"", "wheelchair"}
    assert doors.of("wei").get("/me/copy.json").json()["asks"] == []
    assert doors.anybody().get("/me/copy.json", follow_redirects=False).status_code in {303, 401}


@ON_SQLITE
def test_a_claimer_who_cannot_come_has_others_asked_and_keeps_it_until_one_says_yes(doors: Doors):
    one, lin, zhao = asked(doors, "lin"), doors.of("lin"), doors.of("zhao")
    always = [Free(day, 0, 24 * 60) for day in range(7)]
    doors.work(availability.set_hours, always, None, by=doors.cast["zhao"], at=clock.now())
    lin.submit(f"/asks/{ask_of(doors, one, 'lin').id}/yes")
    assert f'action="{one.path}/seek_cover"' in lin.get("/tasks?tab=mine").text
    long = lin.submit(f"{one.path}/seek_cover", note="长" * 600)
    assert long.status_code == 422
    assert "长" * 600 in long.text
    assert lin.submit(f"{one.path}/seek_cover", note="临时手术。").headers["location"] == "/tasks?tab=mine"
    page = lin.get("/tasks?tab=mine").text
    assert "正在找人替您" in page
    assert f'action="{one.path}/seek_cover"' not in page
    again = lin.submit(f"{one.path}/seek_cover")
    assert again.status_code == 409
    assert one.now().is_claimed_by(doors.cast["lin"].id)
    assert "同事来不了，想请您替一下" in zhao.get("/tasks").text
    zhao.submit(f"/asks/{ask_of(doors, one, 'zhao').id}/yes")
    assert "现在由您负责" in zhao.get("/tasks?tab=mine").text
    assert [claim.person_id for claim in one.now().active_claims] == [doors.cast["zhao"].id]
