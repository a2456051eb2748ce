"""How long somebody does not want to be asked, as one tap says it."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from matching.asks.availability import MOST_DAYS
from matching.clock import SHANGHAI
from matching.errors import Invalid
from matching.words import _


class Mute(StrEnum):
    """`week` ends with Sunday, `until` with the end of a day that is named."""

    two_hours = "two_hours"
    today = "today"
    week = "week"
    until = "until"


MUTES = {Mute.two_hours: _("2 小时"), Mute.today: _("今天"), Mute.week: _("这一周")}  # those that need no day


def mute_end(how: Mute, day: date | None, at: datetime) -> datetime:
    """The moment it ends. Raises Invalid on `day`: required, time_in_past, time_too_far."""
    today = at.astimezone(SHANGHAI).date()
    if how is Mute.two_hours:
        return at + timedelta(hours=2)
    last = today if how is Mute.today else today + timedelta(days=6 - today.weekday()) if how is Mute.week else day
    if last is None:
        raise Invalid.field_is("day", "required")
    if last < today:
        raise Invalid.field_is("day", "time_in_past")
    if last >= today + timedelta(days=MOST_DAYS):
        raise Invalid.field_is("day", "time_too_far", days=MOST_DAYS)
    after = last + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=SHANGHAI)
