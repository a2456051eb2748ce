"""For a partner's liaisons: what their organisation asked, may ask and offers. Their token opens nothing else."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import paging
from matching.api.deps import At, IfVersion, OnceOnly, Parts, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.partnering import ORDERS_DONE, ConfirmForm, DetailsForm, OfferForm, OrderForm
from matching.api.v1.bodies import Body, strict
from matching.api.v1.partner_shapes import ItemOut, PartnerOut
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, Number, private
from matching.api.v1.shapes import FollowupOut, Utc
from matching.api.v1.verbs import REFUSES, settled, take_body
from matching.api.verbs import VERBS, VerbForm
from matching.clock import SHANGHAI
from matching.errors import NotSeen
from matching.partners import lists, orders
from matching.partners.model import ItemState, PartnerRequest
from matching.partners.queries import agreements_of, extra_of, extras_of, lists_of, own_partner, requests_of
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests.model import ServiceRequest
from matching.requests.queries import timeline, visible_request

router = private("partner", 404, prefix="/partner")
Key = Annotated[str, StringConstraints(pattern=r"^[\w-]{16,64}$")]


class OrderBody(OrderForm, Body):
    """A partner's request; `filing_key` is the caller's own, the same one files once."""

    filing_key: Key


class OfferBody(OfferForm, Body):
    """What the partner needs, or can give."""


class CorrectBody(DetailsForm, Body):
    """Everything but the day, as it should be now."""


class ConfirmBody(ConfirmForm, Body):
    """How many came."""


class OwnOut(BaseModel):
    """The organisation of the caller, with its lists."""

    partner: PartnerOut
    items: list[ItemOut]


class OrderOut(BaseModel):
    """One of the organisation's requests as a list shows it."""

    number: str
    state: str
    service: str
    need: str
    wanted_from: Utc | None
    wanted_to: Utc | None
    venue: str
    headcount: int
    confirmed_at: Utc | None
    came: int | None = Field(description="As the partner counted; null until it did")

    @classmethod
    def of(cls, request: ServiceRequest, extra: PartnerRequest | None) -> "OrderOut":
        """Texts are masked."""
        return cls(
            number=request.number, state=request.state, service=request.service.code, need=request.need,
            wanted_from=request.wanted_from, wanted_to=request.wanted_to, venue=extra.venue if extra else "",
            headcount=extra.headcount if extra else 0, confirmed_at=extra.confirmed_at if extra else None,
            came=extra.came if extra else None,
        )  # fmt: skip


class OrderPage(BaseModel):
    """The newest first."""

    items: list[OrderOut]
    next: str | None


class WholeOrderOut(FollowupOut):
    """A request as the partner sees it; `order` is what it says besides, `equipment` and `risks` as they were typed."""

    order: OrderOut
    equipment: str
    risks: str


@router.get("", operation_id="get_own_partner")
async def own(parts: TheParts, by: SignedIn, at: At, lang: Lang) -> OwnOut:
    """The caller's organisation, its agreements and its lists."""
    async with parts.database.reading() as session:
        partner, unit = await own_partner(session, by)
        held = (await agreements_of(session, [partner.id or 0])).get(partner.id or 0, [])
        written = await lists_of(session, partner, by)
    today = at.astimezone(SHANGHAI).date()
    return OwnOut(
        partner=PartnerOut.of(partner, unit, held, today),
        items=[ItemOut.of(item, written) for item in written.items.values()],
    )


@router.get("/requests", operation_id="list_own_orders")
async def listed(
    request: Request, response: Response, parts: TheParts, by: SignedIn, size: paging.Size = 20,
    after: paging.After = None,
) -> OrderPage:  # fmt: skip
    """What the organisation asked, the newest first."""
    key = paging.keys_of(after, datetime, int) if after else None
    async with parts.database.reading() as session:
        partner, _unit = await own_partner(session, by)
        page = await requests_of(session, partner, by, after=key, size=size)
        extras = await extras_of(session, page.rows)
    rest = paging.cursor(*page.next) if page.next else None
    items = [OrderOut.of(row, extras.get(row.id or 0)) for row in page.rows]
    return OrderPage(items=items, next=paging.link_next(request, response, rest))


@router.post("/requests", operation_id="order", status_code=201, responses=may_refuse(409, 413, 415))
async def order(body: OrderBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> WholeOrderOut:
    """File it for the organisation, 7 days ahead or more."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        asked = body.order(body.filing_key, lang)
        made = await orders.order(session, asked, sealer=parts.sealer, pepper=parts.settings.pepper, by=by, at=at)
        await session.flush()
        return 201, await _told(session, made.number, by, lang, at)

    return WholeOrderOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/requests/{number}", operation_id="get_own_order")
async def one(number: Number, parts: TheParts, by: SignedIn, at: At, lang: Lang) -> WholeOrderOut:
    """Where it stands, in plain words, and what can be done now."""
    async with parts.database.reading() as session:
        return WholeOrderOut(**await _told(session, number, by, lang, at))


@router.post(
    "/requests/{number}/correct", operation_id="correct_own_order", responses=may_refuse(403, 409, 412, 413, 415)
)
async def correct(
    number: Number, body: CorrectBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, version: IfVersion,
    key: OnceOnly,
) -> WholeOrderOut:  # fmt: skip
    """Other words, another place, other numbers; the day stays."""
    return await _did(parts, number, by, at, lang, key, _correction(body, parts, version))


@router.post("/requests/{number}/confirm", operation_id="confirm_own_order", responses=may_refuse(403, 409, 413, 415))
async def confirm(
    number: Number, body: ConfirmBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly
) -> WholeOrderOut:
    """How many came: once, after the result was reported."""

    async def deed(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> None:
        await orders.confirm(session, number, body.came, body.remark, by=by, at=at)

    return await _did(parts, number, by, at, lang, key, deed)


@router.post("/items", operation_id="offer_item", status_code=201, responses=may_refuse(403, 409, 413, 415))
async def offer(body: OfferBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ItemOut:
    """Write down what the organisation needs, or can give."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        item = await lists.offer(session, body.entry(), by=by, at=at)
        return 201, ItemOut.of(item).model_dump(mode="json")

    return ItemOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/items/{item_id}/drop", operation_id="drop_own_item", responses=may_refuse(403, 409, 413, 415))
async def drop(item_id: paging.Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ItemOut:
    """It is not needed, or not on offer, any more."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        partner, _unit = await own_partner(session, by)
        item = await lists.set_state(session, partner.code, item_id, ItemState.dropped, by=by, at=at)
        return 200, ItemOut.of(item).model_dump(mode="json")

    return ItemOut(**(await parts.work(once, key, by, at, work))[1])


def _correction(body: CorrectBody, parts: Parts, version: int | None) -> Any:
    async def deed(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> None:
        said = body.need, body.note, body.details()
        moved = await orders.correct(session, number, *said, sealer=parts.sealer, by=by, at=at, if_version=version)
        await settled(session, moved)

    return deed


async def _did(parts: Parts, number: str, by: Actor, at: datetime, lang: str, key: Any, deed: Any) -> WholeOrderOut:
    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await own_partner(session, by)
        await deed(session, number, by=by, at=at)
        return 200, await _told(session, number, by, lang, at)

    return WholeOrderOut(**(await parts.work(once, key, by, at, work))[1])


async def _told(session: AsyncSession, number: str, by: Actor, lang: str, at: datetime) -> dict[str, Any]:
    await own_partner(session, by)
    mine = await visible_request(session, number, by)
    extra = await extra_of(session, mine)
    if extra is None:
        raise NotSeen
    ours = frozenset(await session.exec(select(Person.id).where(col(Person.partner_id) == by.partner_id)))
    plain = FollowupOut.of(mine, await timeline(session, mine), by, lang, at, speaking=ours).model_dump(mode="json")
    return plain | {
        "place": extra.venue, "order": OrderOut.of(mine, extra).model_dump(mode="json"),
        "equipment": extra.equipment, "risks": extra.risks,
    }  # fmt: skip


def _add(verb: str, form: VerbForm) -> None:
    """The route of one of the verbs that every requester has."""

    async def act(
        *, number: Number, body: Any, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly
    ) -> WholeOrderOut:
        async def deed(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> None:
            await settled(session, await form.action(session, number, **dict(body), **form.tools(parts), by=by, at=at))

        return await _did(parts, number, by, at, lang, key, deed)

    take_body(act, strict(f"Partner{verb.title().replace('_', '')}Body", form.model))
    router.add_api_route(
        f"/requests/{{number}}/{verb}", act, methods=["POST"], operation_id=f"partner_{verb}",
        summary=f"Partner: {verb.replace('_', ' ')}", response_model=WholeOrderOut,
        description=f"{form.action.__doc__ or ''}\n\nBody: {form.model.__doc__}", responses=may_refuse(403, *REFUSES),
    )  # fmt: skip


for verb in ORDERS_DONE:
    if verb not in {"correct", "confirm"}:
        _add(verb, VERBS[verb])
