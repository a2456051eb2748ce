"""Agreements of partners, for staff: registered, signed, called off."""

from typing import Any

from fastapi import Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.partnering import AgreementForm
from matching.api.signed_files import file_answer
from matching.api.uploads import uploaded
from matching.api.v1.bodies import Body
from matching.api.v1.partner_shapes import AgreementOut
from matching.api.v1.partner_told import WRITES, Code
from matching.api.v1.routing import private
from matching.partners import agreements

router = private("partners", 403, 404, prefix="/partners")
FILE = {"schema": {"type": "string", "format": "binary"}}
FILES = {"required": True, "content": dict.fromkeys(("application/pdf", "image/jpeg", "image/png"), FILE)}


class AgreementBody(AgreementForm, Body):
    """An agreement of 1 to 3 years; both days count."""


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
    body = await uploaded(request, parts)
    async with parts.database.reading() as session:
        await agreements.agreement_to_sign(session, code, agreement_id, by=by)
    file = await agreements.checked_file(parts.photos, body)
    before = ""  # a repeated call replaces nothing

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        nonlocal before
        signed, before = await agreements.keep_signed(
            session, code, agreement_id, file, "", photos=parts.photos, by=by, at=at
        )
        return 200, AgreementOut.of(signed).model_dump(mode="json")

    answer = AgreementOut(**(await parts.work(once, key, by, at, work))[1])
    await parts.work(agreements.erase_replaced, agreement_id, before, photos=parts.photos)
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
