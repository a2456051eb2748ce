"""WeCom (企业微信) group robots: a webhook address with a key in it.

At most 20 messages a minute, markdown up to 4,096 bytes and text up to 2,048 (docs/domain.md §9). WeCom's clients for
plain WeChat do not show markdown, so an address may ask for text.
"""

from collections.abc import Mapping
from typing import Any

from matching.notices.ways.answer import SENT, SOON, Answer, Message, later, never, unsure
from matching.notices.ways.calling import Caller, said, status_answer
from matching.notices.ways.cutting import cut

MARKDOWN, TEXT = 4096, 2048  # bytes
BUSY = {-1, 45009, 45033, 50002}  # busy, called too often, too many at once
NO_USE = {40001, 40008, 93000, 93004, 93008}  # the key is not theirs, the robot or its group is gone


async def carry(caller: Caller, address: dict[str, str], message: Message) -> Answer:
    """Send it. `address`: url, and style 'text' for plain text."""
    answer = await caller.post(address["url"], json=body(message, address.get("style", "")))
    if isinstance(answer, Answer):
        return answer
    return status_answer(answer) or judged(said(answer), BUSY, NO_USE)


def body(message: Message, style: str = "") -> dict[str, Any]:
    """What is sent, cut so that the link is never lost."""
    if style == "text":
        tail = f"\n{message.link}"
        return {"msgtype": "text", "text": {"content": cut(message.text, TEXT - len(tail.encode())) + tail}}
    return {"msgtype": "markdown", "markdown": {"content": markdown(message, MARKDOWN)}}


def markdown(message: Message, most: int) -> str:
    """Title, text and link in at most `most` bytes."""
    tail = f"\n[{message.link_words}]({message.link})"
    return cut(f"**{message.title}**\n{message.text}", most - len(tail.encode())) + tail


def judged(answer: Mapping[str, Any], busy: set[int], no_use: set[int], name: str = "errcode") -> Answer:
    """What the code in an answer means; an answer without one came from somewhere else on the way."""
    code = answer.get(name)
    if not isinstance(code, int):
        return unsure("no_code")
    if code == 0:
        return SENT
    why = f"{name}_{code}"
    if code in no_use:
        return never(why)
    return later(why, SOON if code in busy else None)
