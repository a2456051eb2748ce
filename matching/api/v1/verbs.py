"""One route a verb, made from the one table of verb forms: who may, in which state, is the policy's and the moves'."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, IfVersion, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.v1.bodies import strict
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, Number, private
from matching.api.v1.shapes import RequestOut
from matching.api.v1.versions import ETAG, versioned
from matching.api.verbs import VERBS, VerbForm
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.policy import MAY, REQUESTER, SYSTEM
from matching.units.model import Unit

REFUSES = (404, 409, 412, 413, 415)
router = private("verbs", prefix="/requests/{number}")


def add(router: APIRouter, verb: str, form: VerbForm) -> None:
    """The route of one verb."""
    body_type = strict(f"{verb.title().replace('_', '')}Body", form.model)

    async def act(
        *, number: Number, body: Any, request: Request, parts: TheParts, by: SignedIn, at: At, lang: Lang,
        version: IfVersion, key: OnceOnly,
    ) -> Response:  # fmt: skip
        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            fields = {**dict(body), **form.tools(parts)}
            moved = await form.action(session, number, **fields, by=by, at=at, if_version=version)
            return 200, await told(session, moved, by, lang)

        status, answer = await parts.work(once, key, by, at, work)
        return versioned(request, answer, status)

    take_body(act, body_type)
    router.add_api_route(
        f"/{verb}", act, methods=["POST"], operation_id=f"{verb}_request", summary=verb.replace("_", " ").capitalize(),
        description=(form.action.__doc__ or "") + f"\n\nBody: {form.model.__doc__}", response_model=RequestOut,
        responses=may_refuse(403, *REFUSES, *((429,) if verb == "urge" else ())) | {200: {"headers": ETAG}},
    )  # fmt: skip


async def told(session: AsyncSession, request: ServiceRequest, by: Actor, lang: str) -> dict[str, Any]:
    """The request after a verb, with the version it will have and the unit where it now stands."""
    await settled(session, request)
    return RequestOut.of(request, by, lang).model_dump(mode="json")


async def settled(session: AsyncSession, request: ServiceRequest) -> None:
    """Write what the verb changed, so that the version is the new one, and load the unit if it is another one."""
    await session.flush()
    set_committed_value(request, "unit", await session.get_one(Unit, request.unit_id))


def take_body(route: Callable[..., Any], body_type: type[BaseModel]) -> None:
    """Give a route's `body` its type; a verb that need not be told anything may come without a body."""
    signature = inspect.signature(route)
    needed = any(field.is_required() for field in body_type.model_fields.values())
    body = signature.parameters["body"].replace(
        annotation=Annotated[body_type, Body()], default=inspect.Parameter.empty if needed else body_type()
    )
    taken = [body if name == "body" else param for name, param in signature.parameters.items()]
    route.__signature__ = signature.replace(parameters=taken)  # type: ignore[attr-defined]


for verb, form in VERBS.items():
    if MAY[verb] - {REQUESTER, SYSTEM}:
        add(router, verb, form)
