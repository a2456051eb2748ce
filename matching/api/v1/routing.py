"""What the API's routers and routes share: the bearer scheme, and who, what and in which language."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Security, params
from fastapi.security import HTTPBearer

from matching.api.templates import language
from matching.api.v1.bodies import JsonRoute
from matching.api.v1.problems import may_refuse

BEARER = HTTPBearer(auto_error=False, description="A token that a person made on their own page, or at /me/tokens")
Lang = Annotated[str, Depends(language)]
Number = Annotated[str, Path(max_length=40, examples=["260302-00017"])]
Known = Annotated[str | None, Header(alias="If-None-Match", max_length=400, description="Versions known already")]


def private(tag: str, *statuses: int, also: Sequence[params.Depends] = (), **more: Any) -> APIRouter:
    """A router for who holds a token; its routes ask for it again by depending on `SignedIn`, and for what is `also`
    asked of each."""
    refusals, asked = may_refuse(401, 422, 503, *statuses), [Security(BEARER), *also]
    return APIRouter(tags=[tag], route_class=JsonRoute, responses=refusals, dependencies=asked, **more)


def public(tag: str, *statuses: int, **more: Any) -> APIRouter:
    """A router for everybody."""
    return APIRouter(tags=[tag], route_class=JsonRoute, responses=may_refuse(422, 503, *statuses), **more)
