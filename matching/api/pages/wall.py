"""The public wall: /wall. Reviewed wording only, of those who agreed, never of children (docs/domain.md §5)."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from matching.api import i18n, paging, spoken
from matching.api.deps import At, TheParts
from matching.api.places import service_name
from matching.api.templates import language, render
from matching.requests.model import ServiceRequest
from matching.requests.queries import on_the_wall
from matching.requests.states import State
from matching.units.queries import hospital
from matching.words import _

STANDING = {  # as much as strangers need to know: no word of complaints or delays
    State.accepted: _("正在安排"),
    State.dispatched: _("等志愿者接单"),
    State.in_progress: _("正在办理"),
    State.parked: _("正在想办法"),
}
DONE = _("已经办好")

router = APIRouter(include_in_schema=False)


@router.api_route("/wall", methods=["GET", "HEAD"])
async def wall(request: Request, parts: TheParts, now: At, at: str = "") -> Response:
    """A page of wishes, the newest wording first; `?at=` is where the page before ended."""
    after = paging.keys_of(at, datetime, int) if at else None
    async with parts.database.reading() as session:
        root = await hospital(session)
        page = await on_the_wall(session, root.id or 0, after=after) if root else None
    lang = language(request)
    older = paging.cursor(*page.next) if page and page.next else None
    wishes = [shown(row, lang, now) for row in page.rows] if page else []
    return render(request, "wall/index.html", wishes=wishes, pager={"newer": None, "older": older}, first=after is None)


def shown(row: ServiceRequest, lang: str, now: datetime) -> dict[str, object]:
    home = row.state in {State.submitted, State.needs_info, State.accepted}
    return {
        "service": service_name(row.service, lang),
        "words": row.wording,
        "unit": "" if home else row.unit.name,
        "state": row.state if row.state in STANDING else State.closed,
        "standing": i18n.translate(lang, STANDING.get(State(row.state), DONE)),
        "days": ((row.completed_at or now) - row.filed_at).days,
        "lit": spoken.LIGHTS[row.state if row.state in STANDING else State.closed],
    }
