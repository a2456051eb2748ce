"""The lobby screen: /screen, or /screen?spot=… for the place where it hangs. No word about anybody, safe for weeks."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated

import segno
from fastapi import APIRouter, Query, Request, Response

from matching.api.deps import At, Parts, TheParts
from matching.api.hearing import screen_key
from matching.api.lobby import Shown
from matching.api.places import where
from matching.api.streams import stream
from matching.api.templates import language, render
from matching.api.wall import shown as told
from matching.clock import SHANGHAI
from matching.errors import Refused
from matching.requests.model import ServiceRequest
from matching.units.model import Spot
from matching.units.queries import hospital

LIT_FOR = 60  # seconds for which the lamp tells of a wish that has just come true
OLD = timedelta(minutes=3)  # the database is away, and the screen says of when its figures are
TOLD = 4  # wishes that it has room for; the latest ones take turns, a minute each
DRIFT, PLACES = 240, 8  # seconds at each of the places beside one another, and how many before the halves change sides
MOST = 100  # screens that follow changes at once; others look again by themselves
router = APIRouter(include_in_schema=False)


@router.api_route("/screen", methods=["GET", "HEAD"])
async def screen(
    request: Request, parts: TheParts, at: At, spot: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Figures, the latest wishes that came true in reviewed wording, and the way to make one."""
    lang = language(request)
    found: Shown | None = await parts.lobby.now(at)
    place = await _place(parts, spot, at) if spot else found.spot if found else None
    address = f"{parts.settings.base_url.rstrip('/')}/q/{place.slug}" if place else ""
    last = found.figures.last_at if found else None
    lit = last is not None and 0 <= (at - last).total_seconds() < LIT_FOR
    as_of = found.read_at if found else at
    return render(
        request,
        "screen/show.html",
        now=at,
        local=at.astimezone(SHANGHAI),
        as_of=as_of,
        old=at - as_of > OLD,
        figures=found.figures if found else None,
        best=found.best if found else [],
        wishes=[told(row, lang, at) for row in _in_turn(found.latest, at, lit)] if found else [],
        lit=lit,
        place=place,
        floor=where(place, lang),
        address=address.split("://", 1)[-1],
        qr=_qr(address) if address else "",
        drift=int(at.timestamp()) // DRIFT % PLACES,
        side=int(at.timestamp()) // (DRIFT * PLACES) % 2,
    )


def _in_turn(latest: list[ServiceRequest], at: datetime, lit: bool) -> list[ServiceRequest]:
    """Those shown in this minute; the newest leads while it is news, and where there are no more than fit."""
    begin = 0 if lit or len(latest) <= TOLD else int(at.timestamp()) // 60 % len(latest)
    return (latest[begin:] + latest[:begin])[:TOLD]


async def _place(parts: Parts, slug: str, at: datetime) -> Spot | None:
    """The place, also when its poster was changed since; none while it is closed: the screen hangs there still.

    Raises NotSeen("unknown_spot").
    """
    try:
        return (await parts.places.find(slug, at)).spot
    except Refused as refused:
        if refused.code == "spot_rotated":
            return (await parts.places.find(refused.params["spot"], at)).spot
        if refused.code == "spot_closed":
            return None
        raise


@router.get("/screen/live")
async def live(request: Request, parts: TheParts, since: Annotated[int, Query(ge=0, le=10**15)] = 0) -> Response:
    """Tells a screen that something changed."""
    async with parts.database.reading() as session:
        root = await hospital(session)
    key = screen_key(root.id if root and root.id else 0)
    return Response(status_code=204) if parts.news.listening(key) >= MOST else stream(request, parts.news, key, since)


@lru_cache(maxsize=64)
def _qr(address: str) -> str:
    return segno.make_qr(address, error="m").svg_data_uri(border=4, light="white")
