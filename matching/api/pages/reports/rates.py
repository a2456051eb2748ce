"""What each of the three rates counts in the composite."""

from datetime import date, datetime
from fractions import Fraction

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from matching.api import forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.admin.office import done
from matching.api.pages.reports.frame import reports_page, today
from matching.people.actor import Actor
from matching.reports.weighing import weigh, weights_set
from matching.reports.weights import Weights, in_force
from matching.words import _

router = APIRouter(prefix="/reports/rates", include_in_schema=False)


class RatesForm(BaseModel):
    """Per cent, and the day from which they hold."""

    response: float = Field(ge=0, le=100, allow_inf_nan=False)
    resolution: float = Field(ge=0, le=100, allow_inf_nan=False)
    satisfaction: float = Field(ge=0, le=100, allow_inf_nan=False)
    since: date


@router.get("")
async def show(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """As they stand, and all that were ever set."""
    return await _page(request, parts, by, at)


@router.post("")
async def save(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """From a day on."""
    checked, form, errors = await forms.read(request, RatesForm)
    status = 422
    if checked is not None:
        typed = (checked.response, checked.resolution, checked.satisfaction)
        response, resolution, satisfaction = (Fraction(str(share)) / 100 for share in typed)
        weights = Weights(response, resolution, satisfaction)
        errors, status = await forms.attempt(request, parts.work(weigh, weights, checked.since, by=by, at=at))
    if errors:
        return await _page(request, parts, by, at, status, form, errors)
    return done(parts, "/reports/rates", _("权重已保存；期末在生效日以前的报表不变。"))


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, status: int = 200, form: forms.Form | None = None,
    errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        rows = await weights_set(session, by=by)
    now = in_force(rows, today(at))
    shares = {"response": now.response, "resolution": now.resolution, "satisfaction": now.satisfaction}
    typed = {name: f"{float(share * 100):g}" for name, share in shares.items()} | {"since": str(today(at))}
    return reports_page(
        request, by, "reports/rates.html", status, now=at, rows=rows, weights=now,
        form=typed if form is None else form, errors=errors or {},
    )  # fmt: skip
