"""The forms of points, lists and certificates, checked alike for pages and for programs."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from matching.api.fields import Code, Minutes, OneLine, Readable, between

DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _digest(text: str) -> str:
    if text and not DIGEST.fullmatch(text):
        raise ValueError("photo_missing")
    return text


Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80), Readable, OneLine]
Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Readable]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), Readable]
Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Readable, OneLine]


class Form(BaseModel):
    """Unknown names are left aside, so that a page may send its own beside them."""

    model_config = ConfigDict(extra="ignore")


class DeclareForm(Form):
    """Service elsewhere; `photo` is the digest of a picture that was sent before."""

    title: Title
    organiser: Title
    on: date
    minutes: Minutes
    said: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), Readable] = ""
    photo: Annotated[str, AfterValidator(_digest)] = ""


class WhyForm(Form):
    """A reason; whether it must be there says the action."""

    why: Why = ""


class ReasonForm(Form):
    """A reason that must be there."""

    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Readable]


class TextForm(Form):
    """An objection, or its answer."""

    text: Said


class PublishForm(Form):
    """Whose points hang out, of which year, under which title."""

    unit: Code
    year: int
    title: Title


class RulesForm(Form):
    """What counts from a day on."""

    since: date
    points_an_hour: Annotated[float, Field(allow_inf_nan=False), *between(0.01, 10)]
    cap_minutes: Minutes


class CertifyForm(Form):
    """Whom a certificate is for, of which days, who answers for it, and the number of the one that it replaces."""

    person: Code
    first_on: date
    last_on: date
    in_charge: Named
    handler: Named
    phone: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Readable, OneLine]
    notes: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Readable] = ""
    replaces: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), Readable, OneLine] = ""
