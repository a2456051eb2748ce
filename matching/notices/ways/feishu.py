"""Feishu (飞书) group robots, signed where the robot was given a secret."""

import base64
import hashlib
import hmac
from typing import Any

from matching.notices.ways.answer import Answer, Message
from matching.notices.ways.calling import Caller, said, status_answer
from matching.notices.ways.cutting import cut
from matching.notices.ways.wecom_robot import judged

LARGEST = 8 * 1024  # bytes of text; the whole request may have 20 KB
BUSY = {9499, 11232}  # called too often
NO_USE = {19001, 19021, 19022, 19024, 9498}  # no such robot, signature, address or keyword refused


async def carry(caller: Caller, address: dict[str, str], message: Message) -> Answer:
    """Send it. `address`: url, secret (may be empty)."""
    answer = await caller.post(address["url"], json=body(message, address.get("secret", "")))
    if isinstance(answer, Answer):
        return answer
    told = said(answer)
    refused = status_answer(answer)
    if refused is not None and not isinstance(told.get("code"), int):
        return refused
    return judged(told, BUSY, NO_USE, "code")


def body(message: Message, secret: str) -> dict[str, Any]:
    """A text with its link, and the moment and signature where there is a secret."""
    tail = f"\n{message.link_words}\n{message.link}"
    text = cut(f"{message.title}\n{message.text}", LARGEST - len(tail.encode())) + tail
    sent: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        moment = str(int(message.at.timestamp()))
        sent |= {"timestamp": moment, "sign": sign(moment, secret)}
    return sent


def sign(moment: str, secret: str) -> str:
    """Feishu's: the HMAC-SHA256 of nothing under the key 'moment, line break, secret'."""
    return base64.b64encode(hmac.digest(f"{moment}\n{secret}".encode(), b"", hashlib.sha256)).decode()
