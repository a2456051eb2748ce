"""The working calendar: what was published for a year, and what the hospital made different."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, StringConstraints

from matching.api import forms
from matching.api.deps import At, Parts, TheParts
from matching.api.fields import Readable
from matching.api.pages.admin.office import Administrator, done, office_page
from matching.api.working_year import known, working_year
from matching.clock import SHANGHAI
from matching.errors import NotSeen
from matching.people.actor import Actor
from matching.people.working_days import amend_days, refuse_unless_calendar_is_theirs, restore_day
from matching.words import _

router = APIRouter(prefix="/admin/calendar", include_in_schema=False)
WORKS = {"1": _("上班"), "0": _("休息")}


class DaysForm(BaseModel):
    """A day, or all from one to another."""

    day: date
    until: date | None = None
    works: bool
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), Readable] = ""


@router.get("")
async def show(
    request: Request, parts: TheParts, at: At, by: Administrator, year: Annotated[int | None, Query()] = None
) -> Response:
    """A year, this one unless asked for another."""
    return await _page(request, parts, by, at, year or at.astimezone(SHANGHAI).year)


@router.post("")
async def amend(request: Request, parts: TheParts, at: At, by: Administrator) -> Response:
    """Make days worked or free."""
    checked, form, errors = await forms.read(request, DaysForm)
    status = 422
    if checked is not None:
        errors, status = await forms.attempt(
            request, parts.work(amend_days, checked.day, checked.works, checked.note, checked.until, by=by, at=at)
        )
    if checked is None or errors:
        year = checked.day.year if checked is not None else at.astimezone(SHANGHAI).year
        return await _page(request, parts, by, at, year, status, form, errors)
    return done(
        parts, f"/admin/calendar?year={checked.day.year}", _("已保存。正在办的工单，时限会在几分钟内按新日历重算。")
    )


@router.post("/{day}/restore")
async def restore(parts: TheParts, at: At, by: Administrator, day: Annotated[date, Path()]) -> Response:
    """As published again."""
    await parts.work(restore_day, day, by=by, at=at)
    return done(parts, f"/admin/calendar?year={day.year}", _("已恢复成公布的安排。时限会在几分钟内重算。"))


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, year: int, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    if not known(year):
        raise NotSeen
    async with parts.database.reading() as session:
        await refuse_unless_calendar_is_theirs(session, by)
        found = await working_year(session, by.root_id, year, at)
    return office_page(
        request, by, "admin/calendar.html", status, one=found, works=WORKS, form=form or {}, errors=errors or {},
    )  # fmt: skip
