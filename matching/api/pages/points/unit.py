"""Everybody's points of one's units; the rules of points."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matching.api import flash, forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.admin.office import with_depth
from matching.api.pages.points.frame import points_page
from matching.api.pages.points.mine import Year
from matching.api.paging import LARGEST_ID, part_of
from matching.api.recognised import RulesForm
from matching.api.redirects import see
from matching.clock import SHANGHAI
from matching.people.actor import Actor
from matching.recognition.ledger import people, this_year
from matching.recognition.points import in_force
from matching.recognition.policy import refuse_outsiders
from matching.recognition.rules import may_set_rules, set_rules, versions
from matching.words import _

router = APIRouter(prefix="/points", include_in_schema=False)
SHOWN = 100  # people on a page


@router.get("/unit")
async def unit(
    request: Request, parts: TheParts, by: SignedIn, at: At, unit: Annotated[str, Query(max_length=40)] = "",
    year: Year = None, place: Annotated[int, Query(ge=0, le=LARGEST_ID, alias="at")] = 0,
) -> Response:  # fmt: skip
    """All of one's units, or one of them with those below it."""
    chosen = year or this_year(at)
    async with parts.database.reading() as session:
        units, rows = await people(session, unit, chosen, by=by)
    names = [(one.code, f"{'　' * depth}{one.name}") for one, depth in with_depth(units)]
    return points_page(
        request, by, "points/unit.html", tab="/points/unit", now=at, rows=rows, units=names,
        pager=part_of(rows, lambda one: one.person.id or 0, place, SHOWN), unit=unit, year=chosen,
        years=range(this_year(at), this_year(at) - 3, -1),
    )  # fmt: skip


@router.get("/rules")
async def rules(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """What counts now, what will count, and the form for who may change it."""
    return await _rules(request, parts, by, at)


@router.post("/rules")
async def change_rules(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """A new version, from a day to come."""
    checked, form, errors = await forms.read(request, RulesForm)
    status = 422
    if checked is not None:
        amount = round(checked.points_an_hour * 100)
        deed = parts.work(set_rules, checked.since, amount, checked.cap_minutes, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if checked is None or errors:
        return await _rules(request, parts, by, at, status, form, errors)
    answer = see("/points/rules")
    flash.leave(answer, parts.settings, flash.Said(_("已保存，从生效那天做的服务起按新规则计分。")))
    return answer


async def _rules(
    request: Request, parts: Parts, by: Actor, at: At, status: int = 200, form: forms.Form | None = None,
    errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    refuse_outsiders(by)
    today = at.astimezone(SHANGHAI).date()
    async with parts.database.reading() as session:
        known = await versions(session, by.root_id)
    return points_page(
        request, by, "points/rules.html", status, tab="/points/rules", now=at, known=known, today=today,
        current=in_force(known, today), may_set=may_set_rules(by), form=form or {}, errors=errors or {},
    )  # fmt: skip
