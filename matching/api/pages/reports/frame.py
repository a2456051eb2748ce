"""What the pages of reports share: their tabs, and the periods to choose from."""

from datetime import date, datetime
from typing import Any

from fastapi import Request, Response

from matching.api.pages.staff import staff_page
from matching.clock import SHANGHAI
from matching.people.actor import Actor
from matching.reports.assessment.policy import MAY
from matching.reports.periods import FIRST, LAST, Period
from matching.requests.queries import LEADING
from matching.words import _

TABS = {  # address: words and who finds something there
    "/reports": (_("总览"), LEADING),
    "/reports/league": (_("支部对比"), LEADING),
    "/reports/heat": (_("时间与地点"), LEADING),
    "/fairness": (_("均衡"), LEADING),
    "/reports/assessment": (_("五化考核"), MAY["see"]),
    "/reports/exports": (_("报告与导出"), LEADING),
    "/reports/scheme": (_("考核项目"), MAY["set"]),
    "/reports/rates": (_("三率权重"), MAY["set"]),
}
BELOW = {"/reports/words": "/reports/exports"}  # a page of another tab's than its address says
QUARTERS, MONTHS, YEARS = 6, 6, 2  # that a list offers; any others by their first and last day


def reports_page(request: Request, by: Actor, template: str, status: int = 200, /, **context: Any) -> Response:
    """A page of reports with its tabs (the one nearest above this address is here) and the days one may ask for."""
    path = BELOW.get(request.url.path, request.url.path)
    tab = max((href for href in TABS if f"{path}/".startswith(f"{href}/")), key=len, default="")
    tabs = {href: words for href, (words, roles) in TABS.items() if by.holds(*roles)}
    return staff_page(
        request, by, template, status, tabs=tabs, tab=tab, days_first=FIRST, days_last=LAST, **context
    )  # fmt: skip


def today(at: datetime) -> date:
    """The day of the hospital."""
    return at.astimezone(SHANGHAI).date()


def quarters(on: date, count: int = QUARTERS) -> list[str]:
    """This quarter and those before it, '2026Q3'."""
    return _back(Period.quarter_of(on), count)


def months(on: date, count: int = MONTHS) -> list[str]:
    """This month and those before it, '2026-07'."""
    return _back(Period.month_of(on), count)


def years(on: date) -> list[str]:
    """This year and those before it."""
    return _back(Period.year_of(on), YEARS)


def last_quarter(on: date) -> str:
    """The last one that is over: what is assessed is over."""
    return Period.quarter_of(on).before.code


def _back(period: Period, count: int) -> list[str]:
    made = []
    for _one in range(count):
        made.append(period.code)
        period = period.before
    return made
