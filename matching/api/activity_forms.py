"""The forms of activities, checked alike for pages and for programs."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, StringConstraints

from matching.activities.actions import Plan
from matching.activities.closing import LONGEST, Counts
from matching.activities.model import ActivityKind
from matching.activities.rhythm import MOST
from matching.api.fields import Code, OneLine, Readable, between, blank_is_none
from matching.errors import Refused
from matching.privacy import guard

MOST_PEOPLE = 1000  # on a list: a hospital's members' meeting
MINUTES = "minutes-"
MOST_COUNTED = 100_000  # people served, copies given away


def _harmless(text: str) -> str:
    """These words stand in ledgers and reports: no phone and no number of a person."""
    return guard.masked(text)[:1000]


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), Readable, OneLine]
Place = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), Readable, OneLine]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), Readable, AfterValidator(_harmless)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Readable]
MayCode = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), Readable]
Count = Annotated[Annotated[int, *between(0, MOST_COUNTED)] | None, BeforeValidator(blank_is_none)]
Minutes = Annotated[int, *between(0, LONGEST)]
RhythmNumber = Annotated[int, *between(0, MOST)]


class PlanForm(BaseModel):
    """What is arranged: units, services and partners by their codes, people by their numbers."""

    kind: ActivityKind
    title: Line
    unit: Code
    place: Place
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    lead: MayCode = Field(default="", description="Member number of who answers for it; empty: the caller")
    service: MayCode = ""
    partner: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120), Readable] = ""
    project: Annotated[int | None, BeforeValidator(blank_is_none)] = Field(default=None, ge=1, le=2**63 - 1)
    request: MayCode = Field(default="", description="Number of the request that it comes from")
    note: Words = ""

    def plan(self) -> Plan:
        """For the action."""
        return Plan(**{name: getattr(self, name) for name in Plan.__dataclass_fields__})


class PeopleForm(BaseModel):
    """Who is put on the list."""

    people: Annotated[list[MayCode], Field(max_length=MOST_PEOPLE)] = []
    everybody: bool = Field(default=False, description="Everybody of the unit")


class NewPlanForm(PeopleForm, PlanForm):
    """The page's: what is arranged and who is on the list, sent at once."""


class CountsForm(BaseModel):
    """What it came to."""

    person_times: Count = Field(default=None, description="服务人次: how many people were served, or came")
    materials: Count = Field(default=None, description="发放资料: copies given away")
    partner_volunteers: Annotated[Annotated[int, *between(0, 9999)], BeforeValidator(lambda typed: typed or 0)] = 0
    effect: Words = ""
    note: Words = ""

    def counts(self) -> Counts:
        """For the action."""
        return Counts(**{name: getattr(self, name) for name in Counts.__dataclass_fields__})


class WhyForm(BaseModel):
    """A verb that needs words."""

    why: Why


class CloseForm(CountsForm):
    """The counts, as the page sends them beside the minutes."""

    version: Annotated[int | None, BeforeValidator(blank_is_none)] = None


class CorrectForm(CloseForm):
    """... and why they are others now."""

    reason: Why


class CaptionForm(BaseModel):
    """What a photo shows."""

    caption: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), Readable] = ""


def minutes_typed(form: Mapping[str, Any]) -> tuple[dict[str, int], dict[str, Refused]]:
    """The fields 'minutes-M0001' of a page, by member number, and what is wrong, by field. Blank: as proposed."""
    minutes: dict[str, int] = {}
    wrong: dict[str, Refused] = {}
    for name, typed in form.items():
        _before, mark, number = name.partition(MINUTES)
        if not mark or _before or not str(typed).strip():
            continue
        text = str(typed).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            wrong[name] = Refused("not_a_number", field=name)
        elif int(text) > LONGEST:
            wrong[name] = Refused("out_of_range", field=name, min=0, max=LONGEST)
        else:
            minutes[number] = int(text)
    return minutes, wrong
