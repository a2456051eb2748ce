"""An administrator keeps the group robots; everybody sets how they are told themselves."""

import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from matching.api import deps
from matching.errors import Refused
from matching.notices.model import Endpoint, Preference
from matching.people.model import AuditEntry
from matching.privacy.sealed import Sealer
from matching.settings import Settings
from tests.cast import Doors
from tests.notices.standins import Answers, ok, postbox, standing_in

URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
FIELDS = {"way": "wecom_robot", "name": "门诊群", "unit": "ZB1", "url": URL}


def rows(doors: Doors, table: Any) -> list[Any]:
    async def all_of(session: Any) -> list[Any]:
        return list(await session.exec(select(table)))

    return doors.read(all_of)


def served(doors: Doors, stand: Any) -> Any:
    """A stand-in in the application's own event loop."""
    return doors.first.portal.wrap_async_context_manager(stand)


def channels_of(doors: Doors, **settings: Any) -> None:
    """The application with these channels set up."""
    parts = doors.app.state.parts
    parts.settings = parts.settings.model_copy(update={"private_networks": "127.0.0.0/8", **settings})
    parts.courier = deps.courier(parts.settings, parts.sealer)


def test_a_robot_is_added_shown_masked_changed_stopped_and_started(doors: Doors):
    root = doors.of("root")
    assert "还没有群机器人" in root.get("/admin/channels").text
    added = root.submit("/admin/channels/new", **FIELDS)
    assert added.status_code == 303
    page = added.headers["location"]
    html = root.get(page).text
    assert "693a91f6" not in html
    assert "https://qyapi.weixin.qq.com/…5aaa" in html
    assert "门诊群" in root.get("/admin/channels").text
    assert root.submit(page, name="急诊群", unit="ZB2", verbs=["supervise"]).status_code == 303
    held = rows(doors, Endpoint)[0]
    assert (held.name, held.verbs) == ("急诊群", ["supervise"])
    assert b"693a91f6" not in held.sealed
    assert root.submit(f"{page}/stop").status_code == 303
    assert rows(doors, Endpoint)[0].stopped_at
    assert root.submit(f"{page}/start").status_code == 303
    assert rows(doors, Endpoint)[0].stopped_at is None
    acts = [entry.act for entry in rows(doors, AuditEntry)]
    assert [act for act in acts if act.endswith("_channel")] == [
        "add_channel", "change_channel", "stop_channel", "start_channel",
    ]  # fmt: skip
    assert not [entry for entry in rows(doors, AuditEntry) if "693a91f6" in entry.about]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"url": ""}, "url"), ({"url": "nonsense"}, "url"), ({"url": "https://a b/"}, "url"), ({"unit": "ZZ9"}, "unit"),
     ({"way": "mail"}, "way"), ({"way": "webhook", "secret": "short"}, "secret"), ({"verbs": ["fly"]}, "verbs"),
     ({"url": "https://u:p@h.example/"}, "url"), ({"name": ""}, "name")],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(doors: Doors, wrong: dict[str, Any], field: str):
    answer = doors.of("root").submit("/admin/channels/new", **(FIELDS | {"name": "门诊群"} | wrong))
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert not rows(doors, Endpoint)
    if field != "name":
        assert 'value="门诊群"' in answer.text


@pytest.mark.parametrize("login", ["wei", "di", "lead", "lin", "audit"])
def test_nobody_else_keeps_channels(doors: Doors, login: str):
    page = doors.of("root").submit("/admin/channels/new", **FIELDS).headers["location"]
    other = doors.of(login)
    for path in ("/admin/channels", "/admin/channels/new", page):
        assert other.get(path).status_code == 403
    for path in ("/admin/channels/new", page, f"{page}/stop", f"{page}/start", f"{page}/test"):
        assert other.submit(path, **FIELDS).status_code == 403
    assert rows(doors, Endpoint)[0].stopped_at is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [(ok(), "测试消息已经发出"), (ok({"errcode": 93000}), "机器人的地址不对"), (Answers(500, {}), "http_500")],
)
def test_a_test_message_says_what_became_of_it(doors: Doors, answer: Answers, words: str):
    channels_of(doors)
    root = doors.of("root")
    with served(doors, standing_in(answers=[answer])) as wecom:
        page = root.submit("/admin/channels/new", **(FIELDS | {"url": wecom.url})).headers["location"]
        assert root.submit(f"{page}/test").status_code == 303
        assert words in root.get(page).text
    assert "测试消息" in wecom.calls[0].json["markdown"]["content"]
    assert rows(doors, AuditEntry)[-1].act == "test_channel"


def test_a_channel_inside_the_hospital_is_refused_unless_the_settings_open_it(doors: Doors):
    root = doors.of("root")
    with served(doors, standing_in()) as inside:
        page = root.submit("/admin/channels/new", **(FIELDS | {"url": inside.url})).headers["location"]
        root.submit(f"{page}/test")
        assert "没有放行" in root.get(page).text
    assert not inside.calls


# One's own


def test_without_channels_the_page_says_so_and_offers_none(doors: Doors):
    html = doors.of("lin").get("/me/notices").text
    assert "现在只在系统里提醒" in html
    assert 'name="mail"' not in html


def test_an_address_is_used_once_its_six_digits_were_typed(doors: Doors):
    with served(doors, postbox()) as box:
        channels_of(doors, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        lin = doors.of("lin")
        asked = lin.submit("/me/notices/mail", mail="lin@Example.com")
        assert "lin@example.com" in asked.text.replace("Example", "example")
        assert box.letters[0].rcpt_tos == ["lin@example.com"]
        code = re.search(r"\d{6}", _subject(box.letters[0]))[0]
        wrong = "000000" if code != "000000" else "111111"
        refused = lin.submit("/me/notices/mail/confirm", mail="lin@Example.com", code=wrong)
        assert refused.status_code == 422
        assert "确认码不对" in refused.text
        assert lin.submit("/me/notices/mail/confirm", mail="zhao@example.com", code=code).status_code == 422
        assert doors.of("zhao").submit("/me/notices/mail/confirm", mail="lin@example.com", code=code).status_code == 422
        assert not [one for one in rows(doors, Preference) if one.by_mail]
        assert lin.submit("/me/notices/mail/confirm", mail="lin@Example.com", code=code).status_code == 303
        held = rows(doors, Preference)[0]
        assert held.by_mail
        assert b"lin@" not in held.sealed_mail
        assert lin.submit("/me/notices/test").status_code == 303
        assert "测试消息" in _subject(box.letters[1])
        assert lin.submit("/me/notices/mail/forget").status_code == 303
    held = rows(doors, Preference)[0]
    assert (held.by_mail, held.sealed_mail) == (False, None)


def test_quiet_hours_and_digest_are_kept_and_can_be_cleared(doors: Doors):
    lin = doors.of("lin")
    assert lin.submit("/me/notices", quiet_from="22:00", quiet_to="07:30", digest_at="17:05").status_code == 303
    held = rows(doors, Preference)[0]
    assert (held.quiet_from, held.quiet_to, held.digest_at) == (1320, 450, 1025)
    html = lin.get("/me/notices").text
    assert all(f'value="{typed}"' in html for typed in ("22:00", "07:30", "17:05"))
    assert lin.submit("/me/notices").status_code == 303
    held = rows(doors, Preference)[0]
    assert (held.quiet_from, held.quiet_to, held.digest_at) == (None, None, None)


@pytest.mark.parametrize(
    ("form", "field"),
    [({"quiet_from": "25:00", "quiet_to": "07:00"}, "quiet_from"), ({"quiet_from": "22:00"}, "quiet_to"),
     ({"digest_at": "soon"}, "digest_at")],
)  # fmt: skip
def test_a_time_that_cannot_be_meant_stays_typed(doors: Doors, form: dict[str, str], field: str):
    answer = doors.of("lin").submit("/me/notices", **form)
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert all(f'value="{typed}"' in answer.text for typed in form.values())


@pytest.mark.parametrize("form", [{"by_mail": "1"}, {"by_wecom": "1"}])
def test_a_channel_without_an_address_cannot_be_switched_on(doors: Doors, form: dict[str, str]):
    assert doors.of("lin").submit("/me/notices", **form).status_code == 422


@pytest.mark.parametrize(
    "mail", ["", "lin", "lin@", "lin@example", "a b@example.com", "a@b.com\r\nRCPT TO:<x@y.zz>", "林@b.com"]
)
def test_what_is_no_address_gets_no_mail(doors: Doors, mail: str):
    with served(doors, postbox()) as box:
        channels_of(doors, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        assert doors.of("lin").submit("/me/notices/mail", mail=mail).status_code == 422
    assert not box.letters


def test_nobody_is_flooded_with_confirmation_mails(doors: Doors):
    with served(doors, postbox()) as box:
        channels_of(doors, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        lin = doors.of("lin")
        answers = [lin.submit("/me/notices/mail", mail="lin@example.com").status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    assert len(box.letters) == 5


def _subject(letter: Any) -> str:
    return str(message_from_bytes(letter.content, policy=policy.default)["subject"])


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"smtp_url": "http://mail.example"}, "MATCHING_SMTP_URL"), ({"smtp_url": "smtp://mail"}, "MATCHING_MAIL_FROM"),
     ({"private_networks": "10.8.3.1/24"}, "MATCHING_PRIVATE_NETWORKS"), ({"push_key": "abc"}, "MATCHING_PUSH_KEY")],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_named_at_the_start(tmp_path: Path, settings: dict[str, str], named: str):
    with pytest.raises(Refused) as refused:
        deps.courier(Settings(var=tmp_path, **settings), Sealer({"k1": b"k" * 32}))
    assert named in str(refused.value.params["why"])
