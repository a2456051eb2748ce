"""Forms of pages: what was typed, checked by a model; what is wrong, in the visitor's words beside its field.

A route reads its form, and where something is wrong renders the same page again, with `form` (as typed), `errors` and
the refusal's status, so that nothing typed is lost.
"""

import re
from collections.abc import Awaitable, Iterable
from datetime import datetime
from typing import Any, TypeVar, get_args, get_origin

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, ValidationError

from matching.api.errors import in_words
from matching.api.templates import language
from matching.api.validation import refusals
from matching.errors import Invalid, NotSeen, Refused
from matching.privacy.readable import readable

Model = TypeVar("Model", bound=BaseModel)
Form = dict[str, Any]
Errors = dict[str, str]

WHOLE_PAGE = "main"  # the name of what is wrong with no field in particular; its link leads to the page's <main>
WALL_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")  # what datetime-local sends: no zone
MANY = (list, tuple, set, frozenset)


async def read(request: Request, model: type[Model]) -> tuple[Model | None, Form, Errors]:
    """The checked form or None, the form as typed (name → text, or texts where the model has a list), what is wrong.

    A field left blank counts as not sent, so that its default holds or it is `required`. A time without a zone is the
    hospital's. Unknown names are kept in the form for the template and not given to the model.
    """
    sent = await request.form()
    many = {name for name, field in model.model_fields.items() if _is(field.annotation, MANY)}
    moments = {name for name, field in model.model_fields.items() if _is(field.annotation, (datetime, AwareDatetime))}
    form: Form = {}
    given: Form = {}
    wrong: dict[str, Refused] = {}
    for name in sent:
        texts = [text for text in sent.getlist(name) if isinstance(text, str)]
        if name == "csrf" or not texts:
            continue
        form[name] = texts if name in many else texts[0]
        try:
            filled = [readable(text) for text in texts if text.strip()]
        except ValueError as refused:
            wrong[name if name in model.model_fields else WHOLE_PAGE] = Refused(str(refused), field=name)
            continue
        if filled and name in model.model_fields:
            given[name] = filled if name in many else filled[0]
        if filled and name in moments and WALL_CLOCK.fullmatch(filled[0].strip()):
            given[name] = f"{filled[0].strip()}+08:00"
    try:
        checked = model.model_validate(given)
    except ValidationError as error:
        found = {name.split(".")[0]: refused for name, refused in reversed(refusals(error.errors()).items())}
        wrong = dict(reversed(found.items())) | wrong
    return (None if wrong else checked), form, said(request, wrong)


def shown(request: Request, refused: Refused) -> Errors:
    """An action's refusal for the form it came from: beside its field, or over the page where it names none."""
    if isinstance(refused, Invalid) and refused.fields:
        return said(request, refused.fields)
    return said(request, {refused.field or WHOLE_PAGE: refused})


async def attempt(request: Request, deed: Awaitable[object]) -> tuple[Errors, int]:
    """Do it; what it refuses, for its form, and the status. What is not seen has no form: NotSeen goes on."""
    try:
        await deed
    except NotSeen:
        raise
    except Refused as refused:
        return shown(request, refused), refused.status
    return {}, 200


def said(request: Request, wrong: dict[str, Refused]) -> Errors:
    """Field → sentence in the visitor's language."""
    lang = language(request)
    return {name: in_words(lang, one) for name, one in wrong.items()}


def _is(annotation: Any, kinds: Iterable[Any]) -> bool:
    """Whether a field's type is one of the kinds, itself or within `… | None`."""
    return any(part in kinds or get_origin(part) in kinds for part in (annotation, *get_args(annotation)))
