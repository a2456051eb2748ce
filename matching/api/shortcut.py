"""The hot path's own way in: one route is answered before the layers that serve all the others.

Compression, the stack of exits and the search among two hundred routes cost as much as all that a filing does besides
writing, and filings are what comes in a rush. What is answered is the same, and the route still stands in its router.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from fastapi import Request, Response
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

COMPRESSION: dict[str, Any] = {"minimum_size": 700, "compresslevel": 5}


class Shortcut:
    """Answers what `route` answers, with the app's own handlers for what is refused; the rest goes on to `app`."""

    def __init__(
        self, app: ASGIApp, route: Route, answer: Callable[[Request], Awaitable[Response]], handlers: Mapping[Any, Any]
    ) -> None:
        self._app, self._route, self._answer = app, route, answer
        self._methods = route.methods or set()
        # A handler gets the very request whose body was read: the body comes only once, and waiting for it has no end.
        self._hot = ExceptionMiddleware(request_response(self._respond), handlers=handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in self._methods:
            found = self._route.path_regex.match(scope["path"])
            if found is not None:
                scope["path_params"], scope["route"] = found.groupdict(), self._route
                await self._hot(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        answer = await self._answer(request)
        whole: Any = answer if answer.status_code == 303 else GZipMiddleware(answer, **COMPRESSION)
        return cast(Response, whole)  # Starlette only calls it, as it calls any answer
