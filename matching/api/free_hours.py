"""Weekly free hours in forms and in words: two spans a day, Monday's for all workdays, the week that comes of it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, create_model
from pydantic_core import PydanticCustomError

from matching.api import forms, i18n
from matching.api.clocks import OfDay, clock
from matching.api.fields import blank_is_none
from matching.api.templates import language
from matching.api.times import WEEKDAYS, spoken_day
from matching.asks.availability import Own
from matching.asks.model import Leave
from matching.asks.weekly import MIDNIGHT, MOST_A_DAY, Free, WrongHours, checked
from matching.clock import SHANGHAI, Calendar
from matching.engine.availability import PATTERNS, UNKNOWN, free_spans
from matching.engine.model import Span
from matching.errors import Refused
from matching.words import _

DAYS = dict(enumerate(WEEKDAYS))
SPANS = tuple(range(1, MOST_A_DAY + 1))
WORKDAYS = range(1, 5)  # that may be as Monday is
AHEAD = 7
LEAST_CAP, MOST_CAP = 1, 100
PATTERN = _("名册里的班次是“{pattern}”，按{days} {from}–{to} 有空算。")
NO_PATTERN = _("名册里没有写班次，按{days} {from}–{to} 有空算。")


def _cap(hours: float) -> float:
    if not LEAST_CAP <= hours <= MOST_CAP:
        raise PydanticCustomError("out_of_range", "from {min} to {max}", {"min": LEAST_CAP, "max": MOST_CAP})
    return hours


HoursCap = Annotated[Annotated[float, AfterValidator(_cap)] | None, BeforeValidator(blank_is_none)]


class Hours(BaseModel):
    """`own`: hours of one's own hold, not the shift pattern's; `alike`: Tuesday to Friday are as Monday is."""

    mode: Literal["pattern", "own"]
    alike: bool = False
    hours_cap: HoursCap = None

    def of(self, weekday: int, place: int) -> tuple[int | None, int | None]:
        """The typed span of a day: from, to."""
        return getattr(self, _name("from", weekday, place)), getattr(self, _name("to", weekday, place))


def _name(end: str, weekday: int, place: int) -> str:
    return f"{end}{weekday}_{place}"


_FIELDS: dict[str, Any] = {
    _name(end, weekday, place): (OfDay, None) for weekday in DAYS for place in SPANS for end in ("from", "to")
}
HoursForm = create_model("HoursForm", __base__=Hours, __doc__=Hours.__doc__, **_FIELDS)


class Wrong(NamedTuple):
    """Where a span stands in the form."""

    weekday: int
    place: int


def stated(request: Request, form: Hours) -> tuple[forms.Errors, list[Free] | None]:
    """What is wrong by field, and the hours, None for the shift pattern's. Midnight as an end is the end of the day."""
    if form.mode == "pattern":
        return {}, None
    spans: list[Free] = []
    places: dict[tuple[int, int], Wrong] = {}
    wrong: dict[str, Refused] = {}
    for weekday in DAYS:
        source = 0 if form.alike and weekday in WORKDAYS else weekday
        for place in SPANS:
            start, end = form.of(source, place)
            if start is None and end is None:
                continue
            if start is None or end is None:
                wrong[_name("from" if start is None else "to", source, place)] = Refused("required")
                continue
            places[weekday, sum(one.weekday == weekday for one in spans)] = Wrong(source, place)
            spans.append(Free(weekday, start, end or MIDNIGHT))
    try:
        checked(spans)
    except WrongHours as refused:
        meant = places[refused.weekday, refused.place]
        wrong.setdefault(_name("to" if refused.code == "time_order" else "from", *meant), refused)
    if not spans and not wrong:
        wrong["from0_1"] = Refused("no_free_hours")
    return forms.said(request, wrong), spans


def hours_form(own: Own) -> forms.Form:
    """The form as it stands."""
    form: forms.Form = {"mode": "pattern" if own.weekly is None else "own"}
    form["hours_cap"] = f"{own.hours_cap:g}" if own.hours_cap else ""
    days: dict[int, list[Free]] = {weekday: [] for weekday in DAYS}
    for span in own.weekly or []:
        days[span.weekday].append(span)
    for weekday, spans in days.items():
        for place, span in zip(SPANS, spans, strict=False):
            form[_name("from", weekday, place)] = clock(span.start)
            form[_name("to", weekday, place)] = clock(span.end % MIDNIGHT)
    times = [[(span.start, span.end) for span in days[weekday]] for weekday in (0, *WORKDAYS)]
    form["alike"] = "1" if times[0] and all(one == times[0] for one in times) else ""
    return form


class DayAhead(NamedTuple):
    """One day of the coming week: its name, when one may be asked to come, or why not."""

    day: date
    name: str
    spans: list[str]
    why: str


def week_ahead(request: Request, own: Own, calendar: Calendar, at: datetime) -> list[DayAhead]:
    """Seven days from today."""
    lang, today = language(request), at.astimezone(SHANGHAI).date()
    days = [today + timedelta(days=n) for n in range(AHEAD)]
    leaves = [(leave.first_on, leave.last_on) for leave in own.leaves]
    free, _away = free_spans(own.pattern, own.weekly, leaves, days, calendar)
    since = max(at, own.muted_until or at)
    week = []
    for n, day in enumerate(days):
        spans = list(_within(free, day, since))
        away = any(first <= day <= last for first, last in leaves)
        muted = own.muted_until is not None and _start(day + timedelta(days=1)) <= own.muted_until
        why = "" if spans else _("请假") if away else _("暂时不邀请") if muted else _("没有空闲时间")
        name = i18n.translate(lang, (_("今天"), _("明天"))[n] if n < 2 else WEEKDAYS[day.weekday()])
        week.append(DayAhead(day, name, spans, why))
    return week


def _within(free: Iterable[Span], day: date, since: datetime) -> Iterable[str]:
    first, last = _start(day), _start(day + timedelta(days=1))
    for span in free:
        start, end = max(span.start, first, since), min(span.end, last)
        if start < end:
            yield f"{_of_day(start, first)}–{_of_day(end, first)}"


def _of_day(moment: datetime, midnight: datetime) -> str:
    return clock(int((moment - midnight).total_seconds()) // 60)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def pattern_words(request: Request, pattern: str) -> str:
    """What a shift pattern of the roster is taken to mean."""
    lang = language(request)
    start, end, working = PATTERNS.get(pattern, UNKNOWN)
    days = i18n.translate(lang, _("工作日") if working else _("每天"))
    words = {"pattern": i18n.translate(lang, pattern), "days": days, "from": clock(start), "to": clock(end)}
    return i18n.translate(lang, PATTERN if pattern in PATTERNS else NO_PATTERN, words)


def leave_words(request: Request, leave: Leave, at: datetime) -> str:
    """'3月2日 – 3月8日', or the one day."""
    say = i18n.translator(language(request))
    days = dict.fromkeys((leave.first_on, leave.last_on))
    return " – ".join(spoken_day(day, at, say) for day in days)
