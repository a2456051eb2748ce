"""One's own page."""

import re

from matching.api.deps import COOKIE
from matching.people import granting
from tests.cast import AT, PASSWORD, Doors, field_value

BETTER = "Warm-tea-2026"


def passwords(current=PASSWORD, new=BETTER, again=None):
    return {"current": current, "new": new, "again": new if again is None else again}


def test_my_page_shows_who_i_am_and_what_i_may(doors: Doors):
    page = doors.of("lead").get("/me").text
    for words in ("雷秀英", "M0004", "支部负责人", "门诊一支部"):
        assert words in page
    assert "/board" in page
    assert 'href="/admin"' not in page


def test_the_password_is_changed_and_the_old_one_is_dead(doors: Doors):
    visitor = doors.of("lin")
    answer = visitor.submit("/me/password", **passwords())
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks")
    assert "密码已修改" in visitor.get("/me").text
    entered = doors.anybody().post("/login", data={"account": "lin", "password": PASSWORD}, follow_redirects=False)
    assert entered.status_code == 401


def test_each_wrong_password_is_refused_beside_its_field_and_never_sent_back(doors: Doors):
    visitor = doors.of("lin")
    for typed, field in [
        (passwords(current="Wrong-word-1"), "current"),
        (passwords(new="short"), "new"),
        (passwords(new="my-lin-Word-1"), "new"),
        (passwords(again="Another-1"), "again"),
    ]:
        answer = visitor.submit("/me/password", **typed)
        assert answer.status_code == 422
        assert f'id="{field}-wrong"' in answer.text
        assert typed["new"] not in answer.text


def test_a_token_is_shown_once_and_opens_the_api_until_revoked(doors: Doors):
    visitor = doors.of("di")
    made = visitor.submit("/me/tokens", name="大厅屏幕")
    assert made.status_code == 201
    token = re.search(r"<code[^>]*>([\w-]{40,})</code>", made.text)[1]
    assert token not in visitor.get("/me").text
    program = doors.anybody()
    program.headers["authorization"] = f"Bearer {token}"
    assert program.get("/api/v1/me").status_code == 200
    assert program.get("/me", follow_redirects=False).status_code == 303  # pages are for people
    number = re.search(r"/me/tokens/(\d+)/revoke", made.text)[1]
    assert visitor.submit(f"/me/tokens/{number}/revoke").status_code == 303
    assert program.get("/api/v1/me").status_code == 401


def test_a_tokens_name_is_kept_when_it_is_refused(doors: Doors):
    visitor = doors.of("di")
    visitor.submit("/me/tokens", name="大厅屏幕")
    again = visitor.submit("/me/tokens", name="大厅屏幕")
    assert again.status_code == 409 or again.status_code == 422
    assert field_value(again.text, "name") == "大厅屏幕"
    assert visitor.submit("/me/tokens", name="").status_code == 422


def test_other_peoples_tokens_are_not_there(doors: Doors):
    made = doors.of("di").submit("/me/tokens", name="大厅屏幕")
    number = re.search(r"/me/tokens/(\d+)/revoke", made.text)[1]
    assert doors.of("lin").submit(f"/me/tokens/{number}/revoke").status_code == 404


def test_another_browser_is_signed_out_from_here(doors: Doors):
    here, there = doors.of("lin"), doors.of("lin")
    page = here.get("/me").text
    assert "就是这一个" in page
    other = field_value(page, "browser")
    assert here.submit("/me/browsers/end", browser=other).status_code == 303
    assert there.get("/me", follow_redirects=False).status_code == 303
    assert here.get("/me").status_code == 200


def test_all_other_browsers_at_once(doors: Doors):
    here, others = doors.of("lin"), [doors.of("lin"), doors.of("lin")]
    here.submit("/me/browsers/end")
    assert [one.get("/me", follow_redirects=False).status_code for one in others] == [303, 303]
    assert here.get("/me").status_code == 200


def test_a_one_time_password_opens_nothing_but_its_own_change(doors: Doors):
    parts, root = doors.app.state.parts, doors.cast["root"]

    async def reset():
        return await granting.set_one_time_password(parts.work, "M0006", "lin", by=root, at=AT)

    made, visitor = doors.call(reset), doors.anybody()
    visitor.post("/login", data={"account": "lin", "password": made})
    for page in ("/me", "/tasks"):
        assert visitor.get(page, follow_redirects=False).headers["location"] == "/me/password"
    form = visitor.get("/me/password").text
    assert "一次性密码" in form
    visitor.form_key = field_value(form, "csrf")
    assert visitor.submit("/me/tokens", name="x").headers["location"] == "/me/password"
    assert visitor.submit("/me/password", **passwords(current=made)).status_code == 303
    assert visitor.get("/me").status_code == 200


def test_every_form_needs_the_browsers_key(doors: Doors):
    visitor = doors.of("lin")
    visitor.form_key = "forged"
    for path in ("/me/password", "/me/tokens", "/me/tokens/1/revoke", "/me/browsers/end"):
        assert visitor.submit(path).status_code == 403


def test_my_page_is_for_whoever_is_signed_in(doors: Doors):
    visitor = doors.anybody()
    assert visitor.get("/me", follow_redirects=False).headers["location"] == "/login?next=/me"
    visitor.cookies.set(COOKIE, "made-up", domain="testserver.local")
    assert visitor.get("/me", follow_redirects=False).status_code == 303


def test_what_no_browser_sends_is_refused_and_breaks_nothing(doors: Doors):
    visitor = doors.of("di")
    assert visitor.post("/me/tokens", data={"csrf": "é", "name": "屏幕"}).status_code == 403
    assert visitor.submit("/me/tokens/99999999999999999999/revoke").status_code == 422
    assert doors.of("root").submit("/admin/people/M0004/grants/99999999999999999999/revoke").status_code == 422
    visitor.headers["origin"] = "http://["
    assert visitor.submit("/me/tokens", name="屏幕").status_code == 403
    odd = {"hx-request": "true", "hx-current-url": "http://["}
    assert doors.anybody().get("/me", headers=odd).headers["hx-redirect"] == "/login?next=/"
