"""A mail address is used once its owner has typed the six digits that went there: nobody signs up anybody else.

Nothing is stored for it: the digits follow from the installation's secret, who asks, the address and the time. They
hold for a quarter to half an hour; the doors limit how often somebody may guess.
"""

import hmac
import re
from datetime import datetime, timedelta

from matching.errors import Invalid
from matching.notices.composing import CHINESE, Say
from matching.notices.ways.answer import Message
from matching.words import _

DIGITS = 6
PERIOD = timedelta(minutes=15)
LONGEST = 254  # characters of an address (RFC 5321)
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
TITLE = _("点亮：确认码 {code}")
TEXT = _("您的确认码是 {code}，半小时内有效。把它填回刚才的页面，就能收到邮件提醒。如果不是您本人操作，请不用理会。")


def checked_address(typed: str) -> str:
    """The address as it is used. Raises Invalid on `mail`."""
    address = typed.strip()
    if len(address) > LONGEST or not ADDRESS.fullmatch(address):
        raise Invalid.field_is("mail", "bad_mail")
    local, _at, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def code_for(pepper: bytes, who: str, address: str, at: datetime) -> str:
    """The digits for `who` ('person:7', 'request:9') and that address at this time."""
    return _code(pepper, who, address, _period(at))


def is_right(pepper: bytes, who: str, address: str, typed: str, at: datetime) -> bool:
    """Whether these are the digits of this quarter of an hour or the one before."""
    given = "".join(char for char in typed if char.isdigit())
    now = _period(at)
    return any(
        hmac.compare_digest(_code(pepper, who, address, period).encode(), given.encode()) for period in (now, now - 1)
    )


def letter(code: str, who: str, lang: str, link: str, link_words: str, say: Say, at: datetime) -> Message:
    """The mail that brings the digits."""
    title, text = say(lang, TITLE, {"code": code}), say(lang, TEXT, {"code": code})
    return Message(title, text, link, say(lang or CHINESE, link_words, {}), f"confirm:{who}:{at.timestamp()}", at)


def _period(at: datetime) -> int:
    return int(at.timestamp() // PERIOD.total_seconds())


def _code(pepper: bytes, who: str, address: str, period: int) -> str:
    mark = hmac.digest(pepper, f"mail-code\0{who}\0{address}\0{period}".encode(), "sha256")
    return f"{int.from_bytes(mark[:8], 'big') % 10**DIGITS:0{DIGITS}}"
