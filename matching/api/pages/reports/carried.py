"""What is behind a number of load and fairness: services, asks or people."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matching.api.costly import FIGURES_COUNTED
from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.reports.asked import HOSPITAL, WhatIsAsked, scope_of, written_scope
from matching.api.pages.reports.frame import reports_page
from matching.api.paging import cursor, keys_of
from matching.asks.model import ANSWERS
from matching.reports.figures import EVERYTHING
from matching.reports.load.behind import OF_ASKS, Count, OfPeople, Whose, lines_behind, people_behind
from matching.reports.queries import name_of
from matching.words import _

router = APIRouter(include_in_schema=False, dependencies=[FIGURES_COUNTED])
SIZE = 50
KEYS = (datetime, int, int)  # of a cursor
COUNTS = {  # words, and what the number says
    Count.done: (_("人次"), _("办结的工单和已确认的活动，每人每次算一次")),
    Count.hours: (_("服务小时"), _("办结的工单和已确认的活动上登记的服务时间，不算路上")),
    Count.lately: (_("近 14 天工单小时"), _("派单时看的：最近 14 天办结的工单，不含活动")),
    Count.pleasant: (_("轻松的"), _("不辛苦，而且是可以提前安排的")),
    Count.hard: (_("辛苦的"), _("难度系数 1.2 以上、特急，或者在夜里结束")),
    Count.asks: (_("邀请"), _("问过几次“能不能去”，问了又撤回的也算")),
    Count.accepted: (_("愿意"), _("问过的里面答应了的")),
    OfPeople.people: (_("人数"), _("在册的人，离开的不算；小时多的在前")),
    OfPeople.served: (_("服务过的人"), _("这段时间里至少服务过一次的人；小时多的在前")),
    OfPeople.not_asked: (_("没问过的人"), _("这段时间里一次都没收到邀请的人")),
}


@router.get("/reports/load")
async def show(
    request: Request, parts: TheParts, at: At, by: SignedIn, asked: WhatIsAsked, count: Count | OfPeople,
    within: Annotated[str, Query(max_length=60)] = HOSPITAL, person: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
) -> Response:  # fmt: skip
    """A page of them, as many in all as the number says."""
    async with parts.database.reading() as session:
        of, scope, name = await scope_of(session, asked, by)
        inner = await written_scope(session, within, by)
        whose, root = Whose(scope, asked.period, inner, person), by.root_id
        shown = {
            "of": of, "name": name, "period": asked.code, "row": await name_of(session, inner)
            if inner != EVERYTHING else "", "within": within if inner != EVERYTHING else "", "count": count,
            "words": COUNTS[count], "first": not after,
        }  # fmt: skip
        if isinstance(count, OfPeople):
            everybody = await people_behind(session, root, count, whose, by=by)
            done = keys_of(after, int)[0] if after else 0
            following = cursor(done + SIZE) if done + SIZE < len(everybody) else ""
            shown |= {"rows": everybody[done : done + SIZE], "total": len(everybody), "following": following}
            return reports_page(request, by, "reports/people.html", now=at, **shown)
        last = keys_of(after, *KEYS) if after else None
        found = await lines_behind(session, root, count, whose, by=by, at=at, after=last, size=SIZE)
    return reports_page(
        request, by, "reports/carried.html", now=at, **shown, found=found, member=person, answers=ANSWERS,
        of_asks=count in OF_ASKS, following=cursor(*found.next) if found.next else "",
    )  # fmt: skip
