"""The same by programs: channels and one's own wishes."""

import re
from typing import Any

import pytest
from pydantic import SecretStr

from tests.cast import Doors
from tests.notices.standins import ok, postbox, standing_in
from tests.notices.test_channel_pages import URL, _subject, channels_of, served

BODY = {"way": "wecom_robot", "name": "门诊群", "unit": "ZB1", "url": URL}
API = "/api/v1"


def test_an_administrator_keeps_channels(doors: Doors):
    root = doors.program("root")
    made = root.post(f"{API}/channels", json=BODY, headers={"Idempotency-Key": "one"})
    assert made.status_code == 201
    again = root.post(f"{API}/channels", json=BODY, headers={"Idempotency-Key": "one"})
    assert again.json() == made.json()
    assert "693a91f6" not in made.text
    one = f"{API}/channels/{made.json()['id']}"
    changed = root.put(one, json={"name": "急诊群", "unit": "ZB2", "verbs": ["supervise"]}).json()
    assert (changed["name"], changed["unit"]["code"], changed["verbs"]) == ("急诊群", "ZB2", ["supervise"])
    assert changed["address"] == made.json()["address"]
    assert root.post(f"{one}/stop").json()["stopped_at"]
    assert root.post(f"{one}/start").json()["stopped_at"] is None
    assert [item["name"] for item in root.get(f"{API}/channels").json()["items"]] == ["急诊群"]


def test_a_test_message_is_answered_with_what_became_of_it(doors: Doors):
    channels_of(doors)
    root = doors.program("root")
    with served(doors, standing_in(answers=[ok(), ok({"errcode": 93000})])) as wecom:
        one = root.post(f"{API}/channels", json=BODY | {"url": wecom.url}).json()["id"]
        first, second = (root.post(f"{API}/channels/{one}/test").json() for _ in range(2))
        key = {"Idempotency-Key": "once-only"}
        kept = [root.post(f"{API}/channels/{one}/test", headers=key).json()["outcome"] for _ in range(2)]
        assert len(wecom.calls) == 3
    assert kept == ["sent", "unsure"]  # who repeats a call that hung learns that it may have been sent
    assert first["outcome"] == "sent"
    assert (second["outcome"], second["why"]) == ("never", "errcode_93000")


@pytest.mark.parametrize("login", ["wei", "di", "lead", "lin"])
def test_others_see_no_channels(doors: Doors, login: str):
    one = doors.program("root").post(f"{API}/channels", json=BODY).json()["id"]
    other = doors.program(login)
    asked: list[Any] = [
        other.get(f"{API}/channels"), other.post(f"{API}/channels", json=BODY),
        other.put(f"{API}/channels/{one}", json={"name": "x", "unit": "ZB1"}),
        *(other.post(f"{API}/channels/{one}/{verb}") for verb in ("stop", "start", "test")),
    ]  # fmt: skip
    assert [answer.status_code for answer in asked] == [403] * 6


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"url": "x"}, "url"), ({"way": "push"}, "way"), ({"way": "pigeon"}, "way"), ({"verbs": ["fly"]}, "verbs"),
     ({"unit": "ZZ9"}, "unit"), ({"colour": "red"}, "colour")],
)  # fmt: skip
def test_what_is_wrong_is_named(doors: Doors, wrong: dict[str, Any], field: str):
    answer = doors.program("root").post(f"{API}/channels", json=BODY | wrong)
    assert answer.status_code == 422
    assert any(name.startswith(field) for name in answer.json()["fields"])


def test_ones_own_wishes(doors: Doors):
    with served(doors, postbox()) as box:
        channels_of(doors, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        lin = doors.program("lin")
        assert lin.get(f"{API}/me/notices").json()["by_mail"] is False
        assert lin.put(f"{API}/me/notices", json={"by_mail": True}).status_code == 422
        key = {"Idempotency-Key": "once-only"}
        for _ in range(2):
            asked = lin.post(f"{API}/me/notices/mail", json={"mail": "lin@example.com"}, headers=key)
            assert asked.status_code == 204
        assert len(box.letters) == 1
        code = re.search(r"\d{6}", _subject(box.letters[0]))[0]
        confirmed = lin.post(f"{API}/me/notices/mail/confirm", json={"mail": "lin@example.com", "code": code}).json()
        assert (confirmed["mail"], confirmed["by_mail"]) == ("lin@example.com", True)
        wish = {"by_mail": True, "quiet_from": "22:00", "quiet_to": "07:00", "digest_at": "17:30"}
        held = lin.put(f"{API}/me/notices", json=wish).json()
        assert wish.items() <= held.items()
        assert lin.put(f"{API}/me/notices", json=wish | {"digest_at": "25:00"}).status_code == 422
        assert lin.delete(f"{API}/me/notices/mail").status_code == 204
        assert lin.get(f"{API}/me/notices").json()["mail"] is None
        assert doors.program("zhao").get(f"{API}/me/notices").json()["quiet_from"] is None


def test_the_digits_cannot_be_guessed_by_trying(doors: Doors):
    channels_of(doors)
    lin = doors.program("lin")
    body = {"mail": "lin@example.com", "code": "123456"}
    answers = [lin.post(f"{API}/me/notices/mail/confirm", json=body).status_code for _ in range(7)]
    assert answers == [422] * 5 + [429] * 2
