"""Signing in through the page."""

from datetime import timedelta

import pytest

from matching import clock
from tests.cast import PASSWORD, Doors


def enter(visitor, account, password=PASSWORD, **more):
    return visitor.post("/login", data={"account": account, "password": password, **more}, follow_redirects=False)


def test_signing_in_leads_to_where_the_day_begins(doors: Doors):
    for login, page in [("di", "/board"), ("lin", "/tasks"), ("root", "/admin"), ("audit", "/board")]:
        answer = enter(doors.anybody(), login)
        assert (answer.status_code, answer.headers["location"]) == (303, page)


def test_the_cookie_is_kept_from_scripts_and_other_sites(doors: Doors):
    cookie = enter(doors.anybody(), "lin").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    doors.app.state.parts.settings.secure_cookies = True
    assert "secure" in enter(doors.anybody(), "lin").headers["set-cookie"].lower()


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "board", "/a\nb"])
def test_next_never_leads_off_the_site(doors: Doors, wanted):
    assert enter(doors.anybody(), "di", next=wanted).headers["location"] == "/board"


def test_next_leads_back_to_the_page_that_asked(doors: Doors):
    assert enter(doors.anybody(), "di", next="/board?state=accepted").headers["location"] == "/board?state=accepted"
    asked = doors.anybody().get("/me", follow_redirects=False)
    assert asked.headers["location"] == "/login?next=/me"


def test_a_wrong_password_and_an_unknown_account_look_alike_and_keep_the_account(doors: Doors):
    wrong, unknown = enter(doors.anybody(), "lin", "Wrong-word-1"), enter(doors.anybody(), "nobody", "Wrong-word-1")
    assert wrong.status_code == unknown.status_code == 401
    assert 'value="lin"' in wrong.text
    assert wrong.text.replace('value="lin"', 'value="nobody"') == unknown.text
    assert "Wrong-word-1" not in wrong.text


def test_five_wrong_passwords_lock_the_account_for_fifteen_minutes(doors: Doors, monkeypatch: pytest.MonkeyPatch):
    visitor = doors.anybody()
    for _again in range(5):
        assert enter(visitor, "lin", "Wrong-word-1").status_code == 401
    locked = enter(visitor, "lin")
    assert locked.status_code == 429
    assert locked.headers["retry-after"] == "900"
    assert "15 分钟" in locked.text
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert enter(visitor, "lin").status_code == 303


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # counted in memory, and every guess is hashed
def test_many_failures_from_one_address_are_slowed_whatever_the_account(doors: Doors):
    visitor = doors.anybody()
    for number in range(20):
        assert enter(visitor, f"guess{number}", "Wrong-word-1").status_code == 401
    refused = enter(visitor, "lin")
    assert refused.status_code == 429
    assert 'value="lin"' in refused.text


def test_right_sign_ins_do_not_use_up_the_addresss_tries(doors: Doors):
    visitor = doors.anybody()
    for _again in range(25):
        assert enter(visitor, "lin").status_code == 303


def test_an_empty_form_says_what_is_missing(doors: Doors):
    page = enter(doors.anybody(), " ", "")
    assert page.status_code == 422
    assert 'id="account-wrong"' in page.text
    assert 'id="password-wrong"' in page.text


def test_signing_in_again_ends_the_session_that_was_there(doors: Doors):
    visitor = doors.of("lin")
    before = visitor.cookies["session"]
    enter(visitor, "zhao")
    assert visitor.cookies["session"] != before
    stale = doors.anybody()
    stale.cookies.set("session", before)
    assert stale.get("/me", follow_redirects=False).status_code == 303


def test_signing_out_ends_the_session_itself_and_needs_the_forms_key(doors: Doors):
    visitor = doors.of("lin")
    token = visitor.cookies["session"]
    assert visitor.post("/logout", follow_redirects=False).status_code == 403
    assert visitor.submit("/logout").headers["location"] == "/login"
    again = doors.anybody()
    again.cookies.set("session", token)
    assert again.get("/me", follow_redirects=False).status_code == 303


def test_another_sites_form_is_refused(doors: Doors):
    strange = {"origin": "https://evil.example"}
    answer = doors.anybody().post("/login", data={"account": "lin", "password": PASSWORD}, headers=strange)
    assert answer.status_code == 403


def test_whoever_is_signed_in_goes_on_at_once(doors: Doors):
    assert doors.of("di").get("/login", follow_redirects=False).headers["location"] == "/board"
    page = doors.anybody().get("/login?next=/tasks")
    assert 'name="next" value="/tasks"' in page.text


def test_an_idle_browser_is_signed_out(doors: Doors, monkeypatch: pytest.MonkeyPatch):
    visitor = doors.of("lin")
    assert visitor.get("/me").status_code == 200
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert visitor.get("/me", follow_redirects=False).status_code == 303


def test_the_elder_mode_is_switched_by_a_link_and_comes_back_to_the_page(doors: Doors):
    visitor = doors.anybody()
    assert 'class="elder"' not in visitor.get("/login").text
    answer = visitor.get("/elder?on=1&next=/login", follow_redirects=False)
    assert answer.headers["location"] == "/login"
    assert 'class="elder"' in visitor.get("/login").text
    assert visitor.get("/elder?on=0&next=//evil.example", follow_redirects=False).headers["location"] == "/"
    assert 'class="elder"' not in visitor.get("/login").text
