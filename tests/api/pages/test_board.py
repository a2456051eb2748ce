"""The board: whose requests it shows, in which columns, how it is narrowed, and several moved at once."""

import html
import re
from datetime import timedelta

import pytest

from matching import clock
from tests.api.pages.desk import order


def numbers(page):
    """The requests on a page, in its order."""
    return re.findall(r'id="request-([\d-]+)"', page)


def picked(one):
    return f"{one.number}@{one.now().version}"


@pytest.mark.parametrize("login", ["lin", "sun"])
def test_a_member_is_led_to_their_tasks(doors, login):
    answer = doors.of(login).get("/board", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/tasks"


def test_an_administrator_who_leads_nothing_is_led_to_administration(doors):
    assert doors.of("root").get("/board", follow_redirects=False).headers["location"] == "/admin"


def test_it_shows_each_state_in_its_column_with_its_count(doors):
    filed, accepted = order(doors), order(doors, "accept")
    page = doors.of("di").get("/board").text
    columns = dict(re.findall(r'id="cards-(\w+)">(.*?)</ul>', page, re.DOTALL))
    assert numbers(columns["submitted"]) == [filed.number]
    assert numbers(columns["accepted"]) == [accepted.number]
    assert re.search(r"待审核[^<]*<span class=\"count\">1</span>", page)


def test_a_card_says_who_has_it_since_when_and_what_is_due(doors):
    order(doors, "accept", "dispatch", "claim")
    page = html.unescape(doors.of("di").get("/board").text)
    for words in ("轮椅推送", "门诊大厅", "门诊一支部 · 林晓云", "办理中 · ", "前办结", "特急", "共 5 盏"):
        assert words in re.sub(r"<time[^>]*>|</time>", "", page)


def test_what_is_late_says_so_in_words(doors):
    order(doors, at=clock.now() - timedelta(hours=3))
    assert re.search(r'<span class="late">.*?已超时 2 小时', doors.of("di").get("/board").text)


def test_a_lead_sees_what_stands_with_their_units_only(doors):
    mine, other = order(doors, "accept", "dispatch"), order(doors, "accept", "dispatch to ZB2")
    assert numbers(doors.of("lead").get("/board").text) == [mine.number]
    assert numbers(doors.of("lead2").get("/board").text) == [other.number]
    assert "门诊一支部" in doors.of("lead").get("/board").text


def test_a_lead_signs_from_the_card(doors):
    one, lead = order(doors, "accept", "dispatch"), doors.of("lead")
    assert f"/requests/{one.number}/sign_for" in lead.get("/board").text
    lead.submit(f"/requests/{one.number}/sign_for", once="x", back="/board")
    assert f"/requests/{one.number}/sign_for" not in lead.get("/board").text


def test_an_auditor_reads_and_has_nothing_to_press(doors):
    order(doors), order(doors, "accept", "dispatch")
    page = doors.of("audit").get("/board").text
    assert len(numbers(page)) == 2
    assert 'action="/requests/' not in page
    assert 'name="pick"' not in page


def test_it_is_narrowed(doors):
    hall = order(doors, "accept", at=clock.now() - timedelta(hours=5)).number
    emergency = order(doors, "accept", "dispatch to ZB2", service="escort", need="膝盖不好，想请人陪着做检查").number
    di = doors.of("di")
    for query, found in [
        ("unit=ZB2", {emergency}),
        ("unit=ZZ1", {hall, emergency}),
        ("unit=ZB3", set()),
        ("service=escort", {emergency}),
        ("spot=S1", {hall, emergency}),
        ("tier=T1", {hall}),
        ("late=1", {hall}),
        ("q=膝盖", {emergency}),
        ("q=没有这样的字", set()),
        ("unit=nonsense&tier=T9", {hall, emergency}),
    ]:
        assert set(numbers(di.get(f"/board?{query}").text)) == found, query


def test_it_finds_a_number(doors):
    order(doors)
    one = order(doors)
    assert numbers(doors.of("di").get("/board", params={"q": one.number}).text) == [one.number]


def test_one_column_goes_on_page_by_page_without_gaps(doors):
    at, number = clock.now(), 29
    filed = [order(doors, at=at + timedelta(seconds=n)).number for n in range(number)]
    di, path, seen = doors.of("di"), "/board?state=submitted", []
    while path:
        page = di.get(path).text
        seen += numbers(page)
        more = re.search(r'class="more"><a role="button" class="quiet" href="([^"]+)"', page)
        path = html.unescape(more[1]) if more else None
    assert seen == filed


def test_a_made_up_cursor_is_refused(doors):
    assert doors.of("di").get("/board?state=submitted&after=nonsense").status_code == 422


def test_several_are_accepted_at_once(doors):
    ones, di = [order(doors), order(doors)], doors.of("di")
    answer = di.submit("/board/accept", once="k", pick=[picked(one) for one in ones], back="/board?late=1")
    assert answer.headers["location"] == "/board?late=1"
    assert {one.now().state for one in ones} == {"accepted"}
    assert "2 件已完成" in di.get("/board").text


def test_several_are_dispatched_at_once_accepted_or_not(doors):
    ones, di = [order(doors), order(doors, "accept")], doors.of("di")
    di.submit("/board/dispatch", once="k", pick=[picked(one) for one in ones], unit="ZB2", tier="T2")
    assert {(one.now().state, one.now().unit.code, one.now().tier) for one in ones} == {("dispatched", "ZB2", "T2")}


def test_what_cannot_be_done_is_named_with_its_reason_and_the_rest_is_done(doors):
    good, moved, di = order(doors), order(doors), doors.of("di")
    picks = [picked(good), picked(moved), "260101-99999@1"]
    moved.do("withdraw")
    di.submit("/board/accept", once="k", pick=picks)
    page = di.get("/board").text
    assert good.now().state == "accepted"
    assert "1 件已完成" in page
    assert re.search(rf"{moved.number}：[^<]*别人已经改动过", page)
    assert "260101-99999：" in page


def test_several_sent_twice_are_done_once(doors):
    ones, di = [order(doors), order(doors)], doors.of("di")
    form = {"once": "k", "pick": [picked(one) for one in ones], "reason": "duplicate", "reject_note": "昨天提过"}
    di.submit("/board/reject", **form)
    di.submit("/board/reject", **form)
    assert {one.now().last_seq for one in ones} == {2}
    assert "2 件已完成" in di.get("/board").text


@pytest.mark.parametrize(
    ("verb", "form", "words"),
    [
        ("dispatch", {}, "请填写这一项"),
        ("reject", {"reason": "other"}, "选“其他”时请写明"),
        ("ask_info", {"ask_note": "   "}, "请填写这一项"),
    ],
)
def test_what_is_missing_for_several_is_asked_for_and_the_ticks_stay(doors, verb, form, words):
    one = order(doors)
    answer = doors.of("di").submit(f"/board/{verb}", once="k", pick=[picked(one)], back="/board?tier=T1", **form)
    assert answer.status_code == 422
    assert words in answer.text
    assert re.search(rf'value="{re.escape(picked(one))}" checked', answer.text)
    assert 'value="T1" selected' in answer.text
    assert one.now().state == "submitted"


def test_nothing_picked_is_said(doors):
    order(doors)
    answer = doors.of("di").submit("/board/accept", once="k")
    assert answer.status_code == 422
    assert "还没有选中" in answer.text


def test_a_lead_cannot_move_several(doors):
    one, lead = order(doors), doors.of("lead")
    assert 'name="pick"' not in lead.get("/board").text
    lead.submit("/board/accept", once="k", pick=[picked(one)])
    assert one.now().state == "submitted"
    assert "您的角色不能做这一步" in lead.get("/board").text


def test_a_verb_that_is_not_for_several_is_not_found(doors):
    assert doors.of("di").submit("/board/complete", once="k").status_code == 404


def test_many_say_99_plus(doors, monkeypatch):
    monkeypatch.setattr("matching.api.boards.MOST", 2)
    for _one in range(3):
        order(doors)
    assert "2+" in doors.of("di").get("/board").text


def test_an_empty_column_says_so(doors):
    page = doors.of("di").get("/board").text
    assert "这一栏是空的" in page


def test_addresses_that_nobody_types_break_nothing(doors):
    one, di = order(doors), doors.of("di")
    assert di.get("/board?q=%00").status_code == 422
    assert di.get(f"/board?q={'长' * 101}").status_code == 422
    assert di.get(f"{one.path}?who=%00&open=nothing&back=//elsewhere.example").status_code == 200
    assert di.submit("/board/accept", once="k", back="/board?q=%00").status_code == 422
    back = f"/board?q={'x' * 500}&after=nonsense&state=nowhere"
    assert di.submit("/board/dispatch", once="k", pick=["x" * 5000, picked(one)], back=back).status_code == 422
    assert di.submit("/board/accept", once="k", pick=["x" * 5000], back=back).status_code == 422
    assert di.submit(f"{one.path}/accept", version="9" * 5000).status_code == 303
