"""Reports and ledgers to take away: asked for here, made by a job, fetched by a short-lived link."""

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from matching.api import export_links, forms
from matching.api.choosing import Among, partner_choice, partner_code
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.downloads import file_answer
from matching.api.pages.admin.office import done
from matching.api.pages.reports.frame import months, quarters, reports_page, today, years
from matching.api.redirects import see
from matching.errors import NotAllowed, NotSeen, Refused
from matching.people.actor import Actor
from matching.reports.exporting import (
    BUSY,
    KEPT,
    LAST_ID,
    UNMASK,
    Wish,
    ask,
    export_for_link,
    export_to_fetch,
    is_there,
    own_exports,
)  # fmt: skip
from matching.reports.ledgers.writing import LEDGERS
from matching.reports.making import Making
from matching.reports.model import EXPORT_STATES, Export, ExportState
from matching.reports.policy import may_take_away
from matching.reports.written.material import About
from matching.requests.queries import LEADING
from matching.units.model import Unit
from matching.units.queries import units_under
from matching.words import _

router = APIRouter(include_in_schema=False)
SHOWN = 20  # files on a page
ABOUTS = {About.hospital: _("全院报告"), About.branch: _("支部报告"), About.partner: _("共建报告")}
BOOKS = {
    "requests": _("需求台账"), "activities": _("活动台账"), "volunteers": _("志愿者台账"), "points": _("积分台账"),
}  # fmt: skip
NAMED: dict[str, str] = {**{str(about): words for about, words in ABOUTS.items()}, **BOOKS}
FORMS = {"docx": _("Word（可修改）"), "pdf": _("PDF（可打印）"), "xlsx": _("Excel（可计算）")}


class ExportForm(BaseModel):
    """One wish. Whom a report is about comes from the list beside its kind."""

    kind: str = Field(max_length=30)
    form: str = Field(default="xlsx", max_length=5)
    period: str = Field(max_length=24)
    unit: str = Field(default="", max_length=40)
    partner: str = Field(default="", max_length=120, description="Its code, or what was typed to find it")
    first: date | None = None
    last: date | None = None
    unmasked: bool = False
    reason: str = Field(default="", max_length=300)

    def wish(self) -> Wish:
        """As the room takes it."""
        code = self.partner if self.kind == About.partner else "" if self.kind == About.hospital else self.unit
        form = self.form if self.kind in set(About) else "xlsx"
        days = f"{self.first or self.last}..{self.last or self.first}" if self.first or self.last else ""
        return Wish(self.kind, form, days or self.period, code, masked=not self.unmasked, reason=self.reason)


@router.get("/reports/exports")
async def show(
    request: Request, parts: TheParts, by: SignedIn, at: At, kind: Annotated[str, Query(max_length=30)] = "",
    code: Annotated[str, Query(max_length=40)] = "", period: Annotated[str, Query(max_length=24)] = "",
    before: Annotated[int, Query(ge=1, le=LAST_ID)] = LAST_ID,
) -> Response:  # fmt: skip
    """What one may ask for, and what one asked for; other pages lead here with their own choice made."""
    chosen = {"kind": kind, "unit": code, "partner": code, "period": period}
    typed = {name: text for name, text in chosen.items() if text}
    return await _page(request, parts, by, at, form=typed, before=before)


@router.post("/reports/exports")
async def add(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Put it in the queue."""
    checked, form, errors = await _read(request, parts, by)
    status = 422
    if checked is not None:
        errors, status = await forms.attempt(request, parts.work(ask, checked.wish(), by=by, at=at))
    if "code" in errors:  # the room does not know from which list it came
        errors["partner" if form.get("kind") == About.partner else "unit"] = errors.pop("code")
    if "period" in errors and (form.get("first") or form.get("last")):  # the days won over the list
        errors["first"] = errors.pop("period")
    if errors:
        return await _page(request, parts, by, at, status, form, errors)
    return done(parts, "/reports/exports", _("已排队，做好后在下面下载。可以先去做别的事。"))


@router.post("/reports/exports/words")
async def to_words(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """To the page where the words of the chosen report are written."""
    checked, form, errors = await _read(request, parts, by)
    if checked is None or checked.kind not in set(About):
        wrong = errors or forms.said(request, {"kind": Refused("report_wanted")})
        return await _page(request, parts, by, at, 422, form, wrong)
    wish = checked.wish()
    return see(f"/reports/words?{urlencode({'kind': wish.kind, 'code': wish.code, 'period': wish.period})}")


@router.get("/reports/exports/{export_id}/file")
async def fetch(
    parts: TheParts, by: SignedIn, at: At, export_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> FileResponse:
    """One's own, signed in."""
    async with parts.database.reading() as session:
        return _file(parts, await export_to_fetch(session, export_id, by=by, at=at))


@router.get("/x/{token}")
async def fetch_by_link(token: Annotated[str, Path(max_length=200)], parts: TheParts, at: At) -> FileResponse:
    """By a link that is not old, in whatever browser."""
    async with parts.database.reading() as session:
        row = await export_for_link(session, export_links.export_id(token, parts.settings), at=at)
    return _file(parts, row)


async def _read(request: Request, parts: Parts, by: Actor) -> tuple[ExportForm | None, forms.Form, forms.Errors]:
    """The form with the code of the partner that was meant, where the report is about one."""
    checked, form, errors = await forms.read(request, ExportForm)
    if checked is not None and checked.kind == About.partner:
        try:
            async with parts.database.reading() as session:
                checked.partner = await partner_code(session, by, Among.readable, checked.partner)
        except Refused as refused:
            return None, form, forms.shown(request, refused)
    return checked, form, errors


def _file(parts: Parts, row: Export) -> FileResponse:
    path = Making(parts.settings.files, parts.sealer).path(row.id or 0)
    if not path.is_file():
        raise NotSeen("export_gone")
    return file_answer(path, row.format, row.file_name, f"{row.kind}-{row.id}.{row.format}")


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, status: int = 200, form: forms.Form | None = None,
    errors: forms.Errors | None = None, before: int = LAST_ID,
) -> Response:  # fmt: skip
    if not may_take_away(by):
        raise NotAllowed
    async with parts.database.reading() as session:
        rows = await own_exports(session, by=by, before=before, size=SHOWN + 1)
        units = await units_under(session, by.root_id, by.paths(*LEADING))
        partners = await partner_choice(session, by, Among.readable, str((form or {}).get("partner", "")))
    on, older = today(at), rows[SHOWN - 1].id if len(rows) > SHOWN else None
    return reports_page(
        request, by, "reports/exports.html", status, now=at, kept_hours=int(KEPT.total_seconds() // 3600),
        exports=[_shown(parts, row, units, at) for row in rows[:SHOWN]], older=older,
        first=before == LAST_ID, busy=any(row.state in BUSY for row in rows),
        abouts=_abouts(by, units), books={code: BOOKS[code] for code, one in LEDGERS.items() if by.holds(*one.roles)},
        formats=FORMS, periods=[*quarters(on), *months(on), *years(on)],
        units=[(unit.code, unit.name) for unit in units],
        partners=partners, may_unmask=by.holds(*UNMASK),
        form={"form": "docx", "period": quarters(on)[0]} | (form or {}), errors=errors or {},
    )  # fmt: skip


def _abouts(by: Actor, units: list[Unit]) -> dict[str, str]:
    whole = by.holds(*LEADING, path=f"/{by.root_id}/")
    return {about: words for about, words in ABOUTS.items() if whole or about is not About.hospital}


def _shown(parts: Parts, row: Export, units: list[Unit], at: datetime) -> dict[str, Any]:
    link = ""
    if is_there(row, at):
        link = export_links.path(row.id or 0, parts.settings) if row.masked else f"/reports/exports/{row.id}/file"
    return {
        "kind": NAMED[row.kind], "format": row.format, "code": row.params.get("code", ""),
        "period": row.params.get("period", ""), "state": row.state, "words": EXPORT_STATES[ExportState(row.state)],
        "done": row.done, "total": row.total, "name": row.file_name, "size": row.size, "asked_at": row.asked_at,
        "until": row.until, "trouble": row.trouble, "lacking": row.lacking, "link": link, "masked": row.masked,
    }  # fmt: skip
