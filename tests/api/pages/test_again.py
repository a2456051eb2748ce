"""A form that comes too late is kept, and sent by one more press."""

from datetime import timedelta
from html import unescape

import pytest

from matching import clock
from matching.api.again import unpack
from matching.units.model import Unit
from tests.api.pages.test_admin import first
from tests.cast import PASSWORD, Doors, field_value

TYPED = {"new_code": "ZB9", "new_name": "门诊“九”支部<b>", "kind": "branch"}
PATH = "/admin/units/ZZ1/units"


def kept_fields(page: str) -> dict[str, str]:
    return {name: unescape(field_value(page, name)) for name in TYPED}


def test_a_form_sent_after_the_session_ended_waits_for_the_sign_in(doors: Doors, monkeypatch: pytest.MonkeyPatch):
    visitor = doors.of("root")
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    page = visitor.submit(PATH, **TYPED)
    assert page.status_code == 401
    assert doors.read(first, Unit, code="ZB9") is None
    kept = unescape(field_value(page.text, "kept"))
    assert visitor.form_key not in kept
    wrong = visitor.post("/login", data={"account": "root", "password": "Wrong-word-1", "kept": kept})
    assert unescape(field_value(wrong.text, "kept")) == kept
    offered = visitor.post("/login", data={"account": "root", "password": PASSWORD, "kept": kept})
    assert offered.status_code == 200
    assert f'action="{PATH}"' in offered.text
    assert kept_fields(offered.text) == TYPED
    visitor.form_key = field_value(offered.text, "csrf")
    assert visitor.submit(PATH, **kept_fields(offered.text)).status_code == 303
    assert doors.read(first, Unit, code="ZB9").name == TYPED["new_name"]


def test_a_form_of_an_older_session_is_offered_with_todays_key(doors: Doors):
    visitor = doors.of("root")
    right, visitor.form_key = visitor.form_key, "of-yesterday"
    page = visitor.submit(PATH, **TYPED)
    assert page.status_code == 403
    assert kept_fields(page.text) == TYPED
    assert field_value(page.text, "csrf") == right


def test_passwords_are_not_kept(doors: Doors):
    visitor = doors.of("lin")
    visitor.form_key = "of-yesterday"
    page = visitor.submit("/me/password", current=PASSWORD, new="Warm-tea-2026", again="Warm-tea-2026")
    assert page.status_code == 403
    assert "Warm-tea" not in page.text
    assert PASSWORD not in page.text


def test_a_form_of_another_site_is_not_offered(doors: Doors):
    visitor = doors.of("root")
    page = visitor.post(PATH, data=TYPED, headers={"origin": "https://evil.example"})
    assert page.status_code == 403
    assert TYPED["new_code"] not in page.text


def test_a_kept_form_never_leads_off_the_site():
    assert unpack('["https://evil.example/", [["a", "b"]]]') is None
    assert unpack('["//evil.example/", []]') is None
    assert unpack("nonsense") is None
    assert unpack('["/board", 7]') is None


def test_a_fragment_sends_the_whole_page_to_sign_in(doors: Doors):
    asked = {"hx-request": "true", "hx-current-url": "http://testserver/board?state=accepted"}
    answer = doors.anybody().get("/board?after=1", headers=asked, follow_redirects=False)
    assert answer.headers["hx-redirect"] == "/login?next=/board"
