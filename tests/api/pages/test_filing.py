"""Filing by QR: one redirect when it is good, the same form with every word kept when it is not."""

import gzip
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from matching import clock
from matching.api import wish
from matching.api.limits import FILINGS
from matching.errors import Unavailable
from matching.privacy import consent
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.steps import Step
from matching.units.model import Spot
from tests.api.pages.filing_form import HALL, NAME, NEED, PHONE, filed, filled, send, typed_area
from tests.cast import OLD_SLUG, field_value


async def rows(session, of=ServiceRequest):
    return list(await session.exec(select(of)))


def test_a_wish_that_was_answered_is_in_the_database_with_its_step_and_sealed_part(doors):
    code = filed(doors.anybody(), reason="她腿脚不便", consent_public_display="1")
    [request] = doors.read(rows)
    assert (request.need, request.reason, request.requester_label, request.has_phone) == (
        NEED,
        "她腿脚不便",
        "张*",
        True,
    )
    assert request.consents == dict.fromkeys(("notice", "health", "public_display"), consent.NOTICE_VERSION)
    assert (request.show_publicly, request.spot_id, request.state) == (True, doors.cast.spots["S1"].id, "submitted")
    assert request.home_unit_id == doors.cast.spots["S1"].unit_id
    assert [step.verb for step in doors.read(rows, Step)] == ["file"]
    assert len(doors.read(rows, RequestSecret)) == 1
    assert code not in str(request.model_dump())


def test_the_receipt_shows_the_code_its_picture_and_its_link(doors):
    visitor = doors.anybody()
    answer = visitor.post(HALL, data=filled(visitor))
    code = str(answer.url).split("/r/")[1].split("?")[0]
    assert answer.status_code == 200
    assert f"{code[:5]}-{code[5:]}" in answer.text
    assert f"http://testserver/r/{code}" in answer.text
    assert visitor.get(f"/r/{code}/qr.svg").headers["content-type"] == "image/svg+xml"
    assert "收到了" in answer.text


def test_the_same_form_twice_files_once_and_answers_alike(doors):
    visitor = doors.anybody()
    form = filled(visitor)
    first, second = send(visitor, form), send(visitor, form)
    assert first.headers["location"] == second.headers["location"]
    assert len(doors.read(rows)) == 1


def test_the_same_key_with_other_words_is_asked_again_under_a_new_key_with_the_words_kept(doors):
    visitor = doors.anybody()
    form = filled(visitor)
    first = send(visitor, form).headers["location"].partition("?")[0]
    answer = send(visitor, form | {"need": "换一件事：想借一本书看看"})
    assert answer.status_code == 409
    assert f'href="{first}"' in answer.text
    assert typed_area(answer.text, "need") == "换一件事：想借一本书看看"
    again = form | {"need": "换一件事：想借一本书看看", "filing_key": field_value(answer.text, "filing_key")}
    assert send(visitor, again).status_code == 303
    assert len(doors.read(rows)) == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"service": ""}, "请从列出的选项里选一个"),
        ({"service": "no-such"}, "没有这项服务"),
        ({"service": "first_aid"}, "没有这项服务"),  # for partners, not for patients
        ({"need": "轮椅"}, "至少写 5 个字"),
        ({"need": "   "}, "至少写 5 个字"),
        ({"need": "轮" * 301}, "现在是 301 个字"),
        ({"need": "请推轮椅\x07谢谢"}, "无法显示"),
        ({"need": "请推轮椅\u202e谢谢"}, "无法显示"),
        ({"need": "请推轮椅\ufffd谢谢"}, "UTF-8"),
        ({"reason": "因" * 301}, "最多 300 个字"),
        ({"name": "张" * 41}, "最多 40 个字"),
        ({"phone": "12345"}, "11 位手机号"),
        ({"service": "escort", "phone": ""}, "请留一个能打通的号码"),
        ({"wanted": "exact"}, "时间没有看懂"),
        ({"wanted": "exact", "wanted_from": "下周一"}, "时间没有看懂"),
        ({"wanted": "exact", "wanted_from": "2020-02-30T10:00"}, "时间没有看懂"),
        ({"wanted": "exact", "wanted_from": "2020-03-02T10:00"}, "已经过去"),
        ({"wanted": "exact", "wanted_from": "2099-03-02T10:00"}, "60 天以内"),
        ({"wanted": "someday"}, "请从列出的选项里选"),
        ({"consent_notice": None}, "勾选同意"),
        ({"consent_health": None}, "勾选同意"),
        ({"notice_version": "2019-01"}, "勾选同意"),
        ({"for_minor": "1"}, "要由监护人"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_everything_typed_is_kept(doors, wrong, sentence):
    visitor = doors.anybody()
    form = filled(visitor, **{"reason": "她腿脚不便", **wrong})
    answer = send(visitor, form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "您填写的内容都还在" in answer.text
    assert typed_area(answer.text, "need") == form["need"]
    for name in ("reason", "name", "phone", "wanted_from", "filing_key"):
        if form[name]:
            assert field_value(answer.text, name) == form[name]
    for name in ("consent_notice", "consent_health", "for_minor"):
        assert bool(re.search(rf'name="{name}"[^>]* checked', answer.text)) == (name in form)
    assert doors.read(rows) == []


def test_a_window_that_ends_before_it_begins_is_named(doors):
    day = f"{clock.now() + timedelta(days=2):%Y-%m-%d}"
    visitor = doors.anybody()
    wrong = {"wanted": "exact", "wanted_from": f"{day}T10:00", "wanted_to": f"{day}T09:00"}
    assert "要晚于开始时间" in send(visitor, filled(visitor, **wrong)).text
    filed(visitor, wanted="exact", wanted_from=f"{day}T10:00", wanted_to=f"{day}T11:00")
    [request] = doors.read(rows)
    assert request.wanted_from.astimezone(clock.SHANGHAI).strftime("%Y-%m-%dT%H:%M") == f"{day}T10:00"
    assert request.wanted_to - request.wanted_from == timedelta(hours=1)


@pytest.mark.parametrize("wanted", ["soon", "today", "tomorrow", ""])
def test_a_day_named_in_words_is_a_window_ahead(doors, wanted):
    filed(doors.anybody(), wanted=wanted)
    [request] = doors.read(rows)
    assert bool(request.wanted_from) == (wanted in {"today", "tomorrow"})
    if request.wanted_from:
        assert request.filed_at <= request.wanted_from < request.wanted_to


def test_bytes_of_another_encoding_are_named_not_guessed(doors):
    visitor = doors.anybody()
    form = filled(visitor)
    need = form.pop("need")
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode() + b"&need=" + need.encode("gbk")
    answer = visitor.post(HALL, content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, "UTF-8" in answer.text) == (422, True)


def test_a_childs_wish_needs_the_guardian_and_is_never_shown(doors):
    filed(doors.anybody(), for_minor="1", consent_guardian="1", consent_public_display="1")
    [request] = doors.read(rows)
    assert (request.for_minor, request.show_publicly) == (True, False)
    assert set(request.consents) == {"notice", "health", "guardian"}


def test_what_we_cannot_take_is_refused_kindly_and_kept(doors):
    visitor = doors.anybody()
    answer = send(visitor, filled(visitor, need="想送个红包给护士长表示感谢"))
    assert answer.status_code == 422
    assert consent.refusal_reason("red_envelope") in answer.text
    assert typed_area(answer.text, "need") == "想送个红包给护士长表示感谢"
    assert doors.read(rows) == []


def test_signs_of_an_emergency_show_the_way_to_help_first_and_can_still_be_filed(doors):
    visitor = doors.anybody()
    form = filled(visitor, need="我爸突然胸口剧痛，出冷汗，喘不上气")
    answer = send(visitor, form)
    assert answer.status_code == 422
    assert answer.text.index("您写的可能是急症") < answer.text.index("要办什么事")
    assert 'href="tel:120"' in answer.text
    assert typed_area(answer.text, "need") == form["need"]
    assert doors.read(rows) == []
    assert send(visitor, form | {"emergency_seen": field_value(answer.text, "emergency_seen")}).status_code == 303
    [request] = doors.read(rows)
    assert request.emergency


def test_an_emergency_is_told_even_where_a_field_is_wrong(doors):
    visitor = doors.anybody()
    answer = send(visitor, filled(visitor, need="我爸突然胸口剧痛，出冷汗，喘不上气", phone="123"))
    assert "您写的可能是急症" in answer.text
    assert answer.text.index("您写的可能是急症") < answer.text.index("11 位手机号")


@pytest.mark.parametrize(("slug", "status", "word"), [
    ("nowhere", 404, "没有找到这个二维码"),
    ("jiu-lou", 410, "暂停使用"),
    (OLD_SLUG, 410, "二维码已经更新"),
])  # fmt: skip
def test_a_poster_that_leads_nowhere_says_what_to_do(doors, slug, status, word):
    answer = doors.anybody().get(f"/q/{slug}")
    assert (answer.status_code, word in answer.text, "0755-12345678" in answer.text) == (status, True, True)
    assert (HALL in answer.text) == (slug == OLD_SLUG)
    assert doors.anybody().head(f"/q/{slug}").status_code == status


def test_words_typed_while_a_place_closed_or_moved_are_not_lost(doors):
    visitor = doors.anybody()
    form = filled(visitor)
    assert NEED in send(visitor, form, "/q/jiu-lou").text
    moved = send(visitor, form, f"/q/{OLD_SLUG}")
    assert (moved.status_code, typed_area(moved.text, "need")) == (410, NEED)
    assert f'action="{HALL}"' in moved.text


def test_a_place_that_closes_is_closed_for_filing_within_seconds(doors, monkeypatch):
    visitor, at = doors.anybody(), clock.now()
    monkeypatch.setattr(clock, "now", lambda: at)
    form = filled(visitor)

    async def close(session):
        (await session.get_one(Spot, doors.cast.spots["S1"].id)).open = False

    doors.work(close)
    assert visitor.get(HALL).status_code == 200
    at += timedelta(seconds=6)
    answer = send(visitor, form)
    assert (answer.status_code, NEED in answer.text) == (410, True)


def test_while_the_database_is_away_what_was_typed_is_kept_and_the_same_key_files_later(doors, monkeypatch):
    visitor, at = doors.anybody(), clock.now()
    monkeypatch.setattr(clock, "now", lambda: at)
    form, parts = filled(visitor), doors.app.state.parts

    async def away(*_anything):
        raise Unavailable()

    async def no_answer(_slug):
        raise OperationalError("", {}, OSError())

    with monkeypatch.context() as broken:
        broken.setattr(parts, "file", away)
        broken.setattr(parts.places, "_read", no_answer)
        at += timedelta(minutes=1)
        answer = send(visitor, form)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert (typed_area(answer.text, "need"), field_value(answer.text, "filing_key")) == (NEED, form["filing_key"])
    assert send(visitor, form).status_code == 303


def test_too_many_from_one_address_are_asked_to_wait_with_their_words_kept(doors, monkeypatch):
    visitor, at = doors.anybody(), clock.now()
    monkeypatch.setattr(clock, "now", lambda: at)

    async def spend():
        for _turn in range(FILINGS.amount):
            doors.app.state.parts.limiter.count_filing("testclient", at)

    doors.call(spend)
    answer = send(visitor, filled(visitor))
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
    assert typed_area(answer.text, "need") == NEED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_name_phone_and_code_are_readable_nowhere(doors, caplog):
    caplog.set_level(logging.DEBUG)
    need = f"我叫{NAME}，电话{PHONE}，请帮我推轮椅"
    visitor = doors.anybody()
    code = filed(visitor, need=need, reason=f"打{PHONE}就行")
    visitor.get(f"/r/{code}")
    path = Path(doors.cast.settings.database_url.partition("///")[2])
    written = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert NEED[:2].encode() in written or "轮椅".encode() in written
    for secret in (NAME, PHONE, code, code[:5] + "-" + code[5:]):
        assert secret.encode() not in written
        assert secret not in "".join(record.getMessage() for record in caplog.records if "httpx" not in record.name)


def test_addresses_hold_no_personal_data(doors):
    visitor = doors.anybody()
    answer = visitor.post(HALL, data=filled(visitor))
    for step in (*answer.history, answer):
        assert NAME not in str(step.url)
        assert PHONE not in str(step.url)


def test_the_key_of_every_form_is_its_own(doors):
    visitor = doors.anybody()
    assert filled(visitor)["filing_key"] != filled(visitor)["filing_key"]
    assert wish.KEY.fullmatch(filled(visitor)["filing_key"])


def test_the_form_offers_what_patients_may_ask_in_the_visitors_language_and_is_light(doors):
    visitor = doors.anybody()
    page = visitor.get(HALL).text
    assert "陪诊" in page
    assert "急救培训" not in page
    assert "门诊楼 1 层" in page
    assert not re.search(r'name="consent_\w+"[^>]* checked', page)
    assert "<script" not in page
    assert 'lang="en"' in visitor.get(f"{HALL}?lang=en").text
    linked = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"', page)
    packed = len(gzip.compress(page.encode(), 5))
    packed += sum(len(_packed(doors, path)) for path in set(linked))
    assert len(set(linked)) <= 2
    assert packed <= 20_000, packed


def _packed(doors, path: str) -> bytes:
    with doors.anybody().stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        return b"".join(answer.iter_raw())


def test_a_form_from_another_site_is_not_filed(doors):
    visitor = doors.anybody()
    answer = visitor.post(HALL, data=filled(visitor), headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, doors.read(rows)) == (403, [])


def test_a_body_that_is_too_large_is_refused_before_it_is_read(doors):
    visitor = doors.anybody()
    assert send(visitor, filled(visitor, need="长" * 400_000)).status_code == 413
    assert doors.read(rows) == []


def test_head_answers_like_get(doors):
    for path in (HALL, "/", "/privacy", "/wall", "/r"):
        assert doors.anybody().head(path).status_code == 200
