"""One web process: its socket and its server. What it prints for people is `__main__`'s."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

import uvicorn
from fastapi import FastAPI

from matching.settings import Settings

A_TURN = 0.0001  # seconds that a thread keeps the interpreter while another one wants it
GRACE = 10  # seconds for requests in flight once we are asked to stop


class PortInUse(Exception):
    """Somebody listens there already."""


def listening_at(host: str, port: int) -> socket.socket:
    """Take the address before anything else is done, so that a second start changes nothing. Raises PortInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise PortInUse(str(error.strerror)) from error
    taken.set_inheritable(True)
    return taken


class Server(uvicorn.Server):
    """Tells when it is ready, and ends quietly when it is asked to: no signal is raised again afterwards."""

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        beside: AbstractAsyncContextManager[None],
        hang_up: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._ready, self._beside, self._hang_up = ready, beside, hang_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does; then what runs beside, then the addresses can be printed."""
        await super().startup(sockets)
        if self.started:
            await self._beside.__aenter__()
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Open pages' streams end at once: they would be waited for. What runs beside ends before the app closes the
        database that both use."""
        self._hang_up()
        await self._beside.__aexit__(None, None, None)
        await super().shutdown(sockets)

    async def until_asked_to_stop(self, taken: socket.socket) -> None:
        """Serve until SIGINT or SIGTERM; the second one does not wait for requests in flight."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self.handle_exit, sign, None)
        await self._serve([taken])


def serve(
    app: FastAPI, settings: Settings, taken: socket.socket, *, ready: Callable[[], None],
    beside: AbstractAsyncContextManager[None] | None = None,
) -> bool:  # fmt: skip
    """Run the app in this process until it is asked to stop; `beside` lasts as long. Returns whether it ever started.

    Forwarded addresses are believed from `settings.trusted_proxies` only.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # api/guarding.py says it, by route and without addresses
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE,
    )
    server = Server(config, ready, beside or nullcontext(), app.state.parts.news.hang_up)
    settle()
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.until_asked_to_stop(taken))
    return server.started


def settle() -> None:
    """What is in memory before the first request stays: the collector need not look through it again and again.

    And threads take turns more often than they do by default: one waits at the disk for all who have filed.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(A_TURN)
