"""A member's lists: what is open to them, what they hold, what they have done; claimed with one tap."""

import re
from datetime import timedelta

from matching import clock
from tests.api.pages.desk import order
from tests.api.pages.test_board import numbers
from tests.requests.scene import PHONE


def test_a_member_sees_what_is_open_in_their_unit(doors):
    mine = order(doors, "accept", "dispatch")
    order(doors, "accept", "dispatch to ZB2")
    order(doors, "accept")
    page = doors.of("lin").get("/tasks")
    assert page.status_code == 200
    assert numbers(page.text) == [mine.number]
    assert PHONE not in page.text


def test_one_tap_claims_and_leads_to_what_one_holds(doors):
    one, lin = order(doors, "accept", "dispatch"), doors.of("lin")
    assert f'action="/requests/{one.number}/claim"' in lin.get("/tasks").text
    answer = lin.submit(f"{one.path}/claim", once="a", back="/tasks?tab=mine")
    assert answer.headers["location"] == "/tasks?tab=mine"
    page = lin.get("/tasks?tab=mine").text
    assert numbers(page) == [one.number]
    assert "“接单”已完成" in page
    assert not numbers(lin.get("/tasks").text)


def test_contact_and_then_complete_are_on_the_card(doors):
    one, lin = order(doors, "accept", "dispatch", "claim"), doors.of("lin")
    page = lin.get("/tasks?tab=mine").text
    assert f"{one.path}/contact" in page
    assert f"{one.path}/complete" not in page
    lin.submit(f"{one.path}/contact", once="a", version=one.now().version)
    page = lin.get("/tasks?tab=mine").text
    assert f"{one.path}/contact" not in page
    assert f"{one.path}/complete" in page
    form = {"result": "solved", "note": "推到检查室又送回病房。", "minutes": "35"}
    answer = lin.submit(f"{one.path}/complete", once="b", version=one.now().version, back="/tasks?tab=done", **form)
    assert answer.headers["location"] == "/tasks?tab=done"
    assert numbers(lin.get("/tasks?tab=done").text) == [one.number]


def test_who_was_assigned_may_decline_from_the_card(doors):
    one, zhao = order(doors, "accept", "dispatch"), doors.of("zhao")
    one.do("assign", person="zhao")
    assert f"{one.path}/decline" in zhao.get("/tasks?tab=mine").text
    zhao.submit(f"{one.path}/decline", once="a", back="/tasks?tab=mine")
    assert one.now().state == "dispatched"
    assert not numbers(zhao.get("/tasks?tab=mine").text)


def test_empty_lists_say_what_to_do(doors):
    lin = doors.of("lin")
    assert "现在没有等人接的单子" in lin.get("/tasks").text
    assert "到“可以接的”里看看" in lin.get("/tasks?tab=mine").text
    assert "服务时长也从这里来" in lin.get("/tasks?tab=done").text


def test_lists_go_on_page_by_page_without_gaps(doors):
    at = clock.now()
    filed = []
    for n in range(23):
        one = order(doors)
        one.do("accept").do("dispatch", at=at + timedelta(seconds=n))
        filed.append(one)
    lin = doors.of("lin")
    assert walk(lin, "/tasks") == [one.number for one in filed]
    for one in filed:
        one.do("claim")
    assert walk(lin, "/tasks?tab=mine") == [one.number for one in reversed(filed)]


def walk(visitor, path):
    seen = []
    while path:
        page = visitor.get(path).text
        seen += numbers(page)
        more = re.search(r'class="more"><a role="button" class="quiet" href="([^"]+)"', page)
        path = more and more[1].replace("&amp;", "&")
    return seen


def test_a_tab_that_does_not_exist_and_a_made_up_cursor_are_refused(doors):
    lin = doors.of("lin")
    assert lin.get("/tasks?tab=others").status_code == 422
    assert lin.get("/tasks?tab=mine&after=nonsense").status_code == 422
