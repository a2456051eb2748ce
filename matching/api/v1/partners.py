"""Partners for staff: found among thousands, registered, changed."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.fields import Code as UnitCode
from matching.api.fields import Readable
from matching.api.idempotency import once
from matching.api.partnering import NewPartnerForm, PartnerForm
from matching.api.v1.bodies import Body
from matching.api.v1.partner_shapes import PartnerOut
from matching.api.v1.partner_told import WRITES, Code, ListedOut, WholePartnerOut, told
from matching.api.v1.routing import private
from matching.clock import SHANGHAI
from matching.partners import keeping
from matching.partners.model import PartnerKind
from matching.partners.sought import Sought, partners_page
from matching.partners.standing import Standing
from matching.units.queries import unit_by_code

router = private("partners", 403, 404, prefix="/partners")


class NewPartnerBody(NewPartnerForm, Body):
    """An organisation that is not there yet."""


class PartnerBody(PartnerForm, Body):
    """What is known of an organisation."""


class OpenBody(Body):
    """Whether we still build together."""

    open: bool


class PartnerList(BaseModel):
    """Some of the hospital's; `total` is how many there are in all."""

    items: list[ListedOut]
    total: int
    next: str | None


@router.get("", operation_id="list_partners")
async def listed(
    request: Request, response: Response, parts: TheParts, by: SignedIn, at: At, kind: PartnerKind | None = None,
    q: Annotated[str, StringConstraints(max_length=60), Readable, Query()] = "",
    standing: Annotated[list[Standing] | None, Query()] = None,
    unit: Annotated[UnitCode | None, Query()] = None, size: paging.Size = 50, after: paging.After = None,
) -> PartnerList:  # fmt: skip
    """Partners by their codes, those that ended last. `q` stands in the name or code, or is a short name; `standing` of
    the agreements, of partners that are built with; `unit`: paired with it or a branch below it."""
    today, key = at.astimezone(SHANGHAI).date(), paging.keys_of(after, int, str) if after else None
    async with parts.database.reading() as session:
        path = (await unit_by_code(session, by.root_id, unit)).path if unit else ""
        sought = Sought(q, kind or "", tuple(standing or ()), path)
        found = await partners_page(session, by, today, sought, after=key, size=size)
    items = [
        ListedOut(partner=PartnerOut.of(one.partner, one.unit, one.agreements, today), asking=one.asking)
        for one in found.rows
    ]
    rest = paging.cursor(*found.older) if found.older else None
    return PartnerList(items=items, total=found.total, next=paging.link_next(request, response, rest))


@router.post("", operation_id="add_partner", status_code=201, responses=WRITES)
async def add(body: NewPartnerBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> WholePartnerOut:
    """Register one, paired with its branch from today."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await keeping.add_partner(session, body.code, body.known(), by=by, at=at)
        return 201, await told(session, body.code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/{code}", operation_id="get_partner")
async def one(code: Code, parts: TheParts, by: SignedIn, at: At) -> WholePartnerOut:
    """Everything about one."""
    async with parts.database.reading() as session:
        return WholePartnerOut(**await told(session, code, by, at))


@router.post("/{code}/change", operation_id="change_partner", responses=WRITES)
async def change(
    code: Code, body: PartnerBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> WholePartnerOut:
    """What is known now; another branch ends the pairing with the one before."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await keeping.change_partner(session, code, body.known(), by=by, at=at)
        return 200, await told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{code}/open", operation_id="open_partner", responses=WRITES)
async def set_open(code: Code, body: OpenBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> WholePartnerOut:
    """Build together again, or no longer."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await keeping.set_open(session, code, body.open, by=by, at=at)
        return 200, await told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])
