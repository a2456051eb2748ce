"""Streams of 'something changed' to open pages (server-sent events). They carry no word about what it was."""

import asyncio
import random
from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.responses import Response

from matching.api.hearing import Keys
from matching.api.news import Listener, Wire

BETWEEN = 1.0  # seconds between two events of one page
PING = 20.0  # seconds of silence until a comment shows proxies that the stream lives
LASTS = 300.0  # seconds until the page must connect again, and its sign-in is looked at again
MOST = 2000  # streams of one process; whoever comes later asks every few seconds instead
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def stream(request: Request, wire: Wire, keys: Keys, since: int) -> Response:
    """A stream of what concerns these keys, beginning with what happened after `since` (a mark).

    A page that connects again names its last mark by itself (Last-Event-ID). 204 tells a browser not to come again.
    """
    if wire.listening() >= MOST:
        return Response(status_code=204)
    last = request.headers.get("last-event-id", "")
    if last.isascii() and last.isdigit() and len(last) < 16:
        since = max(since, int(last))
    return EventSourceResponse(_events(wire, keys, since), headers=HEADERS)


async def _events(wire: Wire, keys: Keys, since: int) -> AsyncIterator[bytes]:
    listener = wire.listen(keys, at_once=False)
    try:
        async for event in _until_it_ends(wire, listener, keys, since):
            yield event
    finally:
        wire.leave(listener)


async def _until_it_ends(wire: Wire, listener: Listener, keys: Keys, since: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    ends = loop.time() + LASTS * random.uniform(0.9, 1)  # noqa: S311
    mark = wire.mark(keys)
    # Pages whose process is restarted come back one by one.
    yield format_sse_event(event="here", data_str="1", id=str(since), retry=random.randint(1000, 3000))  # noqa: S311
    if mark > since:
        yield _changed(mark)
        await _rest(listener.ending)
    while not listener.ended and (left := ends - loop.time()) > 0:
        if not await listener.heard(min(PING, left)):
            yield KEEPALIVE_COMMENT
        elif not listener.ended:
            yield _changed(wire.mark(keys))
            await _rest(listener.ending)


def _changed(mark: int) -> bytes:
    return format_sse_event(event="changed", data_str="1", id=str(mark))


async def _rest(ending: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(BETWEEN):
            await ending.wait()
    except TimeoutError:
        return
