"""A worker's own small door for those who watch it: /healthz, /readyz and /metrics, as a web process has them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request, Response

from matching.api.deps import Parts
from matching.api.pages import health
from matching.errors import Refused
from matching.serving import listening_at

GRACE = 2  # seconds for who still asks when we end: a database that hangs must not hold the worker


@asynccontextmanager
async def watched(parts: Parts) -> AsyncIterator[None]:
    """Answer on `settings.watch_port` while the block lasts; nowhere where that is 0. Raises PortInUse."""
    if not parts.settings.watch_port:
        yield
        return
    taken = listening_at(parts.settings.host, parts.settings.watch_port)
    app = FastAPI(openapi_url=None)
    app.state.parts = parts
    app.include_router(health.router)
    app.add_exception_handler(Refused, _refused)
    trusted = parts.settings.trusted_proxies
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", forwarded_allow_ips=trusted,
        timeout_graceful_shutdown=GRACE,
    )  # fmt: skip
    taken.listen()  # who asks before the server is up is answered when it is
    server = uvicorn.Server(config)
    answering = asyncio.create_task(server._serve([taken]))  # signals are the worker's own affair
    try:
        yield
    finally:
        server.should_exit = True
        await answering


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # what the handler is registered for
    return Response(error.code, error.status, media_type="text/plain")
