"""The sheet of an assessment as a form: points and a reason for each item, named by the item's code."""

import math
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from matching.api import forms
from matching.api.fields import Reason
from matching.errors import Refused
from matching.privacy.readable import readable
from matching.reports.assessment.queries import Sheet
from matching.reports.assessment.scheme import Scheme

Scores = dict[str, tuple[float, str]]


class ReopenForm(BaseModel):
    """Why a signed sheet is opened again."""

    why: Reason = ""


def typed(sheet: Sheet) -> dict[str, str]:
    """The form as it stands for a sheet; an item nobody has scored is blank."""
    form = {}
    for code, score in sheet.scores.items():
        form[f"points-{code}"], form[f"reason-{code}"] = f"{score.tenths / 10:g}", score.reason
    return form


def given(request: Request, scheme: Scheme, form: dict[str, Any]) -> tuple[Scores, forms.Errors]:
    """The points that were typed, and what is wrong with them; an item whose points are blank is not given."""
    scores: Scores = {}
    wrong: dict[str, Refused] = {}
    for item in scheme.items:
        points, reason = (str(form.get(f"{name}-{item.code}", "")).strip() for name in ("points", "reason"))
        try:
            reason = readable(reason)
        except ValueError as refused:
            wrong[f"reason-{item.code}"] = Refused(str(refused))
        if not points:
            continue
        number = _number(points)
        if number is None:
            wrong[f"points-{item.code}"] = Refused("not_a_number")
        else:
            scores[item.code] = (number, reason)
    return scores, forms.said(request, wrong)


def _number(written: str) -> float | None:
    try:
        number = float(written)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
