"""Registrations that somebody looked up, as an administrator keeps them."""

from datetime import date
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.fields import Readable
from matching.api.idempotency import once
from matching.api.paging import Id
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private
from matching.api.v1.shapes import Utc
from matching.asks import licences
from matching.asks.model import Licence

router = private("matching", 403, 404)
MemberNo = Annotated[str, Path(max_length=40)]


class LicenceBody(Body):
    """A registration that was looked up; a last day that has passed says that it ended."""

    skill: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Readable]
    valid_until: date


class LicenceOut(BaseModel):
    """A registration with its last day, who looked it up and when."""

    id: int
    skill: str
    valid_until: date
    checked_by: str
    checked_at: Utc

    @classmethod
    def of(cls, licence: Licence, checker: str) -> "LicenceOut":
        """One registration."""
        same = {name: getattr(licence, name) for name in cls.model_fields if name != "checked_by"}
        return cls(**same, checked_by=checker)


class LicencesOut(BaseModel):
    """Somebody's registrations, by skill."""

    items: list[LicenceOut]


@router.get("/people/{member_no}/licences", operation_id="list_licences")
async def listed(member_no: MemberNo, parts: TheParts, by: SignedIn) -> LicencesOut:
    """The registrations of somebody whom the caller administers."""
    async with parts.database.reading() as session:
        found = await licences.licences_of(session, member_no, by=by)
    return LicencesOut(items=[LicenceOut.of(*one) for one in found])


@router.post("/people/{member_no}/licences", operation_id="set_licence", responses=may_refuse(409, 413, 415))
async def register(
    member_no: MemberNo, body: LicenceBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> LicenceOut:
    """Register what was looked up; a known registration gets the new day."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        made = await licences.set_licence(session, member_no, body.skill, body.valid_until, by=by, at=at)
        return 200, LicenceOut.of(made, by.name).model_dump(mode="json")

    return LicenceOut(**(await parts.work(once, key, by, at, work))[1])


@router.delete(
    "/people/{member_no}/licences/{licence_id}", operation_id="drop_licence", status_code=204
)  # fmt: skip
async def drop(member_no: MemberNo, licence_id: Id, parts: TheParts, by: SignedIn, at: At) -> None:
    """Entered by mistake: what the roster says counts again."""
    await parts.work(licences.drop_licence, member_no, licence_id, by=by, at=at)
