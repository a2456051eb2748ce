"""A webhook is signed and carries its key, and may be sent again when nobody knows what became of it."""

import hashlib
import hmac

import pytest

from matching.notices.ways import webhook
from matching.notices.ways.answer import SENT, Outcome
from tests.notices.standins import CUT, DIE, HERE, MESSAGE, Answers, standing_in


async def test_a_webhook_is_signed_and_carries_its_key():
    async with standing_in(usual=Answers(204)) as server:
        assert await webhook.carry(HERE, {"url": server.url, "secret": "shared"}, MESSAGE) == SENT
    call = server.calls[0]
    moment = call.headers["dianliang-timestamp"]
    expected = hmac.new(b"shared", f"{moment}.".encode() + call.body, hashlib.sha256).hexdigest()
    assert call.headers["dianliang-signature"] == f"sha256={expected}"
    assert call.headers["idempotency-key"] == call.json["key"] == MESSAGE.key
    assert call.json["number"] == "260302-00017"


@pytest.mark.parametrize("answer", [DIE, CUT])
async def test_an_unsure_webhook_may_be_sent_again_by_itself(answer):
    async with standing_in(answers=[answer]) as server:
        got = await webhook.carry(HERE, {"url": server.url, "secret": "s"}, MESSAGE)
    assert got.outcome is Outcome.later
