"""The catalogue of services."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from matching.api import forms
from matching.api.deps import At, Parts, TheParts
from matching.api.pages.admin.office import Administrator, Line, done, office_page
from matching.clock import Limit
from matching.errors import NotAllowed
from matching.people.actor import Actor
from matching.people.policy import may_administer
from matching.services import actions
from matching.services.model import TIER_PACE, TIERS, Audience, Tier
from matching.services.queries import whole_catalogue
from matching.units.model import Unit
from matching.words import _

AUDIENCES = {Audience.patient: _("群众"), Audience.partner: _("共建单位"), Audience.both: _("群众和共建单位")}
DAY = 24 * 60  # minutes
router = APIRouter(prefix="/admin/services", include_in_schema=False)


def _limit(typed: str) -> str:
    try:
        return str(Limit.parse(typed))
    except ValueError:
        raise ValueError("bad_limit") from None


Span = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10), AfterValidator(_limit)]


class ServiceForm(BaseModel):
    """The fields that change the most."""

    name: Line
    name_en: Line = ""
    group: Annotated[Line, Field(max_length=40)]
    audience: Audience
    tier: Tier
    slots: Annotated[int, Field(ge=1, le=99)]
    dispatch_limit: Span
    claim_limit: Span
    handle_limit: Span
    needs_phone: bool = False
    item_cap_yuan: Annotated[int, Field(ge=1, le=500)] | None = None  # docs/domain.md §5
    minutes: Annotated[int, Field(ge=1, le=DAY)] | None = None  # none: as the tier
    spacing: Annotated[int, Field(ge=1, le=DAY)] | None = None


@router.get("")
async def services(request: Request, parts: TheParts, by: Administrator) -> Response:
    """The whole catalogue, for administrators of the whole hospital."""
    async with parts.database.reading() as session:
        if not may_administer(by, (await session.get_one(Unit, by.root_id)).path):
            raise NotAllowed
        found = await whole_catalogue(session, by.root_id)
    return office_page(request, by, "admin/services.html", services=found, tiers=TIERS, audiences=AUDIENCES)


@router.get("/{code}")
async def service(request: Request, parts: TheParts, by: Administrator, code: str) -> Response:
    """One service."""
    return await _page(request, parts, by, code)


@router.post("/{code}")
async def change(request: Request, parts: TheParts, at: At, by: Administrator, code: str) -> Response:
    """Save what is different."""
    checked, form, errors = await forms.read(request, ServiceForm)
    if checked is None:
        return await _page(request, parts, by, code, 422, form, errors)
    await parts.work(actions.change_service, code, checked.model_dump(mode="json"), by=by, at=at)
    return done(parts, "/admin/services", _("“{name}”已保存。正在办的工单时限不变。"), name=checked.name)


@router.post("/{code}/open")
async def open_service(parts: TheParts, at: At, by: Administrator, code: str) -> Response:
    """Offer it."""
    found = await parts.work(actions.set_service_open, code, True, by=by, at=at)
    return done(parts, "/admin/services", _("“{name}”已启用。"), name=found.name)


@router.post("/{code}/close")
async def close_service(parts: TheParts, at: At, by: Administrator, code: str) -> Response:
    """Offer it no longer."""
    found = await parts.work(actions.set_service_open, code, False, by=by, at=at)
    return done(parts, "/admin/services", _("“{name}”已停用，点单时不再出现；正在办的照常办理。"), name=found.name)


async def _page(
    request: Request, parts: Parts, by: Actor, code: str, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        found = await actions.managed_service(session, code, by=by)
    held = {name: value for name, value in found.model_dump().items() if value is not None}
    return office_page(
        request, by, "admin/service.html", status, service=found, tiers=TIERS, audiences=AUDIENCES,
        pace=TIER_PACE[Tier(found.tier)], form=form or held, errors=errors or {},
    )  # fmt: skip
