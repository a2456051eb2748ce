"""The three lists of partners (三张清单), for staff: entries, what belongs together, and the project of a request."""

from typing import Any

from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.partnering import AttachForm, EntryForm, LinkForm, StateForm
from matching.api.v1.bodies import Body
from matching.api.v1.partner_shapes import ItemOut
from matching.api.v1.partner_told import WRITES, Code, WholePartnerOut, told
from matching.api.v1.routing import Number, private
from matching.api.v1.shapes import Utc
from matching.partners import lists

router = private("partners", 403, 404, prefix="/partners")


class EntryBody(EntryForm, Body):
    """An entry of one of the three lists."""


class StateBody(StateForm, Body):
    """Where an entry stands now."""


class LinkBody(LinkForm, Body):
    """Two entries that belong together."""


class AttachBody(AttachForm, Body):
    """The project of a request; null takes it out."""


class AttachedOut(BaseModel):
    """The project that a request belongs to now."""

    number: str
    project_id: int | None
    confirmed_at: Utc | None


@router.post("/{code}/items", operation_id="add_item", status_code=201, responses=WRITES)
async def add_item(code: Code, body: EntryBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ItemOut:
    """An entry of one of the three lists."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        item = await lists.add_item(session, code, body.entry(), by=by, at=at)
        return 201, ItemOut.of(item).model_dump(mode="json")

    return ItemOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{code}/items/{item_id}/state", operation_id="set_item_state", responses=WRITES)
async def set_state(
    code: Code, item_id: paging.Id, body: StateBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> ItemOut:
    """Done, dropped, or taken up again."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        item = await lists.set_state(session, code, item_id, body.state, by=by, at=at)
        return 200, ItemOut.of(item).model_dump(mode="json")

    return ItemOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{code}/links", operation_id="link_items", responses=WRITES)
async def link(code: Code, body: LinkBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> WholePartnerOut:
    """need → resource, need → project, resource → project."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await lists.link_items(session, code, body.from_id, body.to_id, by=by, at=at)
        await session.flush()
        return 200, await told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/requests/{number}/project", operation_id="attach_request", responses=WRITES)
async def attach(number: Number, body: AttachBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> AttachedOut:
    """To which project a partner's request belongs."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        extra = await lists.attach(session, number, body.project_id, by=by, at=at)
        told = AttachedOut(number=number, project_id=extra.project_id, confirmed_at=extra.confirmed_at)
        return 200, told.model_dump(mode="json")

    return AttachedOut(**(await parts.work(once, key, by, at, work))[1])
