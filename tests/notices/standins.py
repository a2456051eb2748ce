"""Stand-ins for the channels outside: servers on this machine that keep every byte they get and answer as told.

`hang` never answers, `die` takes the message and closes the line, `cut` dies in the middle of its answer.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

from matching.notices.ways.answer import Message
from matching.notices.ways.calling import Caller
from tests.cast import AT

MESSAGE = Message("点亮：260302-00017 有新进展", "新派单 260302-00017（轮椅推送），请签收。",
                  "https://d.example/requests/260302-00017", "登录后查看", "step:9/endpoint:1/webhook", AT,
                  {"event": "dispatch", "number": "260302-00017"})  # fmt: skip
HERE = Caller([ip_network("127.0.0.0/8")])  # may call this machine
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"  # a browser's key


@dataclass
class Call:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answers:
    """An answer: status, JSON, headers; or a misdeed."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    misdeed: str = ""


def ok(body: Any = None) -> Answers:
    return Answers(200, body if body is not None else {"errcode": 0, "errmsg": "ok", "code": 0})


HANG, DIE, CUT = Answers(misdeed="hang"), Answers(misdeed="die"), Answers(misdeed="cut")


@dataclass
class StandIn:
    """`answers` are given one after the other, then `usual`; `calls` and `raw` keep what came."""

    usual: Answers | Callable[[Call], Answers] = field(default_factory=ok)
    answers: list[Answers] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    url: str = ""
    came: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.raw += head
            line, *rest = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest if one)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.raw += body
            method, target, _version = line.split()
            parts = urlsplit(target)
            call = Call(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
            self.calls.append(call)
            self.came.set()
            await self._answer(call, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _answer(self, call: Call, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            usual = self.usual(call) if callable(self.usual) else self.usual
            answer = self.answers.pop(0) if self.answers else usual
            if answer.misdeed == "hang":
                await asyncio.Event().wait()
            if answer.misdeed == "die":
                return
            body = b"" if answer.body is None else json.dumps(answer.body).encode()
            head = f"HTTP/1.1 {answer.status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items()) + "\r\n"
            writer.write(head[:20].encode() if answer.misdeed == "cut" else head.encode() + body)
            await asyncio.sleep(0)
            await writer.drain()
        finally:
            self.at_once -= 1


@asynccontextmanager
async def standing_in(*args: Any, **kwargs: Any) -> AsyncIterator[StandIn]:
    """A server on a free port while the block lasts."""
    made = StandIn(*args, **kwargs)
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await made.serve(reader, writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for task in tasks:
            task.cancel()


@dataclass
class Postbox:
    """What a mail server took; `refuse` maps a command to the reply it gives instead."""

    letters: list[Envelope] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def raw(self) -> bytes:
        return b"".join(bytes(letter.content or b"") for letter in self.letters)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.refuse:
            return self.refuse["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.refuse:
            return self.refuse["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse.get("DATA") == "die":
            self.letters.append(envelope)
            assert server.transport is not None
            server.transport.abort()
            return "250 lost"
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        self.letters.append(envelope)
        return "250 OK"


@asynccontextmanager
async def postbox(**kwargs: Any) -> AsyncIterator[Postbox]:
    """A real SMTP server (aiosmtpd) on a free port while the block lasts."""
    box = Postbox()
    wrapped = kwargs.pop("ssl_context", None)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="here", **kwargs), "127.0.0.1", 0, ssl=wrapped
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
