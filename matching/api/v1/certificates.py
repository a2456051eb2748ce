"""Certificates of volunteer service: issued, printed, revoked; and whether one is genuine, for anybody."""

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts, address
from matching.api.downloads import PDF, download
from matching.api.genuineness import genuine, printed
from matching.api.idempotency import once
from matching.api.limits import PAPERS
from matching.api.recognised import CertifyForm
from matching.api.v1.bodies import Body
from matching.api.v1.points_lists import ReasonBody
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private, public
from matching.api.v1.shapes import Named, Utc
from matching.recognition import certifying
from matching.recognition.certifying import Genuine, Issued

router = private("certificates", 403, prefix="/certificates")
anybody = public("certificates", 404, 429, prefix="/certificates")
No = Annotated[str, Path(max_length=40, examples=["2026-00017"])]


class CertifyBody(CertifyForm, Body):
    """Whom a certificate is for (member number), of which days, who answers for it, and which one it replaces."""


class CertificateOut(BaseModel):
    """A certificate as it was issued."""

    no: str
    check: str
    member_no: str
    name: str
    unit: Named
    first_on: date
    last_on: date
    minutes: int
    issued_at: Utc
    revoked_at: Utc | None
    replaced_by: str | None = Field(description="The number of the one that took its place")
    why: str

    @classmethod
    def of(cls, one: Issued) -> "CertificateOut":
        """One certificate."""
        same = ("no", "check", "first_on", "last_on", "minutes", "issued_at", "revoked_at", "replaced_by", "why")
        return cls(
            **{name: getattr(one.certificate, name) for name in same}, member_no=one.person.member_no,
            name=one.certificate.content["name"], unit=Named(code=one.unit.code, name=one.unit.name),
        )  # fmt: skip


class Certificates(BaseModel):
    """The newest first."""

    items: list[CertificateOut]
    next: str | None


@router.get("", operation_id="list_certificates")
async def listed(
    request: Request, response: Response, parts: TheParts, by: SignedIn, size: paging.Size = 30,
    after: paging.After = None,
) -> Certificates:  # fmt: skip
    """Those of the caller's units."""
    before = paging.keys_of(after, int)[0] if after else None
    async with parts.database.reading() as session:
        rows, last = await certifying.certificates(session, before=before, size=size, by=by)
    rest = paging.cursor(last) if last is not None else None
    return Certificates(items=[CertificateOut.of(one) for one in rows], next=paging.link_next(request, response, rest))


@router.post("", operation_id="issue_certificate", status_code=201, responses=may_refuse(404, 409, 413, 415))
async def issue(body: CertifyBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> CertificateOut:
    """For what the ledger says of those days; never for oneself. Of the same person and days one is valid at a time:
    409 `certificate_there` unless `replaces` names the former, which is void from then on and names its successor."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        said = dict(body)
        made = await certifying.issue(session, said.pop("person"), **said, by=by, at=at)
        found = await certifying.visible_certificate(session, made.no, by=by)
        return 201, CertificateOut.of(found).model_dump(mode="json")

    return CertificateOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/{no}", operation_id="get_certificate", responses=may_refuse(404))
async def show(no: No, parts: TheParts, by: SignedIn) -> CertificateOut:
    """One's own, or of somebody in one's units."""
    async with parts.database.reading() as session:
        return CertificateOut.of(await certifying.visible_certificate(session, no, by=by))


@router.get(
    "/{no}/pdf", operation_id="print_certificate", responses={**may_refuse(404, 429), 200: {"content": {PDF: {}}}},
    response_class=Response,
)  # fmt: skip
async def as_pdf(no: No, parts: TheParts, by: SignedIn) -> Response:
    """To print and to seal."""
    await parts.limiter.hit(PAPERS, "too_many_papers", f"papers {by.id}")
    async with parts.database.reading() as session:
        found = (await certifying.visible_certificate(session, no, by=by)).certificate
    return download(await printed(parts, found), PDF, f"志愿服务证明-{found.no}.pdf", f"certificate-{found.no}.pdf")


@router.post("/{no}/revoke", operation_id="revoke_certificate", responses=may_refuse(404, 409, 413, 415))
async def revoke(no: No, body: ReasonBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> CertificateOut:
    """From now on whoever verifies it hears that it is void."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await certifying.revoke(session, no, body.why, by=by, at=at)
        await session.flush()
        found = await certifying.visible_certificate(session, no, by=by)
        return 200, CertificateOut.of(found).model_dump(mode="json")

    return CertificateOut(**(await parts.work(once, key, by, at, work))[1])


@anybody.get("/{no}/genuine", operation_id="verify_certificate")
async def verify(
    request: Request, no: No, parts: TheParts, check: Annotated[str, Query(min_length=1, max_length=40)]
) -> Genuine:
    """By its number and the check code beside it; a wrong number and a wrong code look alike."""
    return await genuine(parts, address(request), no, check)
