"""Each channel against a server that speaks its protocol: what became of the message is told truthfully."""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID

from matching.notices.ways import calling, dingtalk, encrypting, feishu, webhook, wecom_robot
from matching.notices.ways.answer import SENT, Answer, Message, Outcome
from matching.notices.ways.calling import Caller, public
from matching.notices.ways.cutting import cut
from matching.notices.ways.mail import Mail, server
from matching.notices.ways.push import Push
from matching.notices.ways.wecom_app import Application, WecomApp
from tests.notices.standins import CUT, DIE, HANG, Answers, ok, postbox, standing_in

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MESSAGE = Message("点亮：260302-00017 有新进展", "新派单 260302-00017（轮椅推送），请签收。",
                  "https://d.example/requests/260302-00017", "登录后查看", "step:9/endpoint:1/webhook", AT,
                  {"event": "dispatch", "number": "260302-00017"})  # fmt: skip
HERE = Caller([ip_network("127.0.0.0/8")])


async def robot(url: str, message: Message = MESSAGE, **more: str) -> Answer:
    return await wecom_robot.carry(HERE, {"url": f"{url}/cgi-bin/webhook/send?key=k", **more}, message)


# Group robots


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


# Generic webhooks


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


# Where a call may go


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://0.0.0.0/", "https://10.1.2.3/", "https://192.168.1.1/", "https://172.16.0.1/", "https://2130706433/",
        "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://[fe80::1]/", "https://[fc00::1]/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://224.0.0.1/", "http://8.8.8.8/",
        "https://user:password@8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "https://", "nonsense", "",
        "https://127.1/", "https://0177.0.0.1/", "http://[::1",
    ],
)  # fmt: skip
async def test_nothing_an_administrator_types_reaches_this_machine_or_the_hospitals_network(url):
    answer = await Caller().post(url, json={})
    assert (answer.outcome, answer.why) in {(Outcome.never, "address_refused"), (Outcome.never, "bad_address")}


async def test_the_settings_open_a_network_and_no_other():
    async with standing_in() as server:
        assert (await HERE.post(server.url, json={})).status_code == 200
        assert (await Caller([ip_network("10.0.0.0/8")]).post(server.url, json={})).outcome is Outcome.never
    assert len(server.calls) == 1


async def test_a_name_that_leads_inside_is_refused_though_it_looks_public(monkeypatch):
    async def inside(*_args: Any, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", ("10.0.0.7", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", inside, raising=False)
    answer = await Caller().post("https://hooks.example.com/x", json={})
    assert answer.why == "address_refused"


async def test_the_call_goes_to_the_address_that_was_looked_at_under_the_name_that_was_asked_for(monkeypatch):
    async with standing_in() as server:
        port = int(server.url.rpartition(":")[2])

        async def found(_host: str, _port: int, **_more: Any) -> list[Any]:
            return [(2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found, raising=False)
        assert (await HERE.post(f"http://hooks.example.com:{port}/x", json={})).status_code == 200
    assert server.calls[0].headers["host"] == f"hooks.example.com:{port}"


async def test_a_second_address_of_a_name_is_tried_when_the_first_cannot_be_reached(monkeypatch):
    async with standing_in() as server:
        port = int(server.url.rpartition(":")[2])

        async def found(_host: str, _port: int, **_more: Any) -> list[Any]:
            return [(10, 1, 6, "", ("::1", port, 0, 0)), (2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found, raising=False)
        caller = Caller([*HERE.private, ip_network("::1/128")])
        assert (await caller.post(f"http://hooks.example.com:{port}/x", json={})).status_code == 200
    assert len(server.calls) == 1


@pytest.mark.parametrize(("address", "is_public"), [("8.8.8.8", True), ("2400:3200::1", True), ("198.18.0.1", False)])
def test_what_counts_as_public(address, is_public):
    assert public(ip_address(address)) is is_public


async def test_an_endless_answer_is_not_read_to_its_end():
    async with standing_in(answers=[ok({"errcode": 0, "pad": "x" * 300_000})]) as server:
        assert (await robot(server.url)).outcome is Outcome.unsure


# WeCom application


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


# Mail


async def test_a_letter_arrives_as_written():
    async with postbox() as box:
        assert await Mail(server(box.url, "dianliang@hospital.example")).carry("lin@example.com", MESSAGE) == SENT
    letter = message_from_bytes(box.letters[0].content, policy=policy.default)
    assert box.letters[0].rcpt_tos == ["lin@example.com"]
    assert letter["subject"] == MESSAGE.title
    assert letter["auto-submitted"] == "auto-generated"
    assert MESSAGE.text in letter.get_content()
    assert MESSAGE.link in letter.get_content()
    assert letter["message-id"].endswith("@hospital.example>")


@pytest.mark.parametrize(
    ("refuse", "outcome", "why"),
    [
        ({"RCPT": "450 4.2.0 greylisted"}, Outcome.later, "smtp_450"),
        ({"RCPT": "550 5.1.1 no such user"}, Outcome.never, "smtp_550"),
        ({"MAIL": "421 4.3.2 too busy"}, Outcome.later, "smtp_421"),
        ({"DATA": "452 4.3.1 full"}, Outcome.later, "smtp_452"),
        ({"DATA": "554 5.7.1 refused"}, Outcome.never, "smtp_554"),
        ({"DATA": "die"}, Outcome.unsure, None),
    ],
)
async def test_what_a_mail_server_answers(refuse, outcome, why):
    async with postbox() as box:
        box.refuse = refuse
        got = await Mail(server(box.url, "d@h.example")).carry("lin@example.com", MESSAGE)
    assert got.outcome is outcome
    assert why in {None, got.why}


async def test_no_mail_server_is_for_now():
    got = await Mail(server("smtp://127.0.0.1:1", "d@h.example")).carry("lin@example.com", MESSAGE)
    assert (got.outcome, got.away) == (Outcome.later, True)


def certificate(folder: Any) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for 127.0.0.1, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "pem").write_bytes(pem + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))  # fmt: skip
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "pem")
    return serving, ssl.create_default_context(cadata=pem.decode())


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_a_password_goes_over_tls_only_and_a_wrong_one_is_for_good(scheme, tmp_path):
    serving, trusting = certificate(tmp_path)
    asked: list[Any] = []

    def check(_server, _session, _envelope, _mechanism, data) -> AuthResult:
        asked.append(data.password)
        return AuthResult(success=data.password == b"right", handled=False)

    tls = {"ssl_context": serving} if scheme == "smtps" else {"tls_context": serving}
    more: dict[str, Any] = {} if scheme == "smtp" else {"auth_require_tls": False}
    async with postbox(authenticator=check, auth_required=True, **tls, **more) as box:
        for password, outcome in (("right", Outcome.sent), ("wrong", Outcome.never)):
            url = f"{scheme}://d%40h:{password}@127.0.0.1:{box.port}"
            assert (
                await Mail(server(url, "d@h.example"), trusting).carry("lin@example.com", MESSAGE)
            ).outcome is outcome
        asked.clear()
        url = f"{scheme}://d:right@127.0.0.1:{box.port}"
        stranger = await Mail(server(url, "d@h.example")).carry("lin@example.com", MESSAGE)
    assert stranger.outcome is Outcome.later
    assert not asked


async def test_a_password_is_not_sent_where_there_is_no_tls():
    async with postbox() as box:
        mail = Mail(server(f"smtp://d:secret@127.0.0.1:{box.port}", "d@h.example"))
        assert (await mail.carry("lin@example.com", MESSAGE)).outcome is Outcome.later
    assert not box.letters


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "mail.example.com"])
def test_a_mail_server_that_cannot_be_meant_is_refused_at_the_start(url):
    with pytest.raises(ValueError, match="MATCHING_SMTP_URL"):
        server(url, "d@h.example")


# Web push

RFC_8291 = {  # appendix A
    "plain": "V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24",
    "once": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "theirs": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
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
