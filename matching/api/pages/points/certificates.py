"""Certificates: issued by who leads or by the committee's office, printed by them and by who they are about."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import flash, forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.downloads import PDF, download
from matching.api.genuineness import printed
from matching.api.idempotency import once
from matching.api.limits import PAPERS
from matching.api.pages.points.frame import points_page
from matching.api.pages.points.mine import Before
from matching.api.pages.working import once_of
from matching.api.recognised import CertifyForm, ReasonForm
from matching.api.redirects import see
from matching.clock import SHANGHAI
from matching.errors import NotAllowed, NotSeen, Refused
from matching.people.actor import Actor
from matching.privacy.codes import new_token
from matching.recognition import certifying
from matching.recognition.policy import held, may
from matching.units.model import Unit
from matching.words import _

router = APIRouter(prefix="/certificates", include_in_schema=False)


@router.get("")
async def listed(request: Request, parts: TheParts, by: SignedIn, at: At, before: Before = None) -> Response:
    """Those of one's units, the newest first."""
    async with parts.database.reading() as session:
        rows, older = await certifying.certificates(session, before=before, by=by)
    return points_page(
        request, by, "points/certificates.html", tab="/certificates", now=at, rows=rows, older=older,
        first=before is None, may_issue=bool(held("certify", by)),
    )  # fmt: skip


@router.get("/new")
async def form(
    request: Request, parts: TheParts, by: SignedIn, at: At, person: Annotated[str, Query(max_length=40)] = "",
    replaces: Annotated[str, Query(max_length=40)] = "",
) -> Response:  # fmt: skip
    """The form, filled in as it usually is, or as the certificate that it is to replace."""
    today = at.astimezone(SHANGHAI).date()
    usual = {"person": person, "first_on": str(date(today.year, 1, 1)), "last_on": str(today), "handler": by.name}
    async with parts.database.reading() as session:
        root = await session.get_one(Unit, by.root_id)
        usual |= {"phone": root.desk_phone}
        if replaces:
            former, whose, _unit = await certifying.visible_certificate(session, replaces, by=by)
            usual |= {"person": whose.member_no, "first_on": str(former.first_on), "last_on": str(former.last_on)}
            usual |= {name: former.content[name] for name in ("in_charge", "phone", "notes")} | {"replaces": former.no}
    return _form(request, by, 200, usual, {})


@router.post("/new")
async def issue(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Issue it once."""
    checked, form, errors = await forms.read(request, CertifyForm)
    if checked is None:
        return _form(request, by, 422, form, errors)

    async def once_issued(session: AsyncSession) -> dict[str, Any]:
        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            said = dict(checked)
            return 303, {"no": (await certifying.issue(session, said.pop("person"), **said, by=by, at=at)).no}

        return (await once(session, once_of(request.url.path, form), by, at, work))[1]

    try:
        issued = await parts.work(once_issued)
    except NotSeen:
        return _form(request, by, 422, form, forms.said(request, {"person": Refused("unknown_person")}))
    except Refused as refused:
        former = str(refused.params.get("no", "")) if refused.field == "replaces" else ""
        return _form(request, by, refused.status, form, forms.shown(request, refused), former)
    answer = see(f"/certificates/{issued['no']}")
    flash.leave(answer, parts.settings, flash.Said(_("证明已开具，可以下载打印、盖章。本人也能在“我的积分”里下载。")))
    return answer


@router.get("/{no}")
async def show(request: Request, no: str, parts: TheParts, by: SignedIn, at: At) -> Response:
    """One certificate, as it was issued."""
    return await _page(request, parts, by, at, no)


@router.get("/{no}/pdf")
async def as_pdf(no: str, parts: TheParts, by: SignedIn) -> Response:
    """To print and to seal."""
    await parts.limiter.hit(PAPERS, "too_many_papers", f"papers {by.id}")
    async with parts.database.reading() as session:
        found = await certifying.visible_certificate(session, no, by=by)
    made = await printed(parts, found.certificate)
    return download(made, PDF, f"志愿服务证明-{found.certificate.no}.pdf", f"certificate-{found.certificate.no}.pdf")


@router.post("/{no}/revoke")
async def revoke(request: Request, no: str, parts: TheParts, by: SignedIn, at: At) -> Response:
    """From now on its page says that it is void."""
    checked, form, errors = await forms.read(request, ReasonForm)
    status = 422
    if checked is not None:
        errors, status = await forms.attempt(request, parts.work(certifying.revoke, no, checked.why, by=by, at=at))
    if checked is None or errors:
        return await _page(request, parts, by, at, no, status, form, errors)
    answer = see(f"/certificates/{no}")
    flash.leave(answer, parts.settings, flash.Said(_("已作废。扫码核对的人会看到它已经作废。")))
    return answer


def _form(
    request: Request, by: Actor, status: int, form: forms.Form, errors: forms.Errors, former: str = ""
) -> Response:
    """`former`: the number of the one that may be replaced; else the one that the form names."""
    if not held("certify", by):
        raise NotAllowed
    return points_page(
        request, by, "points/certify.html", status, tab="/certificates", form=form, errors=errors,
        former=former or form.get("replaces", ""), once=form.get("once") or new_token(16),
    )  # fmt: skip


async def _page(
    request: Request, parts: Parts, by: Actor, at: At, no: str, status: int = 200, form: forms.Form | None = None,
    errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        found = await certifying.visible_certificate(session, no, by=by)
    return points_page(
        request, by, "points/certificate.html", status, tab="/certificates", now=at, found=found, form=form or {},
        errors=errors or {}, may_revoke=may("certify", by, found.unit.path),
    )  # fmt: skip
