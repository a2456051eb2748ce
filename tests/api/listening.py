"""The application as one real server with a loop of its own, and open pages that listen to it: bare streams."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI

from matching import clock
from matching.app import create_app
from matching.people import sign_in
from matching.serving import Server
from tests.cast import PASSWORD, Cast

PATIENCE = 30.0  # seconds


@dataclass
class Served:
    """A running server."""

    app: FastAPI
    cast: Cast
    port: int
    loop: asyncio.AbstractEventLoop
    server: Server

    async def work(self, action: Any, *args: Any, **kwargs: Any) -> Any:
        """Run an action in the server's own unit of work, as if its pages had done it."""
        return await self._there(self.app.state.parts.work(action, *args, **kwargs))

    async def cookie(self, login: str) -> str:
        """A session of that person."""
        parts = self.app.state.parts
        return str(await self._there(sign_in.sign_in(parts.database, parts.work, login, PASSWORD, clock.now())))

    async def _there(self, coroutine: Any) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.loop))


@contextmanager
def served(cast: Cast) -> Iterator[Served]:
    """The hospital on a free port, in a thread, until the block ends."""
    app, up = create_app(cast.settings), threading.Event()
    found: list[asyncio.AbstractEventLoop] = []

    def ready() -> None:
        found.append(asyncio.get_running_loop())
        up.set()

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=20)
        server = Server(config, ready, nullcontext(), app.state.parts.news.hang_up)
        thread = threading.Thread(target=server.run, args=([door],))
        thread.start()
        try:
            assert up.wait(PATIENCE)
            yield Served(app, cast, door.getsockname()[1], found[0], server)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the server waits for somebody"


class Stream:
    """One open page's stream."""

    def __init__(self, reader: asyncio.StreamReader, status: int) -> None:
        self.reader, self.status = reader, status

    async def event(self) -> dict[str, str]:
        """The next event's fields; {} when the stream has ended. Comments are passed over."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while line := await self.reader.readline():
                text = line.decode().rstrip("\r\n")
                if not text and fields:
                    return fields
                name, colon, value = text.partition(": ")
                if name and colon:
                    fields[name] = value
        return {}

    async def next(self) -> str:
        """The next event's name."""
        return (await self.event()).get("event", "")


@asynccontextmanager
async def listening(port: int, cookie: str = "", path: str = "/live", *headers: str) -> AsyncIterator[Stream]:
    """A page that listens while the block lasts."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    own = [*headers, f"Cookie: session={cookie}"] if cookie else [*headers]
    writer.write("\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *own, "", ""]).encode())
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        yield Stream(reader, int(head.split()[1]))
    finally:
        writer.close()
