"""Requests: finding them, reading one, its Steps, and its contact for whoever may see that."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.fields import Code, Readable
from matching.api.idempotency import once
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Known, Lang, Number, private
from matching.api.v1.shapes import RequestOut, StepOut
from matching.api.v1.versions import ETAG, NOT_MODIFIED, versioned
from matching.errors import Invalid, NotAllowed
from matching.people.actor import Actor
from matching.requests.claims import ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.policy import may_reveal
from matching.requests.queries import (
    BY_DUE,
    Filters,
    board_column,
    claimed_by,
    open_to_member,
    timeline,
    visible_request,
)
from matching.requests.secrets import Secret, open_secret
from matching.requests.states import OPEN, STATES, State
from matching.rights.actions import reveal
from matching.services.model import Service, Tier
from matching.units.model import Spot
from matching.units.queries import subtree, unit_by_code

router = private("requests", prefix="/requests")
Searched = Annotated[str, StringConstraints(max_length=100), Readable]


class RequestPage(BaseModel):
    """Some of a list; `next` is the address of the rest, None at the end."""

    items: list[RequestOut]
    next: str | None


class StepList(BaseModel):
    """Everything that happened to a request, in its order."""

    items: list[StepOut]


class RevealBody(Body):
    """Why the contact is needed; it is logged and the requester can read it."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Readable]


class ContactOut(BaseModel):
    """What was really typed."""

    name: str
    phone: str
    need: str
    reason: str
    added: list[str]


class Sought(Body):
    """What a list is narrowed to."""

    state: list[State] = Field(default_factory=list, max_length=len(State))
    unit: Code | None = None
    service: Code | None = None
    spot: Code | None = None
    tier: Tier | None = None
    late: bool = False
    q: Searched = ""
    size: Annotated[int, Query(ge=1, le=100)] = 20
    after: Annotated[str | None, Query(max_length=200)] = None


@router.get("", operation_id="list_requests")
async def list_requests(
    sought: Annotated[Sought, Query()], request: Request, response: Response, parts: TheParts, by: SignedIn, at: At,
    lang: Lang,
) -> RequestPage:  # fmt: skip
    """All requests the caller may see, state by state in the order of their life (all open ones unless named).

    Within a state what is due first comes first; where no limit runs, the newest change. A full page has a next one,
    which may be empty.
    """
    wanted = [state for state in STATES if state in (sought.state or OPEN)]
    from_state, *key = paging.keys_of(sought.after, State, datetime, int) if sought.after else (wanted[0],)
    rows: list[ServiceRequest] = []
    rest = None
    async with parts.database.reading() as session:
        filters = await _filters(session, by, sought)
        for state in wanted[wanted.index(from_state) if from_state in wanted else len(wanted) :]:
            after = (key[0], key[1]) if key and state == from_state else None
            page = await board_column(session, by, state, filters, at=at, after=after, size=sought.size - len(rows))
            rows += page.rows
            if len(rows) == sought.size:
                rest = paging.cursor(state, _place(rows[-1], state), rows[-1].id or 0)
                break
    items = [RequestOut.of(row, by, lang) for row in rows]
    return RequestPage(items=items, next=paging.link_next(request, response, rest))


@router.get("/open", operation_id="list_requests_open_to_me")
async def open_to_me(
    request: Request, response: Response, parts: TheParts, by: SignedIn, lang: Lang, size: paging.Size = 20,
    after: paging.After = None,
) -> RequestPage:  # fmt: skip
    """What the caller could claim now, what is due first comes first."""
    key = paging.keys_of(after, datetime, int) if after else None
    async with parts.database.reading() as session:
        page = await open_to_member(session, by, after=key, size=size)
    rest = paging.cursor(*page.next) if page.next else None
    items = [RequestOut.of(row, by, lang) for row in page.rows]
    return RequestPage(items=items, next=paging.link_next(request, response, rest))


@router.get("/mine", operation_id="list_my_requests")
async def mine(
    request: Request, response: Response, parts: TheParts, by: SignedIn, lang: Lang,
    status: Literal["active", "done"] = "active", size: paging.Size = 20, after: paging.After = None,
) -> RequestPage:  # fmt: skip
    """What the caller holds now, or held to the end; the newest claim first."""
    key = paging.keys_of(after, int)[0] if after else None
    async with parts.database.reading() as session:
        rows, rest = await claimed_by(session, by, ClaimStatus(status), after=key, size=size)
    items = [RequestOut.of(row, by, lang) for row in rows]
    return RequestPage(items=items, next=paging.link_next(request, response, paging.cursor(rest) if rest else None))


@router.get(
    "/{number}", operation_id="get_request", response_model=RequestOut,
    responses=may_refuse(404) | NOT_MODIFIED | {200: {"headers": ETAG}},
)  # fmt: skip
async def get_request(
    number: Number, request: Request, parts: TheParts, by: SignedIn, lang: Lang, known: Known = None
) -> Response:
    """One request. Its ETag is what a change names in If-Match."""
    async with parts.database.reading() as session:
        found = await visible_request(session, number, by)
    return versioned(request, RequestOut.of(found, by, lang).model_dump(mode="json"))


@router.get("/{number}/steps", operation_id="list_steps", responses=may_refuse(404))
async def steps(number: Number, parts: TheParts, by: SignedIn, lang: Lang) -> StepList:
    """Everything that happened to it, first to last."""
    async with parts.database.reading() as session:
        found = await visible_request(session, number, by)
        return StepList(items=[StepOut.of(step, name, lang) for step, name in await timeline(session, found)])


@router.post(
    "/{number}/reveal", operation_id="reveal_contact", response_model=ContactOut,
    responses=may_refuse(403, 404, 409, 413, 415),
)  # fmt: skip
async def reveal_contact(
    number: Number, body: RevealBody, parts: TheParts, by: SignedIn, at: At, once_only: OnceOnly
) -> ContactOut:
    """Name, phone and texts as typed, for the active claimer and the responsible lead. Each look is logged."""
    secret = await parts.work(_revealed, number, body.reason, once_only, parts, by, at)
    return ContactOut(
        name=secret.name, phone=secret.phone, need=secret.need, reason=secret.reason, added=list(secret.added)
    )


async def _revealed(
    session: AsyncSession, number: str, reason: str, once_only: OnceOnly, parts: TheParts, by: Actor, at: datetime
) -> Secret:
    """A repeat looks again without a second line in the log: the kept answer must not hold what is sealed."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await reveal(session, number, reason, sealer=parts.sealer, by=by, at=at)
        return 200, {}

    await once(session, once_only, by, at, work)
    request = await visible_request(session, number, by)
    if not may_reveal(by, request):
        raise NotAllowed("only_claimer_sees_contact")
    return await open_secret(session, request, parts.sealer)


def _place(row: ServiceRequest, state: State) -> datetime:
    return (row.due_at if state in BY_DUE else row.state_since) or row.state_since


async def _filters(session: AsyncSession, by: Actor, sought: Sought) -> Filters:
    units = None
    if sought.unit:
        below = await subtree(session, await unit_by_code(session, by.root_id, sought.unit))
        units = tuple(unit.id for unit in below if unit.id is not None)
    return Filters(
        unit_ids=units,
        service_id=await _id_by_code(session, Service, by, sought.service, "service"),
        spot_id=await _id_by_code(session, Spot, by, sought.spot, "spot"),
        tier=sought.tier,
        late=sought.late,
        text=sought.q,
    )


async def _id_by_code(
    session: AsyncSession, table: type[Service] | type[Spot], by: Actor, code: str | None, field: str
) -> int | None:
    if code is None:
        return None
    found = await session.exec(select(col(table.id)).where(table.root_id == by.root_id, table.code == code))
    if (id_ := found.first()) is None:
        raise Invalid.field_is(field, f"unknown_{field}")
    return id_
