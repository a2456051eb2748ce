"""Generic webhooks: JSON, signed, with a key by which the receiver knows a repeat.

That key is why an unsure one may be sent again by itself: whoever takes it knows that they have it already.
"""

import hashlib
import hmac
import json

from matching.notices.ways.answer import SENT, Answer, Message, Outcome, later
from matching.notices.ways.calling import Caller, status_answer

SIGNATURE, MOMENT, KEY = "Dianliang-Signature", "Dianliang-Timestamp", "Idempotency-Key"


async def carry(caller: Caller, address: dict[str, str], message: Message) -> Answer:
    """Send it. `address`: url, secret. Any 2xx means taken."""
    content = json.dumps(
        {"key": message.key, "title": message.title, "text": message.text, "link": message.link, **message.data},
        ensure_ascii=False,
    ).encode()
    moment = str(int(message.at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Dianliang",
        KEY: message.key,
        MOMENT: moment,
        SIGNATURE: f"sha256={signature(address.get('secret', ''), moment, content)}",
    }
    answer = await caller.post(address["url"], content=content, headers=headers)
    if isinstance(answer, Answer):
        return later(answer.why, away=True) if answer.outcome is Outcome.unsure else answer
    return status_answer(answer) or SENT


def signature(secret: str, moment: str, content: bytes) -> str:
    """HMAC-SHA256 over 'moment.body' in hexadecimal digits; a receiver refuses moments older than a few minutes."""
    return hmac.digest(secret.encode(), moment.encode() + b"." + content, hashlib.sha256).hex()
