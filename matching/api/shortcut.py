"""The hot path's own way in: one route is answered before the layers that serve all the others.

Compression, the stack of exits and the search among two hundred routes cost as much as all that a filing does besides
writing, and filings are what comes in a rush. What is answered is the same, and the route still stands in its router.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

COMPRESSION: dict[str, Any] = {"minimum_size": 700, "compresslevel": 5}


class Shortcut:
    """Answers what `route` answers, with the app's own handlers for what is refused; the rest goes on to `app`."""

    def __init__(
        self, app: ASGIApp, route: Route, answer: Callable[[Request], Awaitable[Response]], handlers: Mapping[Any, Any]
    ) -> None:
        self._app, self._route, self._answer, self._handlers = app, route, answer, handlers
        self._methods = route.methods or set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in self._methods:
            found = self._route.path_regex.match(scope["path"])
            if found is not None:
                scope["path_params"], scope["route"] = found.groupdict(), self._route
                answer = await self._respond(Request(scope, receive))
                whole: ASGIApp = answer if answer.status_code == 303 else GZipMiddleware(answer, **COMPRESSION)
                await whole(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except Exception as error:
            handler = next((self._handlers[kind] for kind in type(error).__mro__ if kind in self._handlers), None)
            if handler is None:
                raise
            # The very request whose body was read: it comes only once, and waiting for it again has no end.
            answer: Response = await handler(request, error)
            return answer
