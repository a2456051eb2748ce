"""What stands before every route, as plain ASGI: sizes, encodings, strange origins, and the headers of every answer.

It also gives each request its id, and tells of each answer how long it took: a layer for that alone would cost more.
"""

import re
from collections.abc import Callable, Iterable
from time import perf_counter
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matching.api import logs
from matching.errors import NotAllowed, NotSeen, Refused

MIB = 1024 * 1024
LARGEST = 1 * MIB  # bytes of a request's body
LARGER = {  # the routes that take more: those to which a photo goes
    re.compile(r"/requests/[^/]+/complete"): 8 * MIB,
    re.compile(r"/api/v1/requests/[^/]+/photo"): 8 * MIB,
    re.compile(r"(/api/v1)?/partners/[^/]+/agreements/[^/]+/file"): 8 * MIB,
    re.compile(r"(/api/v1)?/activities/[^/]+/photos"): 8 * MIB,
    re.compile(r"/points/declare"): 8 * MIB,
    re.compile(r"/api/v1/points/evidence"): 8 * MIB,
}
DRAINED = 32 * MIB  # how much of too large a photo is read and dropped, so that the browser gets to read the answer
SAFE = {"GET", "HEAD", "OPTIONS"}
OTHER_CHARSET = re.compile(r"multipart/.*;\s*charset\s*=\s*(?!\"?utf-?8\"?\s*(;|$))", re.IGNORECASE | re.DOTALL)
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
FOLLOWING = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}  # the address holds a code or a token


def _wire(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


WIRE, WIRE_FOLLOWING = _wire(HEADERS), _wire(HEADERS | FOLLOWING)
REQUEST_ID = b"x-request-id"


class Guarding:
    """Refuses bodies that are too large before they are read whole, and unsafe page requests from other sites.

    `count(method, route, status, seconds)` is told of each answer when it begins: a stream may go on for hours.
    """

    def __init__(self, app: ASGIApp, count: Callable[[str, str, int, float], None]) -> None:
        self.app, self._count = app, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        headers = Headers(scope=scope)
        own_id = logs.request_id(next((value for name, value in scope["headers"] if name == REQUEST_ID), None))
        logs.REQUEST_ID.set(own_id)
        largest = _largest(scope["path"])
        scope["refused"] = _refusal(scope, headers, largest)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            if scope["refused"] is not None:  # the answer needs no body
                return {"type": "http.request", "body": b"", "more_body": False}
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > largest:
                scope["refused"] = too_large = _too_large(largest)
                if largest == LARGEST:
                    raise too_large
                words = message["body"][: largest - seen]  # what stands before the photo in the form
                while message.get("more_body") and seen < DRAINED:
                    message = await receive()
                    seen += len(message.get("body", b""))
                return {"type": "http.request", "body": words, "more_body": False}
            return message

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _value in message["headers"]}
                ours = WIRE_FOLLOWING if scope["path"].startswith(("/r/", "/a/", "/s/")) else WIRE
                named = (REQUEST_ID, own_id.encode())
                message["headers"] = [*message["headers"], *(pair for pair in ours if pair[0] not in own), named]
                self._note(scope, message["status"], began)
            await send(message)

        try:
            await self.app(scope, counted, dressed)
        except ClientDisconnect:  # the visitor hung up in the middle of a form: nobody waits for an answer
            return
        except Exception:  # the server answers with 500, if nothing was answered yet
            self._note(scope, 500, began)
            raise

    def _note(self, scope: Scope, status: int, began: float) -> None:
        if "answered" not in scope:
            scope["answered"] = True
            seconds = perf_counter() - began
            method, route = scope["method"], _route(scope)
            self._count(method, route, status, seconds)
            logs.answered(method, route, status, seconds)


async def refuse(request: Request) -> None:
    """Every route depends on this: it raises what was found here, so that the answer is in the visitor's style.

    A route of LARGER asks again when it has read the body.
    """
    refused: Refused | None = request.scope.get("refused")
    if refused is not None:
        raise refused


def _route(scope: Scope) -> str:
    """The route's template with the prefixes of the routers it stands in; '-' when no route was found."""
    found = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return found.path if found is not None else "-"


def _largest(path: str) -> int:
    return next((most for route, most in LARGER.items() if route.fullmatch(path)), LARGEST)


def _too_large(largest: int) -> Refused:
    return Refused("too_large", limit=f"{largest // MIB} MiB")


def _refusal(scope: Scope, headers: Headers, largest: int) -> Refused | None:
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > (DRAINED if largest > LARGEST else LARGEST):
        return _too_large(largest)
    if "\0" in scope["path"]:  # no address of ours holds one, and PostgreSQL refuses to look for it
        return NotSeen()
    if OTHER_CHARSET.match(headers.get("content-type", "")):  # no browser names one; the parser would take any there is
        return Refused("bad_encoding")
    if scope["method"] in SAFE or scope["path"].startswith("/api/"):
        return None
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return NotAllowed("form_expired")
    origin = headers.get("origin")
    if origin and origin != "null" and _host_of(origin) not in _hosts(headers):
        return NotAllowed("form_expired")
    return None


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # no browser sends such an origin
        return "?"


def _hosts(headers: Headers) -> Iterable[str]:
    return {headers.get("host", ""), headers.get("x-forwarded-host", "")}
