"""A requester without an account hears news of their request, until they stop or their contacts go."""

import json
import re

import pytest
from pydantic import SecretStr

from matching.notices.model import Delivery, Follower
from matching.notices.ways import encrypting
from matching.requests import requester_actions
from tests.cast import AT, Doors
from tests.notices.standins import P256DH, postbox
from tests.notices.test_channel_pages import _subject, channels_of, rows, served
from tests.requests.scene import filing_of

SUBSCRIPTION = {"endpoint": "https://push.example.net/send/abc", "expirationTime": None,
                "keys": {"p256dh": P256DH, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}  # fmt: skip


@pytest.fixture
def code(doors: Doors) -> str:
    """The query code of a request that was filed."""
    filing = filing_of(doors.cast, at=AT)
    doors.work(requester_actions.file, filing)
    return str(filing.code)


def test_without_channels_nothing_is_offered(doors: Doors, code: str):
    channels_of(doors, push_key=SecretStr(""))
    page = doors.anybody().get(f"/r/{code}").text
    assert "有进展时告诉我" not in page
    assert doors.anybody().submit(f"/r/{code}/tell", mail="me@example.com").status_code == 409


def test_a_mail_address_is_told_once_its_six_digits_were_typed_and_until_it_is_stopped(doors: Doors, code: str):
    with served(doors, postbox()) as box:
        channels_of(doors, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        me = doors.anybody()
        assert "有进展时告诉我" in me.get(f"/r/{code}").text
        asked = me.submit(f"/r/{code}/tell", mail="me@example.com")
        assert "确认码已发到 me@example.com" in asked.text
        assert not rows(doors, Follower)
        digits = re.search(r"\d{6}", _subject(box.letters[0]))[0]
        assert me.submit(f"/r/{code}/tell/confirm", mail="you@example.com", code=digits).status_code == 422
        done = me.submit(f"/r/{code}/tell/confirm", mail="me@example.com", code=digits)
        assert done.status_code == 303
        assert me.submit(f"/r/{code}/tell/confirm", mail="me@example.com", code=digits).status_code == 303
    assert code not in bytes(box.letters[0].content).decode()
    assert len(rows(doors, Follower)) == 1
    assert b"me@" not in rows(doors, Follower)[0].sealed
    page = me.get(done.headers["location"]).text
    assert "记下了" in page
    assert "m***@example.com" in page
    assert "me@example.com" not in page
    assert "me@example.com" in me.get(f"/r/{code}/copy.json").text
    assert me.submit(f"/r/{code}/tell/stop", follower=rows(doors, Follower)[0].id).status_code == 303
    assert not rows(doors, Follower)


def test_nobody_stops_the_messages_of_another_request(doors: Doors, code: str):
    channels_of(doors)
    doors.anybody().submit(f"/r/{code}/tell/push", subscription=json.dumps(SUBSCRIPTION))
    other = filing_of(doors.cast, at=AT)
    doors.work(requester_actions.file, other)
    doors.anybody().submit(f"/r/{other.code}/tell/stop", follower=rows(doors, Follower)[0].id)
    assert len(rows(doors, Follower)) == 1


def test_a_browser_is_told_with_the_house_key_and_only_once(doors: Doors, code: str):
    channels_of(doors, push_key=SecretStr(encrypting.new_key()))
    me = doors.anybody()
    page = me.get(f"/r/{code}").text
    key = re.search(r'data-key="([^"]+)"', page)[1]
    assert len(encrypting.decoded(key)) == 65
    for _ in range(2):
        assert me.submit(f"/r/{code}/tell/push", subscription=json.dumps(SUBSCRIPTION)).status_code == 303
    assert [one.way for one in rows(doors, Follower)] == ["push"]
    assert "push.example.net" in me.get(f"/r/{code}").text
    worker = me.get("/push-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "showNotification" in worker.text


@pytest.mark.parametrize(
    "subscription",
    ["", "{}", "[]", "nonsense", json.dumps(SUBSCRIPTION | {"endpoint": "http://push.example.net/"}),
     json.dumps(SUBSCRIPTION | {"keys": {"p256dh": "AAAA", "auth": "AAAA"}}), json.dumps({"endpoint": 7, "keys": 7})],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(doors: Doors, code: str, subscription: str):
    channels_of(doors)
    assert doors.anybody().submit(f"/r/{code}/tell/push", subscription=subscription).status_code == 422
    assert not rows(doors, Follower)


def test_five_may_follow_one_request_and_no_more(doors: Doors, code: str):
    channels_of(doors)
    me = doors.anybody()
    answers = [
        me.submit(
            f"/r/{code}/tell/push", subscription=json.dumps(SUBSCRIPTION | {"endpoint": f"https://p.example/{n}"})
        ).status_code
        for n in range(7)
    ]
    assert answers == [303] * 5 + [409] * 2


def test_a_wrong_code_opens_nothing(doors: Doors):
    channels_of(doors)
    for path in ("tell", "tell/confirm", "tell/push", "tell/stop"):
        assert doors.anybody().submit(f"/r/23456789AB/{path}").status_code == 404
    assert doors.anybody().get("/r/23456789AB/tell").status_code == 404


def test_erasing_the_contacts_ends_it(doors: Doors, code: str):
    channels_of(doors)
    me = doors.anybody()
    me.submit(f"/r/{code}/tell/push", subscription=json.dumps(SUBSCRIPTION))
    assert me.submit(f"/r/{code}/erase_contact").status_code == 303
    assert not rows(doors, Follower)
    assert "有进展时告诉我" not in me.get(f"/r/{code}").text
    assert me.submit(f"/r/{code}/tell/push", subscription=json.dumps(SUBSCRIPTION)).status_code == 404
    assert not rows(doors, Delivery)
