"""Web push to one browser that a requester asked to be told in."""

import json
from typing import Any

from matching.notices.ways import encrypting
from matching.notices.ways.answer import SENT, Answer, Message, never
from matching.notices.ways.calling import Caller, status_answer
from matching.notices.ways.cutting import cut

LONGEST = 1500  # bytes of text; phones show less
KEPT_FOR = 86400  # seconds that the push service keeps it for a phone that is off


class Push:
    """One process's sender. `contact` tells the push service whom to write to when something is wrong with us."""

    def __init__(self, caller: Caller, key: str, contact: str) -> None:
        self._caller, self._key, self._contact = caller, encrypting.private_key(key), contact
        self.public = encrypting.encoded(encrypting.public_bytes(self._key))

    async def carry(self, subscription: dict[str, Any], message: Message) -> Answer:
        """Send it; 404 and 410 mean that the browser has taken its subscription back."""
        plain = json.dumps(
            {"title": message.title, "body": cut(message.text, LONGEST), "url": message.link}, ensure_ascii=False
        )
        now = int(message.at.timestamp())
        try:
            content = encrypting.encrypted(plain.encode(), subscription["keys"]["p256dh"], subscription["keys"]["auth"])
        except (ValueError, KeyError, TypeError):
            return never("bad_subscription")
        headers = {
            "Authorization": encrypting.authorization(subscription["endpoint"], self._key, self._contact, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_FOR),
            "Urgency": "normal",
        }
        answer = await self._caller.post(subscription["endpoint"], content=content, headers=headers)
        if isinstance(answer, Answer):
            return answer
        if answer.status_code in {404, 410}:
            return never(f"http_{answer.status_code}", gone=True)
        return status_answer(answer) or SENT
