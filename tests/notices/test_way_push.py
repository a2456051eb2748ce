"""Web push as in the standards (RFC 8291, 8292), against a server that answers as push services do."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from matching.notices.ways import encrypting
from matching.notices.ways.answer import Outcome
from matching.notices.ways.push import Push
from tests.notices.standins import HERE, MESSAGE, P256DH, Answers, standing_in

RFC_8291 = {  # appendix A
    "plain": "V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24",
    "once": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "theirs": P256DH,
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "sent": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK"
    "6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}


def test_a_message_is_encrypted_as_in_the_standard():
    sent = encrypting.encrypted(
        encrypting.decoded(RFC_8291["plain"]), RFC_8291["theirs"], RFC_8291["auth"],
        salt=encrypting.decoded(RFC_8291["salt"]), once=encrypting.private_key(RFC_8291["once"]),
    )  # fmt: skip
    assert encrypting.encoded(sent) == RFC_8291["sent"]


def test_the_sender_vouches_for_itself_with_its_key():
    key = encrypting.private_key(encrypting.new_key())
    header = encrypting.authorization("https://push.example.net/x/y", key, "mailto:d@h.example", 1_700_000_000)
    token, public_key = header.removeprefix("vapid t=").split(", k=")
    head, claims, mark = token.split(".")
    assert json.loads(encrypting.decoded(claims)) == {
        "aud": "https://push.example.net", "exp": 1_700_043_200, "sub": "mailto:d@h.example",
    }  # fmt: skip
    raw = encrypting.decoded(mark)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    known = encrypting.browser_key(public_key)
    known.verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("status", "outcome", "gone"),
    [(201, Outcome.sent, False), (404, Outcome.never, True), (410, Outcome.never, True), (429, Outcome.later, False),
     (403, Outcome.never, False), (500, Outcome.later, False)],
)  # fmt: skip
async def test_what_a_push_service_answers(status, outcome, gone):
    keys = {"p256dh": RFC_8291["theirs"], "auth": RFC_8291["auth"]}
    async with standing_in(usual=Answers(status)) as service:
        push = Push(HERE, encrypting.new_key(), "mailto:d@h.example")
        got = await push.carry({"endpoint": f"{service.url}/p/1", "keys": keys}, MESSAGE)
    assert (got.outcome, got.gone) == (outcome, gone)
    assert service.calls[0].headers["content-encoding"] == "aes128gcm"
    assert service.calls[0].headers["ttl"]
    assert MESSAGE.text.encode() not in service.raw


@pytest.mark.parametrize("keys", [{}, {"p256dh": "AAAA", "auth": "AAAA"}, {"p256dh": "%", "auth": "x"}])
async def test_a_subscription_that_is_none_is_for_good(keys):
    push = Push(HERE, encrypting.new_key(), "mailto:d@h.example")
    assert (await push.carry({"endpoint": "https://8.8.8.8/", "keys": keys}, MESSAGE)).why == "bad_subscription"
