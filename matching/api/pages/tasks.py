"""A member's day: what is open to them, what they hold, what they have done."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.working import Card, cards_of, desk_page, offered
from matching.api.paging import cursor, keys_of
from matching.requests.claims import ClaimStatus
from matching.requests.queries import claimed_by, open_to_member
from matching.units.queries import calendar_of
from matching.words import _

router = APIRouter(include_in_schema=False)
TABS = {"open": _("可以接的"), "mine": _("我在办的"), "done": _("办完的")}
AT_ONCE = ("decline", "contact", "complete")  # verbs with their form on the card
SIZE = 20

Tab = Literal["open", "mine", "done"]


@router.get("/tasks")
async def show(
    request: Request, parts: TheParts, by: SignedIn, at: At, tab: Tab = "open",
    after: Annotated[str, Query(max_length=200)] = "",
) -> Response:  # fmt: skip
    """One of three lists; what is due first comes first, of one's own the newest claim."""
    rest = ""
    async with parts.database.reading() as session:
        if tab == "open":
            key: tuple[datetime, int] | None = keys_of(after, datetime, int) if after else None
            page = await open_to_member(session, by, after=key, size=SIZE)
            rows, rest = page.rows, cursor(*page.next) if page.next else ""
        else:
            status = ClaimStatus.active if tab == "mine" else ClaimStatus.done
            rows, last = await claimed_by(
                session, by, status, after=keys_of(after, int)[0] if after else None, size=SIZE
            )
            rest = cursor(last) if last is not None else ""
        calendar = await calendar_of(session, by.root_id)
    verbs = {row.number: [verb for verb in AT_ONCE if verb in offered(by, row, at)] for row in rows}
    cards: list[Card] = cards_of(by, rows, at, calendar)
    return desk_page(
        request, parts, by, "tasks/show.html", now=at, cards=cards, verbs=verbs, tab=tab, tabs=TABS, after=rest
    )
