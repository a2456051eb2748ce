"""What people write into the chapters of a report, beside what the figures say by themselves."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from matching.api import forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.admin.office import done
from matching.api.pages.reports.frame import last_quarter, reports_page, today
from matching.people.actor import Actor
from matching.reports.periods import Period
from matching.reports.written.material import CHAPTERS, WRITTEN, About
from matching.reports.written.words import MOST, about_of, words_of, writable, write_words
from matching.words import _

router = APIRouter(prefix="/reports/words", include_in_schema=False)
HINTS = {
    "basics": _("写在协议和人数之前：这家单位、这个支部是做什么的。"),
    "practice": _("做了什么、怎么做的。清单和服务的数字会自动跟在后面。"),
    "cases": _("可补充背景。不写群众的姓名、电话和病情；案例本身用核定过的公开文字。"),
    "problems": _("数据看不出来的问题。超时、差评会自动列出。"),
    "plans": _("下一步做什么、谁来做、什么时候。到期的协议和没对接的需求会自动列出。"),
}


class WordsForm(BaseModel):
    """All chapters at once; an empty one takes its words away."""

    kind: About
    code: str = Field(default="", max_length=40)
    period: str = Field(max_length=24)
    basics: str = ""
    practice: str = ""
    cases: str = ""
    problems: str = ""
    plans: str = ""


@router.get("")
async def show(
    request: Request, parts: TheParts, by: SignedIn, at: At, kind: About = About.hospital,
    code: Annotated[str, Query(max_length=40)] = "", period: Annotated[str, Query(max_length=24)] = "",
) -> Response:  # fmt: skip
    """As they stand for that report and period; without a period the last quarter that is over."""
    wanted = Period.parse(period or last_quarter(today(at))).code
    async with parts.database.reading() as session:
        await writable(session, kind, code, by=by)
        known = await words_of(session, by.root_id, about_of(kind, code), wanted)
    form = {chapter: row.text for chapter, row in known.items()} | {"kind": kind, "code": code, "period": wanted}
    return await _page(request, parts, by, at, form)


@router.post("")
async def save(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Keep what changed."""
    checked, form, errors = await forms.read(request, WordsForm)
    if checked is None:
        return await _page(request, parts, by, at, form, 422, errors)
    texts = {str(chapter): getattr(checked, chapter) for chapter in WRITTEN}
    deed = parts.work(write_words, checked.kind, checked.code, checked.period, texts, by=by, at=at)
    errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, by, at, form, status, errors)
    way = f"/reports/exports?kind={checked.kind}&code={checked.code}&period={checked.period}"
    return done(parts, way, _("文字已保存。现在可以生成报告了。"))


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, form: forms.Form, status: int = 200,
    errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    kind = About(form["kind"]) if form.get("kind") in set(About) else About.hospital
    async with parts.database.reading() as session:
        name = await writable(session, kind, str(form.get("code", "")), by=by)
    return reports_page(
        request, by, "reports/words.html", status, now=at, name=name, most=MOST, form=form, errors=errors or {},
        chapters=[(str(chapter), CHAPTERS[chapter], HINTS[chapter]) for chapter in WRITTEN],
    )  # fmt: skip
