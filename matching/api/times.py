"""Times as people say them: '今天 15:30', '5 分钟前', '明天 10:00 前'. The clock on the wall is Shanghai's."""

from datetime import date, datetime, time, timedelta

from matching.api.i18n import Translator
from matching.clock import SHANGHAI
from matching.words import _

DAYS = {-2: _("前天 {time}"), -1: _("昨天 {time}"), 0: _("今天 {time}"), 1: _("明天 {time}"), 2: _("后天 {time}")}
WHOLE_DAYS = {-1: _("昨天"), 0: _("今天")}
WEEK = (
    *(_("周一 {time}"), _("周二 {time}"), _("周三 {time}"), _("周四 {time}")),
    *(_("周五 {time}"), _("周六 {time}"), _("周日 {time}")),
)
WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))


def spoken(at: datetime, now: datetime, say: Translator) -> str:
    """A moment in the past or the future, as near as a person needs it: minutes, day and time, or the date."""
    ago = now - at
    if timedelta(0) <= ago < timedelta(minutes=1):
        return say.gettext(_("刚刚"))
    if timedelta(0) < ago < timedelta(hours=1):
        return say.gettext(_("{span}前")).format(span=_counted(ago, say))
    return _on_its_day(at, now, say)


def spoken_due(due: datetime, now: datetime, say: Translator) -> str:
    """A deadline: '今天 15:30 前'; once missed, by how much it was: '已超时 2 小时'."""
    if due < now:
        return say.gettext(_("已超时 {span}")).format(span=_counted(now - due, say))
    midnight = due.astimezone(SHANGHAI).time() == time()  # the end of a day, and said as that day
    last = due - timedelta(minutes=1) if midnight else due
    return say.gettext(_("{moment} 前")).format(moment=_on_its_day(last, now, say))


def spoken_day(day: date, now: datetime, say: Translator) -> str:
    """A day that has come, over a list: '今天', '昨天', '3月2日', '2025年12月31日'."""
    today = now.astimezone(SHANGHAI).date()
    pattern = WHOLE_DAYS.get(
        (day - today).days, _("{month}月{day}日") if day.year == today.year else _("{year}年{month}月{day}日")
    )
    return say.gettext(pattern).format(year=day.year, month=day.month, day=day.day)


def beside(at: datetime, about: datetime, now: datetime, say: Translator) -> str:
    """A moment of something whose day is known: '17:15'; on another day than `about` with that day."""
    there = at.astimezone(SHANGHAI)
    return f"{there:%H:%M}" if there.date() == about.astimezone(SHANGHAI).date() else _on_its_day(at, now, say)


def exact(at: datetime) -> str:
    """The moment to the minute in Shanghai, for a title or a ledger: '2026-03-02 15:30'."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _on_its_day(at: datetime, now: datetime, say: Translator) -> str:
    there, here = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    days = (there.date() - here.date()).days
    if days in DAYS:
        pattern = DAYS[days]
    elif 2 < days < 7:
        pattern = WEEK[there.weekday()]
    elif there.year == here.year:
        pattern = _("{month}月{day}日 {time}")
    else:
        pattern = _("{year}年{month}月{day}日")
    names = {"year": there.year, "month": there.month, "day": there.day, "time": f"{there:%H:%M}"}
    return say.gettext(pattern).format(**names)


def _counted(span: timedelta, say: Translator) -> str:
    minutes = max(int(span.total_seconds() // 60), 1)
    hours, days = minutes // 60, minutes // 1440
    if hours < 1:
        return say.ngettext("{n} 分钟", "{n} 分钟", minutes).format(n=minutes)
    if days < 2:
        return say.ngettext("{n} 小时", "{n} 小时", hours).format(n=hours)
    return say.ngettext("{n} 天", "{n} 天", days).format(n=days)
