"""Messages of the hospital's own WeCom application to one member, by the id the administrator wrote to the person.

The token is fetched with the application's secret and kept till it expires; WeCom may take it back at any time
(errcodes 40014, 42001), then a new one is fetched once.
"""

import asyncio
from dataclasses import dataclass

from matching.notices.ways.answer import SENT, SOON, Answer, Message, later, never, unsure
from matching.notices.ways.calling import Caller, said, status_answer
from matching.notices.ways.cutting import cut

OLD_TOKEN = {40001, 40014, 42001}
BUSY = {-1, 45009, 45033}
NO_USE = {
    *(40003, 60111, 81013, 82001),  # nobody has that id
    *(40013, 40056, 48002, 60011, 60020, 301002),  # the application is not set up for this
}
EARLY = 300.0  # seconds before its end at which a token is not used any more
TITLE, DESCRIPTION = 128, 512  # bytes of a text card


@dataclass(frozen=True)
class Application:
    """As its page in the WeCom administration shows it."""

    url: str
    corp_id: str
    agent_id: int
    secret: str


class WecomApp:
    """One process's sender; the token is kept in memory only."""

    def __init__(self, caller: Caller, application: Application) -> None:
        self._caller, self._app = caller, application
        self._token, self._until = "", 0.0
        self._fetching = asyncio.Lock()

    async def carry(self, wecom_id: str, message: Message) -> Answer:
        """Send a card with a link to one person."""
        answer: Answer | None = None
        for _attempt in range(2):
            token = await self._current()
            if isinstance(token, Answer):
                return token
            answer = await self._send(token, wecom_id, message)
            if answer is not None:
                return answer
            self._until = 0.0  # taken back before its time
        return later("token_refused", SOON)

    async def _send(self, token: str, wecom_id: str, message: Message) -> Answer | None:
        """None when the token is no good any more: nothing was sent then."""
        card = {
            "title": cut(message.title, TITLE),
            "description": cut(message.text, DESCRIPTION),
            "url": message.link,
            "btntxt": message.link_words,
        }
        body = {"touser": wecom_id, "msgtype": "textcard", "agentid": self._app.agent_id, "textcard": card}
        answer = await self._caller.post(f"{self._app.url}/cgi-bin/message/send?access_token={token}", json=body)
        if isinstance(answer, Answer):
            return answer
        told, refused = said(answer), status_answer(answer)
        if refused is not None:
            return refused
        code = told.get("errcode")
        if not isinstance(code, int):
            return unsure("no_code")
        if code in OLD_TOKEN:
            return None
        if code == 0:
            return never("unknown_receiver") if told.get("invaliduser") else SENT
        why = f"errcode_{code}"
        return never(why) if code in NO_USE else later(why, SOON if code in BUSY else None)

    async def _current(self) -> str | Answer:
        """The token, fetched where there is none; what is in the way of one is never 'unsure': nothing was sent yet."""
        async with self._fetching:
            now = asyncio.get_running_loop().time()
            if self._token and now < self._until:
                return self._token
            query = f"corpid={self._app.corp_id}&corpsecret={self._app.secret}"
            answer = await self._caller.call("GET", f"{self._app.url}/cgi-bin/gettoken?{query}")
            if isinstance(answer, Answer):
                return later(f"token_{answer.why}", away=True) if answer.outcome != "never" else answer
            refused = status_answer(answer)
            if refused is not None:
                return refused
            told = said(answer)
            if told.get("errcode") == 0 and told.get("access_token"):
                self._token, self._until = str(told["access_token"]), now + float(told.get("expires_in", 7200)) - EARLY
                return self._token
            code = told.get("errcode")
            why = f"token_errcode_{code}"
            return later(why, SOON) if code in BUSY or not isinstance(code, int) else never(why)
