"""五化 assessment: all branches of a quarter or a year, and the sheet on which one of them is scored."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import forms
from matching.api.assessed import ReopenForm, given, typed
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.downloads import TYPES, download
from matching.api.limits import PAPERS
from matching.api.pages.admin.office import done
from matching.api.pages.reports.frame import last_quarter, quarters, reports_page, today, years
from matching.errors import NotSeen
from matching.people.actor import Actor
from matching.reports.assessment import actions, queries
from matching.reports.assessment.evidence import proof_of
from matching.reports.assessment.scheme import DIMENSIONS, EACH, GRADES
from matching.reports.assessment.written import document
from matching.reports.definitions import OF_ACTIVITIES
from matching.reports.written.making import FORMATS
from matching.units.model import Unit
from matching.words import _

router = APIRouter(prefix="/reports/assessment", include_in_schema=False)
file_router = APIRouter(include_in_schema=False)  # beside it: the name of a file is not a branch's code
Written = Annotated[str, Query(max_length=10)]


@router.get("")
async def overview(request: Request, parts: TheParts, at: At, by: SignedIn, period: Written = "") -> Response:
    """All branches that one may see, with the sum of each dimension."""
    chosen = period or last_quarter(today(at))
    async with parts.database.reading() as session:
        sheets = await queries.sheets(session, chosen, by=by)
        scoring = await queries.may_change(session, by)
    return reports_page(
        request, by, "reports/assessment.html", now=at, sheets=sheets, period=chosen, periods=_periods(at, chosen),
        dimensions=DIMENSIONS, grades=GRADES, each=EACH, scoring=scoring,
    )  # fmt: skip


@file_router.get("/reports/assessment.{form}")
async def fetch(
    parts: TheParts, at: At, by: SignedIn, form: str, period: Written, unit: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """The sheets as Word, Excel or PDF: of all branches that one may see, or of one."""
    if form not in FORMATS:
        raise NotSeen
    await parts.limiter.hit(PAPERS, "too_many_papers", f"papers {by.id}")
    async with parts.database.reading() as session:
        if unit:
            sheets = [await queries.sheet(session, unit, period, by=by)]
        else:
            sheets = await queries.sheets(session, period, by=by)
        root = await session.get_one(Unit, by.root_id)
    if not sheets:
        raise NotSeen
    made = document(sheets, period, root.house, today(at))
    content = await asyncio.to_thread(lambda: FORMATS[form](made, at=at))
    plain = f"assessment-{period}{unit and '-'}{sheets[0].unit.id if unit else ''}.{form}"
    return download(content, TYPES[form], f"{made.title}（{made.subtitle}）.{form}", plain)


@router.get("/{unit}")
async def show(request: Request, parts: TheParts, at: At, by: SignedIn, unit: str, period: Written = "") -> Response:
    """One branch's sheet."""
    return await _sheet(request, parts, by, unit, period or last_quarter(today(at)), at=at)


@router.post("/{unit}")
async def score(request: Request, parts: TheParts, at: At, by: SignedIn, unit: str) -> Response:
    """Keep the points; with the button that says so, sign them as well."""
    sent = await request.form()
    form: dict[str, Any] = {name: text for name, text in sent.items() if isinstance(text, str) and name != "csrf"}
    period, sign = str(form.get("period", "")), form.get("act") == "sign"
    async with parts.database.reading() as session:
        scheme = (await queries.sheet(session, unit, period, by=by)).scheme
    scores, errors = given(request, scheme, form)

    async def work(session: AsyncSession) -> None:
        await actions.score(session, unit, period, scores, by=by, at=at)
        if sign:
            await actions.sign(session, unit, period, by=by, at=at)

    status = 422
    if not errors:
        errors, status = await forms.attempt(request, parts.work(work))
    if errors:
        return await _sheet(request, parts, by, unit, period, status, form, errors, at=at)
    said = _("考核表已签字，支部现在能看到得分。") if sign else _("打分已保存，签字以前支部看不到。")
    return done(parts, f"/reports/assessment/{unit}?period={period}", said)


@router.post("/{unit}/open")
async def open_again(request: Request, parts: TheParts, at: At, by: SignedIn, unit: str) -> Response:
    """Make a signed sheet a draft again."""
    checked, form, errors = await forms.read(request, ReopenForm)
    period, status = str(form.get("period", "")), 422
    if checked is not None:
        errors, status = await forms.attempt(
            request, parts.work(actions.open_again, unit, period, checked.why, by=by, at=at)
        )
    if errors:
        return await _sheet(request, parts, by, unit, period, status, form, errors, at=at)
    return done(parts, f"/reports/assessment/{unit}?period={period}", _("考核表已重新打开，原因记进了审计日志。"))


async def _sheet(
    request: Request, parts: Parts, by: Actor, unit: str, period: str, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None, *, at: Any,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        sheet = await queries.sheet(session, unit, period, by=by)
        kept = sheet.row.proof if sheet.row else None
        proof = await proof_of(session, sheet.unit, queries.period_of(period), by=by, kept=kept)
        scoring = await queries.may_change(session, by)
    return reports_page(
        request, by, "reports/sheet.html", status, now=at, sheet=sheet, proof=proof, scoring=scoring, period=period,
        periods=_periods(at, period), dimensions=DIMENSIONS, grades=GRADES, each=EACH,
        of_activities=OF_ACTIVITIES, form=typed(sheet) if form is None else form, errors=errors or {},
    )  # fmt: skip


def _periods(at: Any, chosen: str) -> list[str]:
    offered = [*quarters(today(at)), *years(today(at))]
    return offered if chosen in offered else [chosen, *offered]
