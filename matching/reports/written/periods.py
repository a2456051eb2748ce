"""A period as reports say it."""

from datetime import date

from matching.reports.periods import Period, Step

QUARTERS = "一二三四"
MOST_POINTS = 24  # of a chart


def said(period: Period) -> str:
    """2026年第三季度, 2026年7月, 2026年, 2026年7月1日至7月15日."""
    code, first, last = period.code, period.first, period.last
    if ".." in code:
        until = f"{last.month}月{last.day}日" if last.year == first.year else _day(period.last)
        return f"{_day(first)}至{until}" if first != last else _day(first)
    if "Q" in code:
        return f"{first.year}年第{QUARTERS[int(code[-1]) - 1]}季度"
    return f"{first.year}年{first.month}月" if "-" in code else f"{first.year}年"


def step_of(period: Period) -> Step:
    """How a chart cuts it: by months, and a month or less by weeks."""
    return Step.month if period.days > 45 else Step.week


def label(part: Period, step: Step) -> str:
    """Below a column of a chart: 7月, 1/5."""
    return f"{part.first.month}月" if step is Step.month else f"{part.first.month}/{part.first.day}起"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
