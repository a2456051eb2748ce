"""WeCom's application against a server that speaks as WeCom does: tokens, codes, and what became of a message."""

from typing import Any

import pytest

from matching.notices.ways.answer import SENT, Outcome
from matching.notices.ways.wecom_app import Application, WecomApp
from tests.notices.standins import DIE, HERE, MESSAGE, Answers, ok, standing_in


def application(url: str) -> WecomApp:
    return WecomApp(HERE, Application(url, "ww1", 1000002, "app-secret"))


class Wecom:
    """WeCom's two addresses: a token, and messages that want the newest one."""

    def __init__(self) -> None:
        self.tokens, self.told = 0, [0]

    def __call__(self, call: Any) -> Answers:
        if call.path == "/cgi-bin/gettoken":
            assert call.query == {"corpid": "ww1", "corpsecret": "app-secret"}
            self.tokens += 1
            return ok({"errcode": 0, "access_token": f"t{self.tokens}", "expires_in": 7200})
        code = self.told.pop(0) if len(self.told) > 1 else self.told[0]
        return ok({"errcode": code, "errmsg": "", **({"invaliduser": "nobody"} if code == -7 else {})})


async def test_the_token_is_fetched_once_and_kept():
    async with standing_in(usual=Wecom()) as server:
        app = application(server.url)
        assert [await app.carry("lin", MESSAGE) for _ in range(3)] == [SENT] * 3
    assert [call.path for call in server.calls].count("/cgi-bin/gettoken") == 1
    sent = server.calls[-1]
    assert sent.query == {"access_token": "t1"}
    assert (sent.json["touser"], sent.json["agentid"], sent.json["textcard"]["url"]) == ("lin", 1000002, MESSAGE.link)


@pytest.mark.parametrize("code", [40014, 42001])
async def test_a_token_that_was_taken_back_is_fetched_again_and_the_message_sent_once(code):
    wecom = Wecom()
    wecom.told = [code, 0]
    async with standing_in(usual=wecom) as server:
        assert await application(server.url).carry("lin", MESSAGE) == SENT
    assert [call.query.get("access_token") for call in server.calls] == [None, "t1", None, "t2"]


@pytest.mark.parametrize(
    ("code", "outcome"), [(45009, Outcome.later), (-1, Outcome.later), (81013, Outcome.never), (60020, Outcome.never)]
)
async def test_what_the_application_is_answered(code, outcome):
    wecom = Wecom()
    wecom.told = [code]
    async with standing_in(usual=wecom) as server:
        assert (await application(server.url).carry("lin", MESSAGE)).outcome is outcome


async def test_a_receiver_wecom_does_not_know_is_refused_though_the_code_says_ok():
    async with standing_in(answers=[ok({"errcode": 0, "access_token": "t", "expires_in": 7200}),
                                    ok({"errcode": 0, "invaliduser": "lin"})]) as server:  # fmt: skip
        assert (await application(server.url).carry("lin", MESSAGE)).why == "unknown_receiver"


@pytest.mark.parametrize(("answer", "outcome"), [(DIE, Outcome.later), (ok({"errcode": 40013}), Outcome.never)])
async def test_without_a_token_nothing_was_sent_and_nobody_is_unsure(answer, outcome):
    async with standing_in(answers=[answer]) as server:
        assert (await application(server.url).carry("lin", MESSAGE)).outcome is outcome
    assert len(server.calls) == 1


async def test_an_application_that_dies_in_the_middle_leaves_it_unsure():
    async with standing_in(answers=[ok({"errcode": 0, "access_token": "t", "expires_in": 7200}), DIE]) as server:
        assert (await application(server.url).carry("lin", MESSAGE)).outcome is Outcome.unsure
