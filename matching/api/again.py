"""What was typed is never lost: a form that came too late, or while the database was away, is offered once more.

The fields travel inside the answer, never in an address. Passwords do not travel. A form from another site gets no such
page: `guarding` has refused it before.
"""

import json
from typing import Any, NamedTuple

from fastapi import Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from matching.api import i18n
from matching.api.redirects import local_path
from matching.api.templates import language, render
from matching.words import _

STILL_THERE = _("已经登录。刚才没有提交成功的内容都在下面，请看一看，再提交一次。")
LATE = {"sign_in_needed", "account_closed", "form_expired", "unavailable", "busy"}
SECRET = {"csrf", "password", "current", "new", "again", "kept"}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Kept(NamedTuple):
    """A form that was not done: where it was going, and its fields in their order."""

    to: str
    fields: tuple[tuple[str, str], ...]

    def packed(self) -> str:
        """As the sign-in form carries it."""
        return json.dumps([self.to, self.fields], ensure_ascii=False)


async def keep(request: Request, code: str) -> Kept | None:
    """The form of this request when it was refused by one of LATE; None when there is nothing to keep."""
    kind = request.headers.get("content-type", "")
    if code not in LATE or request.method != "POST" or request.scope.get("refused") or not kind.startswith(FORMS):
        return None
    try:
        sent = await request.form()
    except (HTTPException, RuntimeError):  # not a form after all, or its body was read away
        return None
    typed = [(name, text) for name, text in sent.multi_items() if not isinstance(text, UploadFile)]
    fields = tuple((name, text) for name, text in typed if name not in SECRET)
    if not any(text.strip() for _name, text in fields):
        return None
    return Kept(f"{request.url.path}?{request.url.query}".rstrip("?"), fields)


def unpack(packed: Any) -> Kept | None:
    """What the sign-in form brought along; None for anything that is not what `packed` makes."""
    try:
        to, fields = json.loads(packed)
        kept = Kept(local_path(to, ""), tuple((str(name), str(text)) for name, text in fields))
        kept.packed().encode()  # JSON may name half a character, which no page can show
    except (ValueError, TypeError, RecursionError):
        return None
    return kept if kept.to else None


def offer(request: Request, kept: Kept, happened: str, status: int) -> Response:
    """The page with the form, to be sent by one press."""
    return render(request, "errors/again.html", status, kept=kept, happened=happened)


def offer_signed_in(request: Request, kept: Kept) -> Response:
    """The same for somebody who has just signed in, once nothing else is asked of them."""
    return offer(request, kept, i18n.translate(language(request), STILL_THERE), 200)
