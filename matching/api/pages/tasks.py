"""A member's day: what is open to them, what they hold, what they have done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from matching.activities.queries import mine_to_come
from matching.api import flash, forms
from matching.api.activity_words import when_words
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.invited import invitation
from matching.api.muting import MUTES
from matching.api.pages.working import Card, cards_of, desk_page, offered
from matching.api.paging import cursor, keys_of
from matching.asks.mine import own_ask, waits_of
from matching.asks.model import DECLINE_REASONS
from matching.asks.queries import late_asks_of, open_ask_of
from matching.people.actor import Actor
from matching.requests.claims import ClaimStatus
from matching.requests.history import forbidden
from matching.requests.model import ServiceRequest
from matching.requests.queries import claimed_by, open_to_member
from matching.units.queries import calendar_of
from matching.words import _

router = APIRouter(include_in_schema=False)
TABS = {"open": _("可以接的"), "mine": _("我在办的"), "done": _("办完的")}
AT_ONCE = ("decline", "contact", "complete")  # verbs with their form on the card
SIZE = 20

Tab = Literal["open", "mine", "done"]


class Typed(NamedTuple):
    """A form on a card that comes back: of which request, what stood in it, what is wrong."""

    number: str = ""
    form: Mapping[str, Any] = MappingProxyType({})
    errors: Mapping[str, str] = MappingProxyType({})


NOTHING = Typed()


@router.get("/tasks")
async def show(
    request: Request, parts: TheParts, by: SignedIn, at: At, tab: Tab = "open",
    after: Annotated[str, Query(max_length=200)] = "",
) -> Response:  # fmt: skip
    """One of three lists; what is due first comes first, of one's own the newest claim."""
    return await tasks_page(request, parts, by, at, tab, after)


async def tasks_page(
    request: Request, parts: Parts, by: Actor, at: datetime, tab: Tab = "open", after: str = "", *, status: int = 200,
    said: Sequence[flash.Said] = (), late_for: int = 0, mute: forms.Form | None = None,
    mute_errors: forms.Errors | None = None, cover: Typed = NOTHING,
) -> Response:  # fmt: skip
    """A list below what one is asked. `late_for` is the ask that came too late, whose waiting list one may join; `mute`
    and `cover` are forms that come back."""
    rest = ""
    async with parts.database.reading() as session:
        if tab == "open":
            key: tuple[datetime, int] | None = keys_of(after, datetime, int) if after else None
            page = await open_to_member(session, by, after=key, size=SIZE)
            rows, rest = page.rows, cursor(*page.next) if page.next else ""
        else:
            status_ = ClaimStatus.active if tab == "mine" else ClaimStatus.done
            rows, last = await claimed_by(
                session, by, status_, after=keys_of(after, int)[0] if after else None, size=SIZE
            )
            rest = cursor(last) if last is not None else ""
        calendar = await calendar_of(session, by.root_id)
        asked = await open_ask_of(session, by.id or 0)
        late = await late_asks_of(session, by.id or 0)
        waits = await waits_of(session, by=by) if tab == "mine" else []
        today = await mine_to_come(session, by, at=at, most=3) if tab == "open" and not after else []
        full = invitation(request, *await own_ask(session, late_for, by=by)) if late_for else None
    asks = [*([asked] if asked else []), *late]
    if tab == "open":  # what one is asked stands above, with more to say
        rows = [row for row in rows if row.id not in {one.request.id for one in asks}]
    cards: list[Card] = cards_of(by, rows, at, calendar)
    verbs = {row.number: verbs_on_card(by, row, at) for row in rows}
    return desk_page(
        request, parts, by, "tasks/show.html", status, said=said, now=at, cards=cards, verbs=verbs, tab=tab,
        tabs=TABS, after=rest, full=full, waits=waits, mutes=MUTES, reasons=DECLINE_REASONS,
        asks=[invitation(request, *one) for one in asks], activities=today, when=when_words(request, at),
        covering={row.number for row in rows if is_covered_for(by, row)}, cover=cover, mute=mute or {},
        mute_errors=mute_errors or {},
    )  # fmt: skip


def verbs_on_card(by: Actor, row: ServiceRequest, at: datetime) -> list[str]:
    """The verbs with their form on the card, what comes next first."""
    verbs = [verb for verb in AT_ONCE if verb in offered(by, row, at)]
    covered = row.is_claimed_by(by.id) and row.can("seek_cover") and forbidden(row, "seek_cover", by, at) is None
    return [*verbs, "seek_cover"] if covered else verbs


def is_covered_for(by: Actor, row: ServiceRequest) -> bool:
    """Whether one looks for somebody in one's place."""
    return any(claim.person_id == by.id and claim.cover_asked_at for claim in row.active_claims)
