"""DingTalk (钉钉) group robots, signed where the robot was given a secret."""

import base64
import hashlib
import hmac
from urllib.parse import quote_plus

from matching.notices.ways.answer import Answer, Message
from matching.notices.ways.calling import Caller, said, status_answer
from matching.notices.ways.wecom_robot import judged, markdown

LARGEST = 5000  # bytes; the robot takes 20,000, nobody reads them
BUSY = {-1, 130101, 130102, 410100, 660026}  # busy, called too often
NO_USE = {300001, 300005, 310000, 400101, 400102}  # no such robot, or its keyword, signature or addresses refuse us


async def carry(caller: Caller, address: dict[str, str], message: Message) -> Answer:
    """Send it. `address`: url, secret (may be empty)."""
    body = {"msgtype": "markdown", "markdown": {"title": message.title, "text": markdown(message, LARGEST)}}
    answer = await caller.post(signed(address["url"], address.get("secret", ""), message), json=body)
    if isinstance(answer, Answer):
        return answer
    return status_answer(answer) or judged(said(answer), BUSY, NO_USE)


def signed(url: str, secret: str, message: Message) -> str:
    """The address with the moment in milliseconds and DingTalk's signature over it."""
    if not secret:
        return url
    moment = str(int(message.at.timestamp() * 1000))
    mark = base64.b64encode(hmac.digest(secret.encode(), f"{moment}\n{secret}".encode(), hashlib.sha256)).decode()
    return f"{url}{'&' if '?' in url else '?'}timestamp={moment}&sign={quote_plus(mark)}"
