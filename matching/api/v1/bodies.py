"""What a JSON body must be before anybody reads it: JSON in UTF-8, at most 1 MiB, and no field we do not know."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, create_model

from matching.errors import Refused


class JsonRoute(APIRoute):
    """A route that takes JSON or nothing."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Raises Refused too_large, not_json, bad_encoding, bad_json before the body is validated."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            if (refused := request.scope.get("refused")) is not None:
                raise refused
            if self.body_field is not None and (body := await request.body()):
                _check(request.headers.get("content-type", ""), body)
            return await handle(request)

        return checked


def _check(content_type: str, body: bytes) -> None:
    kind, *params = (part.strip().lower() for part in content_type.split(";"))
    if kind != "application/json":
        raise Refused("not_json")
    if any(param.startswith("charset=") and param.strip("charset=\"'") not in {"utf-8", "utf8"} for param in params):
        raise Refused("bad_encoding")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Refused("bad_encoding") from error
    try:
        json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused("bad_json") from error


def _no_number(written: str) -> Any:
    raise ValueError(f"{written} is not JSON")


class Body(BaseModel):
    """A field that is not known is refused by its name: a slip of the pen must not be dropped in silence."""

    model_config = ConfigDict(extra="forbid")


def strict(name: str, form: type[BaseModel]) -> type[BaseModel]:
    """A form that pages use as well, as the API takes it: unknown fields are refused."""
    return create_model(name, __base__=(form, Body), __doc__=form.__doc__)
