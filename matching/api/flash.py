"""What was just done, said once on the next page: a short-lived signed cookie that carries no personal data."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from fastapi import Request, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from matching.api import i18n
from matching.api.attended import attended
from matching.api.errors import translated
from matching.api.templates import language
from matching.settings import Settings
from matching.words import _

COOKIE = "flash"
KEPT_FOR = 120  # seconds
LARGEST = 3500  # characters; browsers drop cookies over 4096 bytes


class Said(NamedTuple):
    """A sentence for the next page; `kind` is done or warn. Params that are sentences are translated with it.

    `numbers` are the requests it is about, where it is about several.
    """

    sentence: str
    params: Mapping[str, Any] = MappingProxyType({})
    kind: str = "done"
    numbers: Sequence[str] = ()


def leave(answer: Response, settings: Settings, *said: Said) -> None:
    """Say it on the next page; of too many the last ones are left out."""
    entries = [(one.sentence, dict(one.params), one.kind, list(one.numbers)) for one in said]
    while entries and len(packed := _signer(settings).dumps(entries)) > LARGEST:
        entries.pop()
    if entries:
        answer.set_cookie(COOKIE, str(packed), max_age=KEPT_FOR, httponly=True, samesite="lax",
                          secure=settings.secure_cookies)  # fmt: skip


def take(request: Request, settings: Settings) -> list[dict[str, str]]:
    """What was left for this page, in the visitor's words; nothing when the cookie is old or was touched."""
    if not attended(request):
        return []
    try:
        entries = _signer(settings).loads(request.cookies.get(COOKIE, ""), max_age=KEPT_FOR)
    except BadData:
        return []
    return [spoken(request, Said(*entry)) for entry in entries]


def was_taken(request: Request) -> bool:
    """Whether there was a cookie and a person has read it now, so that it may go."""
    return COOKIE in request.cookies and attended(request)


def spoken(request: Request, said: Said) -> dict[str, str]:
    """As `_parts/_flash.html` wants it."""
    lang = language(request)
    words = i18n.translate(lang, said.sentence, translated(lang, dict(said.params)))
    if said.numbers:
        words = i18n.translate(
            lang, _("{numbers}：{words}"), {"numbers": i18n.listed(lang, said.numbers), "words": words}
        )
    return {"kind": said.kind, "words": words}


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret.get_secret_value(), salt="flash")
