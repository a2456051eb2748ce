"""The dashboard: all figures of the hospital, a unit, a service, a place or a partner in a period, as numbers that
lead to their requests and as charts that are drawn from the tables below them."""

from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from matching.api.costly import FIGURES_COUNTED
from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.reports.asked import Mistyped, WhatIsTyped, choices, periods, scope_of, to_partner, type_again
from matching.api.pages.reports.frame import reports_page, today
from matching.reports.definitions import COMPOSITE
from matching.reports.figures import Group, Period, Row, ScopeKind, Step, by_group, figures, series
from matching.reports.load.looking import OF, load
from matching.reports.load.values import together
from matching.words import _

router = APIRouter(include_in_schema=False, dependencies=[FIGURES_COUNTED])
MOST = 10  # rows below a chart; all of them are on the page of comparisons
CARDS = (
    (_("群众评价"), ("response_rate", "resolution_rate", "satisfaction_rate", COMPOSITE, "participation_rate")),
    (_("点单与办理"), ("filed", "accepted", "claimed", "completed", "solved", "on_time_rate", "late", "returns")),
    (_("承诺与整改"), ("kept_rate", "bad", "rectified_rate", "urges", "supervised")),
    (_("付出与受益"), ("done", "minutes", "helpers", "activities", "person_times", "meetings")),
)
GROUP_WORDS = {
    Group.branch: _("各支部"),
    Group.general_branch: _("各总支"),
    Group.service: _("各项服务"),
    Group.place: _("各地点"),
    Group.partner: _("各共建单位"),
}
WITHIN = {  # what a scope is worth taking apart by
    ScopeKind.hospital: (Group.branch, Group.service, Group.place, Group.partner),
    ScopeKind.unit: (Group.branch, Group.service, Group.place),
    ScopeKind.service: (Group.branch, Group.place),
    ScopeKind.place: (Group.branch, Group.service),
    ScopeKind.partner: (Group.branch, Group.service),
}


class Table(NamedTuple):
    """The rows below one chart; `more` more are not shown."""

    group: Group
    words: str
    rows: list[Row]
    more: int


def step_for(period: Period) -> Step:
    """Days of a fortnight, weeks of a quarter, months of a year."""
    return Step.day if period.days <= 14 else Step.week if period.days <= 100 else Step.month


@router.get("/reports")
async def show(request: Request, parts: TheParts, at: At, by: SignedIn, asked: WhatIsTyped) -> Response:
    """What one looks at first is one's own."""
    if isinstance(asked, Mistyped):
        return await type_again(request, parts, by, at, "/reports", asked)
    if asked.partner:
        return await to_partner(request, parts, by, at, "/reports", asked)
    async with parts.database.reading() as session:
        of, scope, name = await scope_of(session, asked, by)
        root, period = by.root_id, asked.period
        now = await figures(session, root, scope, period, by=by)
        before = await figures(session, root, scope, period.before, by=by)
        points = await series(session, root, scope, period, step_for(period), by=by)
        points = [point for point in points if point.period.first <= today(at)]
        tables = []
        for group in WITHIN[scope.kind]:
            rows = [row for row in await by_group(session, root, group, period, by=by, scope=scope) if _has_any(row)]
            rows.sort(key=lambda row: (-_count(row, "filed"), -_count(row, "done")))
            if len(rows) > 1 or scope.kind is ScopeKind.hospital:
                tables.append(Table(group, GROUP_WORDS[group], rows[:MOST], len(rows[MOST:])))
        branches = await load(session, root, scope, period, by=by) if scope.kind in OF else []
        offered = await choices(session, by, of)
    return reports_page(
        request, by, "reports/show.html", now=at, of=of, name=name, period=asked.code, choices=offered, cards=CARDS,
        periods=periods(at, asked.code), first=period.first, last=period.last, figures=now,
        before=before, earlier=period.before.code,
        points=points, step=step_for(period), tables=tables, open_to=offered.open_to,
        carried=[one for one in branches if one.served], idle=sum(not one.served for one in branches),
        together=together(branches),
        nothing=not any(one.exact for one in now.values()),
    )  # fmt: skip


def _count(row: Row, code: str) -> int:
    return int(row.figures[code].exact or 0)


def _has_any(row: Row) -> bool:
    return any(one.exact for one in row.figures.values())
