"""One request's page: who sees it, which forms it has, what they do, and that nothing typed is lost."""

import html
import re
from datetime import timedelta

import pytest

from matching import clock
from matching.api.verbs import VERBS
from matching.requests.policy import DOORS_OF_THEIR_OWN, MAY, SYSTEM, verbs_for
from tests.api.pages.desk import order
from tests.cast import field_value
from tests.requests.scene import NAME, PHONE

NOTE = "已经推到门诊大厅，老人很满意。"


def forms_of(page, number):
    """The verbs that a page has a form for."""
    return set(re.findall(rf'action="/requests/{number}/(\w+)"', page))


def posted(visitor, one, verb, **form):
    return visitor.submit(f"{one.path}/{verb}", once=f"k-{verb}", version=one.now().version, **form)


def test_somebody_who_is_not_signed_in_is_led_to_the_sign_in(doors):
    answer = doors.anybody().get(order(doors).path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=/requests/")


def test_who_may_not_see_it_finds_nothing(doors):
    one = order(doors)
    for login in ("lin", "lead2", "sun", "root"):
        visitor = doors.of(login)
        assert visitor.get(one.path).status_code == 404
        assert visitor.get(one.path.replace(one.number, "260101-99999")).status_code == 404
        assert posted(visitor, one, "accept").status_code == 404


def test_who_leads_its_unit_sees_it_without_any_contact(doors):
    one = order(doors)
    for login in ("wei", "di", "lead", "audit"):
        page = doors.of(login).get(one.path)
        assert page.status_code == 200
        assert PHONE not in page.text
        assert NAME not in page.text
        assert "张*" in page.text


@pytest.mark.parametrize("acts", [(), ("accept", "dispatch"), ("accept", "dispatch", "claim", "contact")])
def test_its_forms_are_verbs_that_state_and_policy_admit(doors, acts):
    one = order(doors, *acts)
    for login in ("wei", "di", "lead", "lin", "audit"):
        offered = forms_of(doors.of(login).get(one.path).text, one.number)
        admitted = set(verbs_for(doors.cast[login], one.now()))
        if "accept" in admitted:
            admitted.add("dispatch")  # in one act
        if login == "lead" and "claim" in acts:
            admitted.add("join_waiting")  # it is full, and they might stand in
        assert offered <= admitted | {"reveal"}
        assert admitted or not offered


def test_every_verb_of_a_person_or_requester_has_a_form(doors):
    assert set(VERBS) == {verb for verb in MAY if MAY[verb] != {SYSTEM}} - DOORS_OF_THEIR_OWN


def test_dispatching_leads_back_and_says_once_what_was_done(doors):
    one, di = order(doors), doors.of("di")
    answer = posted(di, one, "dispatch", unit="ZB1", tier="T2", slots="1", back="/board?tier=T1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/board?tier=T1"
    assert one.now().state == "dispatched"
    assert f"{one.number} 现在是“待接单”" in di.get("/board").text
    assert "现在是“待接单”" not in di.get("/board").text


def test_what_is_wished_of_who_comes_is_chosen_at_the_dispatch_and_shown(doors):
    one, di = order(doors, "accept"), doors.of("di")
    form = di.get(one.path).text
    assert re.search(r'<option value="any" selected>男女都可以', form)
    posted(di, one, "dispatch", unit="ZB1", tier="T1", slots="1", helper_gender="f", gender_strict="1")
    assert (one.now().helper_gender, one.now().gender_strict) == ("f", True)
    assert '<span class="tag hot">须女同志</span>' in doors.of("lin").get("/tasks").text
    assert "1 人 · 须女同志" in di.get(one.path).text
    answer = posted(doors.of("zhao"), one, "claim")
    assert answer.status_code == 409
    assert "这一单须女同志来办，赵一鸣这次接不了" in answer.text
    one.do("return_order")
    wish = {"helper_gender": "any", "gender_strict": "0"}
    di.submit(f"{one.path}/dispatch", once="again", unit="ZB1", tier="T1", slots="1", version=one.now().version, **wish)
    assert (one.now().state, one.now().helper_gender, one.now().gender_strict) == ("dispatched", "", False)


def test_who_looks_for_people_is_not_asked_for_by_a_button_here(doors):
    one = order(doors, "accept", "dispatch", "claim")
    for login in ("lead", "lin", "zhao", "di"):
        offered = forms_of(doors.of(login).get(one.path).text, one.number)
        assert not offered & {"ask", "seek_cover", "cover", "help", "nudge"}


def test_a_way_back_never_leaves_the_site(doors):
    one, di = order(doors), doors.of("di")
    answer = posted(di, one, "accept", back="https://elsewhere.example/")
    assert answer.headers["location"] == one.path


def test_a_form_sent_twice_does_it_once_and_answers_the_same(doors):
    one, di = order(doors), doors.of("di")
    version = one.now().version
    form = {"once": "same-key", "version": version, "unit": "ZB1", "tier": "T1", "slots": "1"}
    first = di.submit(f"{one.path}/dispatch", **form)
    again = di.submit(f"{one.path}/dispatch", **form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert one.now().last_seq == 3  # file, accept, dispatch


def test_a_key_that_comes_back_with_something_else_is_refused_and_kept(doors):
    one, di = order(doors), doors.of("di")
    di.submit(f"{one.path}/ask_info", once="same-key", note="在几楼？")
    answer = di.submit(f"{one.path}/ask_info", once="same-key", note="哪个诊室？")
    assert answer.status_code == 409
    assert "哪个诊室？" in answer.text


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(doors):
    one = order(doors, "accept", "dispatch", "claim", "contact")
    answer = posted(doors.of("lin"), one, "complete", result="solved", note="好了", minutes="0")
    assert answer.status_code == 422
    assert "请写 10 个字以上" in answer.text
    assert "请填写 1 到 1440 之间的数字" in answer.text
    assert "好了</textarea>" in answer.text
    assert one.now().state == "in_progress"


def test_a_unit_that_does_not_exist_is_named_at_its_field(doors):
    answer = posted(doors.of("di"), order(doors), "dispatch", unit="ZB9", tier="T1", slots="1")
    assert answer.status_code == 422
    assert "没有找到这个单位" in answer.text


def test_rejecting_for_another_reason_needs_words(doors):
    one, di = order(doors), doors.of("di")
    assert posted(di, one, "reject", reason="other").status_code == 422
    assert posted(di, one, "reject", reason="other", note="已在窗口当面解决").status_code == 303


def test_a_stale_form_shows_the_newest_state_and_keeps_what_was_typed(doors):
    one, di = order(doors), doors.of("di")
    seen = one.now().version
    one.do("ask_info", by="wei")
    answer = di.submit(f"{one.path}/reject", once="k", version=seen, reason="duplicate", note="同一件事昨天提过")
    assert answer.status_code == 412
    assert "别人已经改动过这一单" in answer.text
    assert "同一件事昨天提过" in answer.text
    assert "待补充" in answer.text
    assert int(field_value(answer.text, "version")) == one.now().version
    assert one.now().state == "needs_info"


def test_what_was_typed_into_a_form_that_is_gone_is_shown_to_be_copied(doors):
    one, lin = order(doors, "accept", "dispatch", "claim", "contact"), doors.of("lin")
    one.do("complete")
    answer = posted(lin, one, "complete", result="solved", note=NOTE, minutes="30")
    assert answer.status_code == 409
    assert NOTE in answer.text
    assert "现在是“待评价”" in answer.text


def test_a_lead_of_the_unit_may_not_dispatch(doors):
    one = order(doors)
    answer = posted(doors.of("lead"), one, "dispatch", unit="ZB1", tier="T1", slots="1")
    assert answer.status_code == 403
    assert one.now().state == "submitted"


def test_a_verb_that_does_not_exist_is_not_found(doors):
    one = order(doors)
    assert posted(doors.of("di"), one, "explode").status_code == 404
    assert posted(doors.of("di"), one, "archive").status_code == 404


def test_a_form_without_the_browsers_key_does_nothing(doors):
    one, di = order(doors), doors.of("di")
    answer = di.post(f"{one.path}/accept", data={"csrf": "wrong"}, follow_redirects=False)
    assert answer.status_code == 403
    assert one.now().state == "submitted"


def test_reloading_a_refused_form_leads_back_to_the_request(doors):
    one = order(doors)
    answer = doors.of("di").get(f"{one.path}/dispatch", follow_redirects=False)
    assert answer.headers["location"] == f"{one.path}?open=dispatch#dispatch"


def test_the_second_who_claims_is_told_kindly(doors):
    one = order(doors, "accept", "dispatch")
    assert doors.of("lin").submit(f"{one.path}/claim", once="a", back="/tasks?tab=mine").status_code == 303
    answer = doors.of("zhao").submit(f"{one.path}/claim", once="b")
    assert answer.status_code == 409
    assert "手慢了一步" in answer.text


def test_a_group_needs_a_second_person(doors):
    one, lin = order(doors, "accept", "dispatch", service="escort"), doors.of("lin")
    assert lin.submit(f"{one.path}/claim", once="a", kind="group").status_code == 422
    zhao = doors.cast.people["zhao"].member_no
    assert lin.submit(f"{one.path}/claim", once="b", kind="group", people=[zhao]).status_code == 303
    assert {claim.person_id for claim in one.now().active_claims} == {
        doors.cast.people[login].id for login in ("lin", "zhao")
    }


def test_a_lead_signs_assigns_and_asks_for_more_time(doors):
    one, lead = order(doors, "accept", "dispatch"), doors.of("lead")
    assert posted(lead, one, "sign_for").status_code == 303
    assert "sign_for" not in forms_of(lead.get(one.path).text, one.number)
    assert posted(lead, one, "assign", person=doors.cast.people["zhao"].member_no).status_code == 303
    until = clock.now().astimezone(clock.SHANGHAI) + timedelta(hours=3)
    assert posted(lead, one, "extend", until=f"{until:%Y-%m-%dT%H:%M}", note="要等检查结果。").status_code == 303
    assert one.now().extension == "asked"
    assert abs(one.now().extension_until - until) < timedelta(minutes=1)  # the wall clock is Shanghai's
    assert posted(doors.of("di"), one, "answer_extension", grant="1").status_code == 303
    assert one.now().extension == "granted"


def test_after_returning_it_the_lead_is_led_to_a_page_they_may_see(doors):
    one, lead = order(doors, "accept", "dispatch to ZB2"), doors.of("lead2")
    answer = posted(lead, one, "return_order", reason="wrong_duty")
    assert answer.headers["location"] == "/board"
    assert lead.get(answer.headers["location"]).status_code == 200


def test_parking_needs_a_day_to_come(doors):
    one, lead = order(doors, "accept", "dispatch", "claim"), doors.of("lead")
    assert posted(lead, one, "park", plan_on="2020-01-01", note="等轮椅修好").status_code == 422
    assert posted(lead, one, "park", plan_on="不知道", note="等轮椅修好").status_code == 422
    later = (clock.now() + timedelta(days=9)).date()
    assert posted(lead, one, "park", plan_on=f"{later}", note="等轮椅修好").status_code == 303


def test_the_contact_is_shown_once_to_the_claimer_and_logged_with_the_reason(doors):
    one, lin = order(doors, "accept", "dispatch", "claim"), doors.of("lin")
    page = lin.get(one.path).text
    assert PHONE not in page
    answer = lin.submit(f"{one.path}/reveal", why="call")
    assert answer.status_code == 200
    assert PHONE in answer.text
    assert NAME in answer.text
    assert answer.headers["cache-control"] == "no-store"
    later = lin.get(one.path).text
    assert PHONE not in later
    assert "联系对方" in later.split("谁看过联系方式")[1]


def test_the_contact_needs_a_reason(doors):
    one, lin = order(doors, "accept", "dispatch", "claim"), doors.of("lin")
    for form in ({}, {"why": "other"}, {"why": "curious"}):
        answer = lin.submit(f"{one.path}/reveal", **form)
        assert answer.status_code == 422
        assert PHONE not in answer.text
    assert "谁看过联系方式" not in lin.get(one.path).text


def test_nobody_else_sees_the_contact(doors):
    one = order(doors, "accept", "dispatch", "claim")
    for login in ("di", "wei", "zhao", "audit"):
        answer = doors.of(login).submit(f"{one.path}/reveal", why="call")
        assert answer.status_code == 403
        assert PHONE not in answer.text


def test_the_timeline_names_people_reasons_and_what_changed(doors):
    one = order(doors, "accept", "dispatch to ZB2")
    one.do("return_order", by="lead2", note="不在本楼").do("dispatch").do("claim").do("contact")
    page = html.unescape(doors.of("di").get(one.path).text)
    told = page[page.index("经过") :]
    for words in ("急诊支部", "职责不符", "不在本楼", "罗启航", "狄小满", "林晓云", "首次联系", "扫码"):
        assert words in told


def test_strange_characters_are_refused_and_the_rest_is_kept(doors):
    answer = posted(doors.of("di"), order(doors), "ask_info", note="在几楼\x07？")
    assert answer.status_code == 422
    assert "无法显示的字符" in answer.text


def test_every_state_has_a_page_in_english_too(doors):
    ways = [(), ("ask_info",), ("reject",), ("accept",), ("accept", "dispatch"), ("accept", "dispatch", "claim"),
            ("accept", "dispatch", "claim", "contact", "complete"), ("withdraw",),
            ("accept", "dispatch", "claim", "contact", "complete", "rate badly")]  # fmt: skip
    di = doors.of("di")
    for acts in ways:
        page = di.get(order(doors, *acts).path, params={"lang": "en"})
        assert page.status_code == 200
        assert 'lang="en"' in page.text
