"""Mail by the hospital's own SMTP server."""

import asyncio
import hashlib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from aiosmtplib.errors import SMTPRecipientsRefused

from matching.notices.ways.answer import SENT, Answer, Message, later, never, unsure

STEP, TOTAL = 10.0, 20.0  # seconds


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. `tls`: 'wrapped' from the first byte, 'upgraded' by STARTTLS, 'offered' if they can."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    sender: str


def server(url: str, sender: str) -> Server:
    """Read `smtps://user:password@host:465` (TLS) or `smtp://…@host:587` (STARTTLS; required once a password is sent).

    Raises ValueError for what is no such address, and for a sender without '@'.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("MATCHING_SMTP_URL looks like smtps://user:password@host:465")
    if "@" not in sender:
        raise ValueError("MATCHING_MAIL_FROM needs the address that mail comes from")
    wrapped = parts.scheme == "smtps"
    tls = "wrapped" if wrapped else "upgraded" if parts.username else "offered"
    port = parts.port or (465 if wrapped else 587 if parts.username else 25)
    return Server(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""), sender)


class Mail:
    """One process's sender. A connection a message: hospitals send few, and a kept one that died tells nothing."""

    def __init__(self, server: Server, tls: ssl.SSLContext | None = None) -> None:
        self._server, self._tls = server, tls

    async def carry(self, address: str, message: Message) -> Answer:
        """Send it to one address."""
        handed_over = False
        try:
            letter = self._letter(address, message)
        except ValueError:  # a line break where none may be
            return never("bad_letter")
        try:
            async with asyncio.timeout(TOTAL):
                line = await self._line()
                try:
                    await line.mail(self._server.sender)
                    await line.rcpt(address)
                    handed_over = True
                    await line.data(letter)
                finally:
                    line.close()
        except SMTPResponseException as error:
            return _judged(error.code)
        except SMTPRecipientsRefused as error:
            return _judged(error.recipients[0].code)
        except (SMTPException, OSError, TimeoutError, ValueError) as error:
            why = type(error).__name__
            return unsure(why) if handed_over else later(why, away=True)
        return SENT

    async def _line(self) -> SMTP:
        line = SMTP(
            hostname=self._server.host, port=self._server.port, timeout=STEP,
            use_tls=self._server.tls == "wrapped",
            start_tls={"wrapped": False, "upgraded": True, "offered": None}[self._server.tls],
            tls_context=self._tls,
        )  # fmt: skip
        await line.connect()
        if self._server.user:
            await line.login(self._server.user, self._server.password)
        return line

    def _letter(self, address: str, message: Message) -> bytes:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self._server.sender, address, message.title
        letter["Date"] = format_datetime(message.at)
        domain = self._server.sender.rpartition("@")[2].rstrip(">")
        letter["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"  # no out-of-office answers (RFC 3834)
        letter.set_content(f"{message.text}\n\n{message.link_words}\n{message.link}\n", cte="base64")
        return letter.as_bytes()


def _judged(code: int) -> Answer:
    """4xx is for now (greylisting answers so), 5xx for good."""
    return later(f"smtp_{code}") if 400 <= code < 500 else never(f"smtp_{code}")
