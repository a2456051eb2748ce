"""For the requester: their request by the code on the receipt, which is sent in a header and never in an address."""

from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, IfVersion, OnceOnly, TheParts, address
from matching.api.following_by import whole_copy
from matching.api.idempotency import once
from matching.api.requester import found_by_code, refuse_as_in_filing
from matching.api.v1.bodies import strict
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Known, Lang, public
from matching.api.v1.shapes import FollowupOut
from matching.api.v1.verbs import REFUSES, settled, take_body
from matching.api.v1.versions import ETAG, NOT_MODIFIED, versioned
from matching.api.verbs import VERBS, VerbForm
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.policy import MAY, REQUESTER
from matching.requests.queries import timeline
from matching.rights.actions import erase_contact, stop_showing

router = public("following", 404, 429, prefix="/followup")


class Copy(BaseModel):
    """Everything that is held about a requester (PIPL art. 45)."""

    held: dict[str, Any]


class Follower(NamedTuple):
    """Whoever holds the code of a request, and that request as it was found."""

    by: Actor
    request: ServiceRequest

    @property
    def number(self) -> str:
        """The request's number."""
        return self.request.number


async def follower(
    request: Request, parts: TheParts,
    query_code: Annotated[str, Header(alias="Query-Code", max_length=40, description="From the receipt")],
) -> Follower:  # fmt: skip
    """Raises NotSeen("unknown_code"), TooMany("too_many_tries") after 5 wrong ones in 15 minutes."""
    async with parts.database.reading() as session:
        _code, found = await found_by_code(session, parts, address(request), query_code)
    return Follower(by=Actor.requester(found.root_id, found.id or 0), request=found)


Theirs = Annotated[Follower, Depends(follower)]


@router.get("", operation_id="get_followup", response_model=FollowupOut,
            responses=NOT_MODIFIED | {200: {"headers": ETAG}})  # fmt: skip
async def followup(
    request: Request, parts: TheParts, theirs: Theirs, at: At, lang: Lang, known: Known = None
) -> Response:
    """Where it stands, in plain words, and what the requester can do now."""
    async with parts.database.reading() as session:
        body = FollowupOut.of(theirs.request, await timeline(session, theirs.request), theirs.by, lang, at)
    return versioned(request, body.model_dump(mode="json"))


@router.get("/copy", operation_id="get_copy")
async def copy(parts: TheParts, theirs: Theirs) -> Copy:
    """A copy of everything held about them, with the list of who looked at their contact."""
    async with parts.database.reading() as session:
        return Copy(held=await whole_copy(session, theirs.request, parts.sealer))


@router.delete("/contact", operation_id="erase_contact", status_code=204, responses=may_refuse(409))
async def erase(parts: TheParts, theirs: Theirs, at: At) -> None:
    """Erase name, phone, the words as typed and photos; what is still open is withdrawn: nobody could call back."""
    await parts.work(erase_contact, theirs.number, by=theirs.by, at=at)
    await parts.photos.erase(theirs.number)


@router.delete("/public-display", operation_id="stop_showing", status_code=204, responses=may_refuse(409))
async def hide(parts: TheParts, theirs: Theirs, at: At) -> None:
    """Take back the consent to be shown on the wall."""
    await parts.work(stop_showing, theirs.number, by=theirs.by, at=at)


def add(router: APIRouter, verb: str, form: VerbForm) -> None:
    """The route of one of the requester's verbs."""
    body_type = strict(f"Requester{verb.title().replace('_', '')}Body", form.model)

    async def act(
        *, body: Any, request: Request, parts: TheParts, theirs: Theirs, at: At, lang: Lang, version: IfVersion,
        key: OnceOnly,
    ) -> Response:  # fmt: skip
        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            refuse_as_in_filing(verb, theirs.request, dict(body))
            moved: ServiceRequest = await form.action(
                session, theirs.number, **dict(body), **form.tools(parts), by=theirs.by, at=at, if_version=version
            )
            await settled(session, moved)
            told = FollowupOut.of(moved, await timeline(session, moved), theirs.by, lang, at)
            return 200, told.model_dump(mode="json")

        status, answer = await parts.work(once, key, theirs.by, at, work)
        return versioned(request, answer, status)

    take_body(act, body_type)
    router.add_api_route(
        f"/{verb}", act, methods=["POST"], operation_id=f"requester_{verb}",
        summary=f"Requester: {verb.replace('_', ' ')}", response_model=FollowupOut,
        description=(form.action.__doc__ or "") + f"\n\nBody: {form.model.__doc__}",
        responses=may_refuse(*REFUSES) | {200: {"headers": ETAG}},
    )  # fmt: skip


for verb, form in VERBS.items():
    if REQUESTER in MAY[verb]:
        add(router, verb, form)
