"""Refusals on their way out: problem+json for programs (RFC 9457), a page in the visitor's language for people."""

import logging
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from matching.api import again, i18n
from matching.api.redirects import local_path, see
from matching.api.templates import language, render
from matching.api.validation import refusals
from matching.db import away
from matching.errors import Invalid, NotSeen, NotSignedIn, Refused, Unavailable

log = logging.getLogger("matching")
LOOK_AGAIN = "20"  # seconds until a page that could not be made asks by itself: nobody stands at a lobby screen
BY_STATUS = {404: "not_seen", 405: "not_seen", 413: "too_large", 400: "bad_encoding"}
PART_TOO_LARGE = "Part exceeded"  # how the parser of forms begins to say it


def install(app: FastAPI) -> None:
    """Give the app its handlers."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(OSError, _database)


def problem(request: Request, refused: Refused) -> dict[str, Any]:
    """The body of a problem+json answer: type, title, status, detail, code, and a list of wrong fields."""
    lang = language(request)
    body: dict[str, Any] = {
        "type": f"/api/v1/problems#{refused.code}",
        "title": refused.code,
        "status": refused.status,
        "detail": in_words(lang, refused),
        "code": refused.code,
    }
    if isinstance(refused, Invalid):
        body["fields"] = {
            name: {"code": wrong.code, "detail": in_words(lang, wrong)} for name, wrong in refused.fields.items()
        }
    return body


def in_words(lang: str, refused: Refused) -> str:
    """What a refusal says in one language."""
    return i18n.translate(lang, refused.sentence, translated(lang, refused.params))


def translated(lang: str, params: dict[str, Any]) -> dict[str, Any]:
    """The params of a refusal with those that are sentences themselves (states, verbs) in the same language."""
    return {k: i18n.translate(lang, v) if isinstance(v, str) else v for k, v in params.items()}


def headers_of(refused: Refused) -> dict[str, str]:
    """Retry-After where waiting helps, the challenge where signing in does."""
    headers = {}
    if (after := getattr(refused, "retry_after", None)) is not None:
        headers["Retry-After"] = str(after)
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def is_api(request: Request) -> bool:
    """Whether a program asks."""
    return request.url.path.startswith("/api/")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # what the handler is registered for
    if is_api(request):
        return JSONResponse(
            problem(request, error), error.status, headers_of(error), media_type="application/problem+json"
        )
    kept = await again.keep(request, error.code)
    sentence = in_words(language(request), error)
    if isinstance(error, NotSignedIn) and (kept is not None or error.code == "sign_in_needed"):
        return _to_sign_in(request, kept, "" if error.code == "sign_in_needed" else sentence)
    if error.code == "password_must_change":
        return see("/me/password")
    if kept is None:
        page: Response = render(request, "errors/error.html", error.status, error=error, happened=sentence)
    else:
        page = again.offer(request, kept, sentence, error.status)
    page.headers.update(headers_of(error))
    if isinstance(error, Unavailable) and request.method == "GET" and "hx-request" not in request.headers:
        page.headers["Refresh"] = LOOK_AGAIN
    return page


def _to_sign_in(request: Request, kept: again.Kept | None, why: str) -> Response:
    """The way to the sign-in page and back; what was typed goes along inside the page. `why`: the account is closed,
    so that only somebody else can go on with it."""
    if kept is not None:
        return render(request, "login.html", 401, next="", kept=kept.packed(), why=why)
    asked = f"{request.url.path}?{request.url.query}".rstrip("?") if request.method == "GET" else "/"
    if "hx-request" in request.headers:  # a fragment: the page that wants it goes to sign in as a whole
        asked = local_path(_path_of(request.headers.get("hx-current-url", "")))
        return Response(status_code=401, headers={"HX-Redirect": f"/login?next={quote(asked)}"})
    return see(f"/login?next={quote(asked)}")


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _refused(request, Invalid(refusals(error.errors())))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if (found := request.scope.get("refused")) is not None:
        return await _refused(request, found)
    code, status = BY_STATUS.get(error.status_code, "invalid"), error.status_code
    if status == 400 and not is_api(request):  # a form that cannot be read
        code, status = ("too_large", 413) if error.detail.startswith(PART_TOO_LARGE) else ("broken_form", status)
    refused = NotSeen(code) if code == "not_seen" else Refused(code, limit="1 MiB")
    refused.status = status
    answer = await _refused(request, refused)
    answer.headers.update(error.headers or {})  # Allow, with 405
    return answer


async def _database(request: Request, error: Exception) -> Response:
    refused = away(error) if isinstance(error, DBAPIError) else Unavailable()
    if not isinstance(refused, Refused):
        raise error
    log.error("database away: %s", type(error).__name__)
    return await _refused(request, refused)
