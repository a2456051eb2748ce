"""How often each branch meets: what was held and what is missing in a quarter, and how many are asked for."""

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, create_model

from matching.activities.model import ACTIVITY_KINDS, RHYTHM, ActivityKind
from matching.activities.policy import may_at
from matching.activities.rhythm import Quarter, kept, rhythm_of, set_rhythm
from matching.api import forms, i18n
from matching.api.activity_forms import RhythmNumber
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.admin.office import done
from matching.api.pages.staff import staff_page
from matching.api.templates import language
from matching.clock import SHANGHAI
from matching.people.actor import Actor
from matching.units.model import Unit
from matching.words import _

router = APIRouter(prefix="/activities", include_in_schema=False)
SHOWN = 8  # quarters to choose from, this one first
WRITTEN = re.compile(r"(20\d\d)Q([1-4])", re.ASCII)
_FIELDS: dict[str, Any] = {str(kind): (RhythmNumber, ...) for kind in RHYTHM}
RhythmForm: type[BaseModel] = create_model("RhythmForm", __doc__="How many a quarter, by kind.", **_FIELDS)


@router.get("/rhythm")
async def rhythm(
    request: Request, parts: TheParts, by: SignedIn, at: At, quarter: Annotated[str, Query(max_length=6)] = ""
) -> Response:
    """What each branch held and owes in a quarter."""
    return await _page(request, parts, by, at, quarter)


@router.post("/rhythm")
async def turn(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """The committee sets how many meetings a quarter are asked for."""
    checked, form, errors = await forms.read(request, RhythmForm)
    status = 422
    if checked is not None:
        numbers = {ActivityKind(kind): number for kind, number in dict(checked).items()}
        errors, status = await forms.attempt(request, parts.work(set_rhythm, numbers, by=by, at=at))
    if errors:
        return await _page(request, parts, by, at, "", status, form, errors)
    return done(parts, "/activities/rhythm", _("已保存，从今天起按新的次数算。"))


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, asked: str, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    lang, today = language(request), at.astimezone(SHANGHAI).date()
    now = Quarter.of(today)
    written = WRITTEN.fullmatch(asked)
    quarter = Quarter(int(written[1]), int(written[2])) if written else now
    async with parts.database.reading() as session:
        branches = await kept(session, quarter, by=by)
        numbers = await rhythm_of(session, by.root_id, today)
        root = await session.get_one(Unit, by.root_id)
    back = [Quarter(*divmod(now.year * 4 + now.number - 1 - n, 4)) for n in range(SHOWN)]
    chosen = [Quarter(year, number + 1) for year, number in back]
    words = [
        i18n.translate(lang, _("{year} 年 {n} 季度"), {"year": one.year, "n": one.number}) for one in chosen
    ]  # fmt: skip
    return staff_page(
        request, by, "activities/rhythm.html", status, now=at, branches=branches, quarter=quarter, kinds=ACTIVITY_KINDS,
        quarters=[(f"{one.year}Q{one.number}", said) for one, said in zip(chosen, words, strict=True)],
        numbers=numbers, ended=quarter.bounds[1] <= at, may_set=may_at("set_rhythm", by, root.path),
        form=form or {}, errors=errors or {},
    )  # fmt: skip
