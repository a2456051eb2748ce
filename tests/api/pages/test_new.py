"""Filing on behalf: the same checks as at a poster, and a slip for the requester that only the filer can see."""

import html
import re
from datetime import timedelta

import pytest

from matching import clock
from matching.privacy.codes import normal_code
from matching.privacy.consent import NOTICE_VERSION
from tests.cast import field_value

NEED, NAME, PHONE = "陪我父亲去做一次检查", "王建国", "13900139000"


def filled(visitor, **changed):
    form = {
        "filing_key": field_value(visitor.get("/new").text, "filing_key"), "service": "escort", "need": NEED,
        "spot": "S1", "wanted": "soon", "name": NAME, "phone": PHONE, "consent_notice": "1", "consent_health": "1",
        "notice_version": NOTICE_VERSION,
    }  # fmt: skip
    return {name: value for name, value in (form | changed).items() if value is not None}


def code_on(page):
    return normal_code(re.search(r'class="code"[^>]*>([\w-]+)<', page)[1])


def test_staff_file_and_get_a_slip_with_the_code_that_works(doors):
    di = doors.of("di")
    answer = di.submit("/new", **filled(di))
    assert answer.status_code == 303
    assert PHONE not in answer.headers["location"]
    page = di.get(answer.headers["location"]).text
    assert "data:image/svg+xml" in page
    followed = doors.anybody().get(f"/r/{code_on(page)}")
    assert followed.status_code == 200
    assert NEED in followed.text
    number = answer.headers["location"].split("/")[-1]
    assert "代填" in di.get(f"/requests/{number}").text


def test_the_slip_is_for_its_filer_and_for_a_day(doors, monkeypatch):
    lin = doors.of("lin")
    path = lin.submit("/new", **filled(lin)).headers["location"]
    assert lin.get(path).status_code == 200
    assert doors.of("di").get(path).status_code == 404
    tomorrow = clock.now() + timedelta(hours=25)
    monkeypatch.setattr("matching.api.pages.new.SLIP_FOR", clock.now() - tomorrow)
    assert lin.get(path).status_code == 404


def test_a_form_sent_twice_files_once(doors):
    di = doors.of("di")
    form = filled(di)
    assert di.submit("/new", **form).headers["location"] == di.submit("/new", **form).headers["location"]


def test_a_key_with_another_text_is_refused_and_kept(doors):
    di = doors.of("di")
    form = filled(di)
    di.submit("/new", **form)
    answer = di.submit("/new", **form | {"need": "另外一件要帮忙的事"})
    assert answer.status_code == 409
    assert "另外一件要帮忙的事" in answer.text


def test_a_place_is_not_needed(doors):
    di = doors.of("di")
    number = di.submit("/new", **filled(di, spot="")).headers["location"].split("/")[-1]
    assert "未写明" in di.get(f"/requests/{number}").text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"service": ""}, "请从列出的选项里选一个"),
        ({"need": "短"}, "至少写 5 个字"),
        ({"phone": "12"}, "电话号码好像不对"),
        ({"phone": ""}, "请留一个能打通的号码"),
        ({"consent_notice": None}, "请先阅读并勾选同意"),
        ({"need": "想请你们帮忙加个专家号插队"}, "插队"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(doors, changed, words):
    di = doors.of("di")
    answer = di.submit("/new", **filled(di, **changed))
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert words in page
    assert NAME in page


@pytest.mark.parametrize("login", ["audit", "root"])
def test_who_may_not_file_is_told(doors, login):
    visitor = doors.of(login)
    assert visitor.get("/new").status_code == 403
    assert visitor.submit("/new", need=NEED).status_code == 403


def test_an_emergency_is_said_before_it_is_filed_and_may_be_filed_all_the_same(doors):
    di = doors.of("di")
    form = filled(di, need="他突然胸口剧痛喘不上气，请派人陪一下")
    told = di.submit("/new", **form)
    assert told.status_code == 422
    assert "tel:120" in told.text
    assert "他突然胸口剧痛" in told.text
    assert field_value(told.text, "filing_key") == form["filing_key"]
    assert di.submit("/new", **form, emergency_seen=field_value(told.text, "emergency_seen")).status_code == 303


def test_a_place_that_is_not_there_is_said_beside_its_field(doors):
    di = doors.of("di")
    answer = di.submit("/new", **filled(di, spot="NOWHERE"))
    assert answer.status_code == 422
    assert 'id="spot-wrong"' in answer.text
    assert NEED in answer.text
