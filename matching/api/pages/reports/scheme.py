"""What branches are assessed by: the items of each dimension, their weights, their evidence, and the cut-offs."""

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from matching.api import forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.admin.office import done
from matching.api.pages.reports.frame import reports_page, today
from matching.errors import Refused
from matching.people.actor import Actor
from matching.privacy.readable import readable
from matching.reports.assessment import actions
from matching.reports.assessment.scheme import (
    CUTS,
    DIMENSIONS,
    EACH,
    EVIDENCE,
    GRADES,
    MOST_PROOFS,
    Grade,
    Item,
    Scheme,
)
from matching.reports.periods import Period
from matching.words import _

router = APIRouter(prefix="/reports/scheme", include_in_schema=False)
SPARE = 2  # blank rows below the items of a dimension


@router.get("")
async def show(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """As it stands for this quarter."""
    return await _page(request, parts, by, at)


@router.post("")
async def save(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """A new version."""
    sent = await request.form()
    form: dict[str, Any] = {name: text for name, text in sent.items() if isinstance(text, str) and name != "csrf"}
    try:
        items, cuts, since = _items(form), _cuts(form), date.fromisoformat(form.get("since", ""))
    except Refused as refused:
        return await _page(request, parts, by, at, 422, form, forms.shown(request, refused))
    except ValueError:
        errors = forms.said(request, {"since": Refused("bad_time")})
        return await _page(request, parts, by, at, 422, form, errors)
    errors, status = await forms.attempt(request, parts.work(actions.set_scheme, items, cuts, since, by=by, at=at))
    if errors:
        return await _page(request, parts, by, at, status, form, errors)
    return done(parts, "/reports/scheme", _("考核项目已保存；已经开始打分的考核表不变。"))


def _items(form: dict[str, Any]) -> list[Item]:
    """The rows that say something. Raises Refused by field."""
    made: list[Item] = []
    taken = {text for name, text in form.items() if name.startswith("code-")}
    for dimension in DIMENSIONS:
        for row in range(len(form)):
            place = f"{dimension}-{row}"
            if f"words-{place}" not in form:
                break
            words, points = form[f"words-{place}"].strip(), form.get(f"points-{place}", "").strip()
            if not words and not points:
                continue
            code = form.get(f"code-{place}") or next(f"item{n}" for n in range(1, 999) if f"item{n}" not in taken)
            taken.add(code)
            chosen = (form.get(f"proof-{place}-{n}", "") for n in range(MOST_PROOFS))
            proof = tuple(dict.fromkeys(one for one in chosen if one in EVIDENCE))
            try:
                made.append(Item(code, str(dimension), readable(words), _whole(points), proof))
            except ValueError as refused:
                raise Refused(str(refused), field="items") from refused
    return made


def _cuts(form: dict[str, Any]) -> dict[str, int]:
    return {grade: _whole(str(form.get(grade, "")).strip(), grade) for grade in CUTS}


def _whole(written: str, field: str = "items") -> int:
    if not written.isdecimal() or len(written) > 3:
        raise Refused("item_incomplete" if field == "items" else "not_a_number", field=field)
    return int(written)


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, status: int = 200, form: forms.Form | None = None,
    errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        scheme = await actions.managed_scheme(session, Period.year_of(today(at)).code, by=by)
    form = _typed(scheme, today(at)) if form is None else form
    rows = {
        dimension: [row for row in range(len(form)) if f"words-{dimension}-{row}" in form] for dimension in DIMENSIONS
    }
    return reports_page(
        request, by, "reports/scheme.html", status, now=at, form=form, errors=errors or {}, rows=rows,
        dimensions=DIMENSIONS, grades={grade: GRADES[Grade(grade)] for grade in CUTS}, evidence=EVIDENCE, each=EACH,
        proofs=MOST_PROOFS, version=scheme.version,
    )  # fmt: skip


def _typed(scheme: Scheme, on: date) -> dict[str, str]:
    form = {str(grade): str(scheme.cuts[grade]) for grade in CUTS} | {"since": str(on)}
    for dimension in DIMENSIONS:
        items = [*scheme.of(dimension), *[Item("", dimension, "", 0)] * SPARE]
        for row, item in enumerate(items):
            place = f"{dimension}-{row}"
            form |= {f"code-{place}": item.code, f"words-{place}": item.words}
            form[f"points-{place}"] = str(item.points or "")
            form |= {f"proof-{place}-{n}": code for n, code in enumerate(item.evidence)}
    return form
