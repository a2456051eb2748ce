"""Robots of groups against servers that speak as theirs do: what became of a message is told truthfully."""

import base64
import hashlib
import hmac

import pytest

from matching.notices.ways import calling, dingtalk, feishu, wecom_robot
from matching.notices.ways.answer import SENT, Answer, Message, Outcome
from matching.notices.ways.cutting import cut
from tests.cast import AT
from tests.notices.standins import CUT, DIE, HANG, HERE, MESSAGE, Answers, ok, standing_in


async def robot(url: str, message: Message = MESSAGE, **more: str) -> Answer:
    return await wecom_robot.carry(HERE, {"url": f"{url}/cgi-bin/webhook/send?key=k", **more}, message)


async def test_a_wecom_robot_gets_markdown_with_a_link():
    async with standing_in() as wecom:
        assert await robot(wecom.url) == SENT
    sent = wecom.calls[0].json
    assert sent["msgtype"] == "markdown"
    assert "[登录后查看](https://d.example/requests/260302-00017)" in sent["markdown"]["content"]
    assert wecom.calls[0].query == {"key": "k"}


@pytest.mark.parametrize(("style", "part", "most"), [("", "markdown", 4096), ("text", "text", 2048)])
async def test_a_long_message_is_cut_between_characters_and_keeps_its_link(style, part, most):
    long = Message("标题", "灯" * 3000, MESSAGE.link, "看", "k", AT)
    content = wecom_robot.body(long, style)[part]["content"]
    assert most - 4 < len(content.encode()) <= most
    assert MESSAGE.link in content
    assert "灯…" in content


@pytest.mark.parametrize("most", range(3, 12))
def test_no_character_is_torn(most):
    assert len(cut("灯火abc灯", most).encode()) <= most


@pytest.mark.parametrize(
    ("answer", "outcome", "why", "after"),
    [
        (ok({"errcode": 45009, "errmsg": "api freq out of limit"}), Outcome.later, "errcode_45009", 60),
        (ok({"errcode": 93000, "errmsg": "invalid webhook url"}), Outcome.never, "errcode_93000", None),
        (ok({"errcode": 12345}), Outcome.later, "errcode_12345", None),
        (Answers(429, {}, {"Retry-After": "77"}), Outcome.later, "http_429", 77),
        (Answers(503, {}, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), Outcome.later, "http_503", 60),
        (Answers(500, {}), Outcome.later, "http_500", None),
        (Answers(404, {}), Outcome.later, "http_404", None),
        (Answers(403, {}), Outcome.never, "http_403", None),
        (Answers(302, {}, {"Location": "http://127.0.0.1:1/"}), Outcome.never, "http_302", None),
        (ok("a page of somebody's proxy"), Outcome.unsure, "no_code", None),
        (DIE, Outcome.unsure, "RemoteProtocolError", None),
        (CUT, Outcome.unsure, "RemoteProtocolError", None),
    ],
)
async def test_what_a_wecom_robot_answers(answer, outcome, why, after):
    async with standing_in(answers=[answer]) as wecom:
        got = await robot(wecom.url)
    assert (got.outcome, got.why, got.after) == (outcome, why, after)
    assert len(wecom.calls) == 1


async def test_a_channel_that_hangs_may_have_taken_it_and_one_that_refuses_the_line_has_not(monkeypatch):
    monkeypatch.setattr(calling, "TOTAL", 0.3)
    async with standing_in(answers=[HANG]) as wecom:
        hung = await robot(wecom.url)
    assert hung.outcome is Outcome.unsure
    gone = await robot(wecom.url)
    assert (gone.outcome, gone.why, gone.away) == (Outcome.later, "ConnectError", True)


async def test_feishu_gets_its_signature_and_says_its_own_codes():
    async with standing_in(answers=[ok(), Answers(400, {"code": 11232}), ok({"code": 19021})]) as server:
        address = {"url": server.url, "secret": "s3"}
        answers = [await feishu.carry(HERE, address, MESSAGE) for _ in range(3)]
    assert [one.outcome for one in answers] == [Outcome.sent, Outcome.later, Outcome.never]
    sent = server.calls[0].json
    moment = str(int(AT.timestamp()))
    expected = hmac.new(f"{moment}\ns3".encode(), digestmod=hashlib.sha256).digest()
    assert (sent["timestamp"], base64.b64decode(sent["sign"])) == (moment, expected)
    assert MESSAGE.link in sent["content"]["text"]
    assert "sign" not in feishu.body(MESSAGE, "")


async def test_dingtalk_gets_its_signature_in_the_address():
    async with standing_in(answers=[ok(), ok({"errcode": 130101}), ok({"errcode": 310000})]) as server:
        address = {"url": f"{server.url}/robot/send?access_token=t", "secret": "SEC"}
        answers = [await dingtalk.carry(HERE, address, MESSAGE) for _ in range(3)]
    assert [one.outcome for one in answers] == [Outcome.sent, Outcome.later, Outcome.never]
    query = server.calls[0].query
    expected = hmac.new(b"SEC", f"{query['timestamp']}\nSEC".encode(), hashlib.sha256).digest()
    assert base64.b64decode(query["sign"]) == expected
    assert query["access_token"] == "t"
