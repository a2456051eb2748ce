"""Partners for staff: who they are, their agreements, liaisons, pairings and lists."""

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.guarding import refuse
from matching.api.idempotency import once
from matching.api.partnering import (
    AgreementForm,
    AttachForm,
    EntryForm,
    LiaisonForm,
    LinkForm,
    NewPartnerForm,
    PairForm,
    PartnerForm,
    StateForm,
)
from matching.api.signed_files import file_answer
from matching.api.v1.bodies import Body
from matching.api.v1.partner_shapes import AgreementOut, ItemOut, PartnerOut
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Number, private
from matching.api.v1.shapes import Utc
from matching.clock import SHANGHAI
from matching.partners import agreements, keeping, liaisons, lists, pairings
from matching.partners.balance import Balance, balance
from matching.partners.policy import may
from matching.partners.queries import agreements_of, liaisons_of, lists_of, pairings_of, partners_of, visible_partner
from matching.people.actor import Actor
from matching.people.passwords import hashed, one_time_password
from matching.privacy.codes import new_token

router = private("partners", 403, 404, prefix="/partners")
Code = Annotated[str, Path(max_length=40, examples=["P01"])]
WRITES = may_refuse(409, 413, 415)
FILE = {"schema": {"type": "string", "format": "binary"}}
FILES = {"required": True, "content": dict.fromkeys(("application/pdf", "image/jpeg", "image/png"), FILE)}


class NewPartnerBody(NewPartnerForm, Body):
    """An organisation that is not there yet."""


class PartnerBody(PartnerForm, Body):
    """What is known of an organisation."""


class OpenBody(Body):
    """Whether we still build together."""

    open: bool


class AgreementBody(AgreementForm, Body):
    """An agreement of 1 to 3 years; both days count."""


class LiaisonBody(LiaisonForm, Body):
    """Somebody who speaks for the partner."""


class PairBody(PairForm, Body):
    """A member and somebody there."""


class EntryBody(EntryForm, Body):
    """An entry of one of the three lists."""


class StateBody(StateForm, Body):
    """Where an entry stands now."""


class LinkBody(LinkForm, Body):
    """Two entries that belong together."""


class AttachBody(AttachForm, Body):
    """The project of a request; null takes it out."""


class ListedOut(BaseModel):
    """A partner as the list shows it."""

    partner: PartnerOut
    asking: int = Field(description="Requests of theirs that are open")


class PartnerList(BaseModel):
    """All of the hospital."""

    items: list[ListedOut]


class LiaisonOut(BaseModel):
    """Somebody who speaks for the partner. The one-time password stands in the answer that made it and nowhere else."""

    member_no: str
    name: str
    post: str
    login: str = Field(description="For those who set up liaisons; empty for others")
    can_sign_in: bool
    one_time_password: str = ""


class PairingOut(BaseModel):
    """Who is paired with whom; of the person there the family name only."""

    id: int
    kind: str
    unit: str
    member: str
    label: str
    since: date
    until: date | None


class WholePartnerOut(ListedOut):
    """Everything about one partner but its requests, which are among the requests."""

    asking: int = 0
    liaisons: list[LiaisonOut]
    pairings: list[PairingOut]
    items: list[ItemOut]
    year: Balance


class AttachedOut(BaseModel):
    """The project that a request belongs to now."""

    number: str
    project_id: int | None
    confirmed_at: Utc | None


@router.get("", operation_id="list_partners")
async def listed(parts: TheParts, by: SignedIn, at: At) -> PartnerList:
    """All partners, those that ended last."""
    today = at.astimezone(SHANGHAI).date()
    async with parts.database.reading() as session:
        rows = await partners_of(session, by, today)
        held = await agreements_of(session, [row.partner.id or 0 for row in rows])
    items = []
    for row in rows:
        told = PartnerOut.of(row.partner, row.unit, held.get(row.partner.id or 0, []), today)
        items.append(ListedOut(partner=told, asking=row.asking))
    return PartnerList(items=items)


@router.post("", operation_id="add_partner", status_code=201, responses=WRITES)
async def add(body: NewPartnerBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> WholePartnerOut:
    """Register one, paired with its branch from today."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await keeping.add_partner(session, body.code, body.known(), by=by, at=at)
        return 201, await _told(session, body.code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/{code}", operation_id="get_partner")
async def one(code: Code, parts: TheParts, by: SignedIn, at: At) -> WholePartnerOut:
    """Everything about one."""
    async with parts.database.reading() as session:
        return WholePartnerOut(**await _told(session, code, by, at))


@router.post("/{code}/change", operation_id="change_partner", responses=WRITES)
async def change(
    code: Code, body: PartnerBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> WholePartnerOut:
    """What is known now; another branch ends the pairing with the one before."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await keeping.change_partner(session, code, body.known(), by=by, at=at)
        return 200, await _told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{code}/open", operation_id="open_partner", responses=WRITES)
async def set_open(code: Code, body: OpenBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> WholePartnerOut:
    """Build together again, or no longer."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await keeping.set_open(session, code, body.open, by=by, at=at)
        return 200, await _told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{code}/agreements", operation_id="add_agreement", status_code=201, responses=WRITES)
async def add_agreement(
    code: Code, body: AgreementBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> AgreementOut:
    """A new agreement."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        made = await agreements.add_agreement(session, code, **dict(body), by=by, at=at)
        return 201, AgreementOut.of(made).model_dump(mode="json")

    return AgreementOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{code}/agreements/{agreement_id}/end", operation_id="end_agreement", responses=WRITES)
async def end_agreement(
    code: Code, agreement_id: paging.Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> AgreementOut:
    """Called off before its last day."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        ended = await agreements.end_agreement(session, code, agreement_id, by=by, at=at)
        return 200, AgreementOut.of(ended).model_dump(mode="json")

    return AgreementOut(**(await parts.work(once, key, by, at, work))[1])


@router.post(
    "/{code}/agreements/{agreement_id}/file", operation_id="sign_agreement", responses=WRITES,
    openapi_extra={"requestBody": FILES},
)  # fmt: skip
async def hand_in(
    code: Code, agreement_id: paging.Id, request: Request, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> AgreementOut:
    """The signed file: PDF, JPEG or PNG, at most 8 MiB. Pictures are drawn anew; another one replaces it."""
    body = await request.body()
    await refuse(request)
    async with parts.database.reading() as session:
        place = await agreements.agreement_to_sign(session, code, agreement_id, by=by)
    file = await agreements.checked_file(parts.photos, body)
    await parts.photos.keep(place, file)

    before = ""  # a repeated call replaces nothing

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        nonlocal before
        signed, before = await agreements.hand_in(session, code, agreement_id, file.digest, "", by=by, at=at)
        return 200, AgreementOut.of(signed).model_dump(mode="json")

    answer = AgreementOut(**(await parts.work(once, key, by, at, work))[1])
    await parts.photos.erase_one(place, before)
    return answer


@router.get(
    "/{code}/agreements/{agreement_id}/file", operation_id="get_agreement_file", response_class=Response,
    responses={200: {"content": {"application/pdf": {}, "image/jpeg": {}}, "description": "The signed file"}},
)  # fmt: skip
async def signed_file(code: Code, agreement_id: paging.Id, parts: TheParts, by: SignedIn) -> Response:
    """The signed file."""
    async with parts.database.reading() as session:
        agreement = await agreements.signed_file(session, code, agreement_id, by=by)
    return await file_answer(parts, agreement)


@router.post("/{code}/liaisons", operation_id="add_liaison", status_code=201, responses=WRITES)
async def add_liaison(
    code: Code, body: LiaisonBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> LiaisonOut:  # fmt: skip
    """Somebody new, with a one-time password that is told in this answer and nowhere else: a repeat has none."""
    said, call, password = (body.name, body.phone, body.login, body.post), new_token(), one_time_password()
    secret = await hashed(password)

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        person = await liaisons.write_liaison(session, code, *said, secret, sealer=parts.sealer, by=by, at=at)
        told = LiaisonOut(
            member_no=person.member_no, name=person.name, post=person.post, login=person.login or "", can_sign_in=True
        )
        return 201, {"call": call, "told": told.model_dump()}

    kept = (await parts.work(once, key, by, at, work))[1]
    return LiaisonOut(**kept["told"] | {"one_time_password": password if kept["call"] == call else ""})


@router.post(
    "/{code}/liaisons/{member_no}/remove", operation_id="remove_liaison", status_code=204, responses=WRITES
)  # fmt: skip
async def remove_liaison(code: Code, member_no: str, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> None:
    """They speak for it no more; their phone is gone, what they did stays."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await liaisons.remove_liaison(session, code, member_no, by=by, at=at)
        return 204, {}

    await parts.work(once, key, by, at, work)


@router.post("/{code}/pairings", operation_id="pair_person", status_code=201, responses=WRITES)
async def pair(code: Code, body: PairBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> WholePartnerOut:
    """A member of the paired branch and somebody there, whose name and phone are sealed."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await pairings.pair_person(session, code, **dict(body), sealer=parts.sealer, by=by, at=at)
        return 201, await _told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{code}/pairings/{pairing_id}/end", operation_id="end_pairing", responses=WRITES)
async def end_pairing(
    code: Code, pairing_id: paging.Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> WholePartnerOut:
    """It lasts no longer, and who it was is forgotten."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await pairings.end_pairing(session, code, pairing_id, by=by, at=at)
        return 200, await _told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


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
        return 200, await _told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/requests/{number}/project", operation_id="attach_request", responses=WRITES)
async def attach(number: Number, body: AttachBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> AttachedOut:
    """To which project a partner's request belongs."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        extra = await lists.attach(session, number, body.project_id, by=by, at=at)
        told = AttachedOut(number=number, project_id=extra.project_id, confirmed_at=extra.confirmed_at)
        return 200, told.model_dump(mode="json")

    return AttachedOut(**(await parts.work(once, key, by, at, work))[1])


async def _told(session: AsyncSession, code: str, by: Actor, at: Any) -> dict[str, Any]:
    today = at.astimezone(SHANGHAI).date()
    partner, unit = await visible_partner(session, code, by)
    held = (await agreements_of(session, [partner.id or 0])).get(partner.id or 0, [])
    written, sets = await lists_of(session, partner, by), may("set_liaisons", by, partner, unit.path)
    whole = WholePartnerOut(
        partner=PartnerOut.of(partner, unit, held, today),
        liaisons=[
            LiaisonOut(member_no=one.member_no, name=one.name, post=one.post, login=(sets and one.login) or "",
                       can_sign_in=one.password_hash is not None)
            for one in await liaisons_of(session, partner)
        ],
        pairings=[
            PairingOut(id=one.id or 0, kind=one.kind, unit=branch.name, member=member,
                       label=one.label, since=one.since, until=one.until)
            for one, branch, member in await pairings_of(session, partner, by)
        ],
        items=[ItemOut.of(item, written) for item in written.items.values()],
        year=await balance(session, partner, date(today.year, 1, 1), today),
    )  # fmt: skip
    return whole.model_dump(mode="json")
