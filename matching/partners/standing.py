"""Where a partner's agreements stand on a day (docs/domain.md §8: terms of 1 to 3 years, a warning 60 days before)."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from matching.partners.model import Agreement
from matching.words import _

WARN = timedelta(days=60)
SHORTEST, LONGEST = 1, 3  # years
YEARS = range(1950, 2100)  # in which an agreement may begin and end


class Standing(StrEnum):
    """Of all agreements with one partner together."""

    none = "none"
    coming = "coming"
    running = "running"
    ending = "ending"
    over = "over"


STANDINGS = {
    Standing.none: _("没有协议"),
    Standing.coming: _("协议还没开始"),
    Standing.running: _("协议有效"),
    Standing.ending: _("协议快到期"),
    Standing.over: _("协议已到期"),
}


def standing(agreements: Iterable[Agreement], today: date) -> Standing:
    """What counts is what was not called off. A renewal that begins the day after keeps it from ending."""
    terms = sorted((one.first_on, one.last_on) for one in agreements if one.ended_at is None)
    if not terms:
        return Standing.none
    last: date | None = None
    for first_on, last_on in terms:
        if last is None:
            last = last_on if first_on <= today <= last_on else None
        elif first_on <= last + timedelta(days=1):
            last = max(last, last_on)
    if last is None:
        return Standing.coming if terms[0][0] > today else Standing.over
    return Standing.ending if last - today <= WARN else Standing.running


def newest(agreements: Iterable[Agreement], today: date) -> Agreement | None:
    """The one to speak of: that runs, else the next to come, else the last that was; called off ones never."""
    kept = [one for one in agreements if one.ended_at is None]
    running = [one for one in kept if one.first_on <= today <= one.last_on]
    return max(running or kept, key=lambda one: one.last_on, default=None)


def term_problem(first_on: date, last_on: date) -> str | None:
    """The code of what is wrong with a term, or None: at least one year to the day, at most three."""
    if first_on.year not in YEARS or last_on.year not in YEARS:
        return "bad_day"
    if last_on <= first_on:
        return "day_order"
    after = last_on + timedelta(days=1)
    if after < _later(first_on, SHORTEST) or after > _later(first_on, LONGEST):
        return "agreement_term"
    return None


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
