"""People of partners, for staff: their liaisons, and who is paired with whom."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.partnering import LiaisonForm, PairForm
from matching.api.v1.bodies import Body
from matching.api.v1.partner_told import WRITES, Code, LiaisonOut, WholePartnerOut, told
from matching.api.v1.routing import private
from matching.partners import liaisons, pairings
from matching.people.passwords import hashed, one_time_password
from matching.privacy.codes import new_token

router = private("partners", 403, 404, prefix="/partners")


class LiaisonBody(LiaisonForm, Body):
    """Somebody who speaks for the partner."""


class PairBody(PairForm, Body):
    """A member and somebody there."""


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
        return 201, await told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{code}/pairings/{pairing_id}/end", operation_id="end_pairing", responses=WRITES)
async def end_pairing(
    code: Code, pairing_id: paging.Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> WholePartnerOut:
    """It lasts no longer, and who it was is forgotten."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await pairings.end_pairing(session, code, pairing_id, by=by, at=at)
        return 200, await told(session, code, by, at)

    return WholePartnerOut(**(await parts.work(once, key, by, at, work))[1])
