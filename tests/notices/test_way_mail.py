"""Letters against a real mail server: what became of one, and that a password goes over TLS only."""

import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from matching.notices.ways.answer import SENT, Outcome
from matching.notices.ways.mail import Mail, server
from tests.notices.standins import MESSAGE, postbox


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
