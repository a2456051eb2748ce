"""What a report is made of, gathered before a word of it is written. No table, no session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from matching.reports.figures import Point, Row, Standing
from matching.reports.periods import Period, Step
from matching.reports.values import Figures


class About(StrEnum):
    """Of whom a report is."""

    hospital = "hospital"
    branch = "branch"  # or a general branch: a unit and all below it
    partner = "partner"


class Chapter(StrEnum):
    """The chapters in their order (docs/domain.md §8)."""

    basics = "basics"
    practice = "practice"
    data = "data"
    units = "units"
    cases = "cases"
    problems = "problems"
    plans = "plans"
    tables = "tables"


CHAPTERS = {
    Chapter.basics: "基本情况",
    Chapter.practice: "主要做法",
    Chapter.data: "工作数据",
    Chapter.units: "分单位情况",
    Chapter.cases: "典型案例",
    Chapter.problems: "存在问题",
    Chapter.plans: "下一步打算",
    Chapter.tables: "附表",
}
WRITTEN = (Chapter.basics, Chapter.practice, Chapter.cases, Chapter.problems, Chapter.plans)
"""Those that people add words of their own to."""


@dataclass(frozen=True)
class Agreed:
    """An agreement, and whether it still runs on the report's day."""

    no: str
    first_on: date
    last_on: date
    running: bool


@dataclass(frozen=True)
class Case:
    """A typical case, in reviewed wording only."""

    number: str
    service: str
    wording: str
    unit: str
    days: int  # from filing to the result, the first day counted
    level: str


@dataclass(frozen=True)
class Need:
    """An entry of the needs list with what it led to: resources, projects, numbers of requests."""

    title: str
    ours: bool
    state: str
    resources: Sequence[str]
    projects: Sequence[str]
    requests: int


@dataclass(frozen=True)
class Given:
    """An entry of the resources list."""

    title: str
    ours: bool
    state: str
    used_for: Sequence[str]


@dataclass(frozen=True)
class Partnership:
    """A partner as reports speak of it: what we did for it is in `figures`, what it gave in `given`, `volunteers`."""

    code: str
    name: str
    kind: str
    branch: str
    figures: Figures
    address: str = ""
    agreements: Sequence[Agreed] = ()
    needs: Sequence[Need] = ()
    given: Sequence[Given] = ()
    pairs: int = 0  # members and people there who are paired
    liaisons: int = 0
    volunteers: int = 0  # of its own who helped in activities of the period


@dataclass(frozen=True)
class Asked:
    """A line of the table of requests."""

    number: str
    filed_on: date
    service: str
    place: str
    unit: str
    state: str
    completed_on: date | None
    result: str
    level: str


@dataclass(frozen=True)
class Held:
    """A line of the table of activities."""

    on: date
    title: str
    kind: str
    partner: str
    place: str
    unit: str
    people: int
    person_times: int | None
    materials: int | None
    minutes: int


@dataclass(frozen=True)
class Material:
    """All of it. `asked` and `held` may be cut short: `asked_all` and `held_all` say how many there are."""

    about: About
    code: str
    name: str
    issuer: str
    on: date
    period: Period
    figures: Figures
    before: Figures
    step: Step
    points: Sequence[Point]
    branches: Sequence[Row] = ()
    services: Sequence[Row] = ()
    league: Sequence[Standing] = ()
    partners: Sequence[Partnership] = ()
    cases: Sequence[Case] = ()
    asked: Sequence[Asked] = ()
    asked_all: int = 0
    held: Sequence[Held] = ()
    held_all: int = 0
    words: Mapping[str, str] = field(default_factory=dict)
    members: int = 0
