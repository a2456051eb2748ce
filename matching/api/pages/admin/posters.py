"""QR posters to print, one A4 sheet a place (docs/domain.md §10)."""

from typing import NamedTuple

import segno
from fastapi import APIRouter, Request, Response

from matching.api.deps import Parts, TheParts
from matching.api.pages.admin.office import Administrator
from matching.api.places import where
from matching.api.templates import language, render
from matching.errors import NotSeen
from matching.people import places
from matching.units.model import Spot

QUIET_ZONE = 4  # modules
router = APIRouter(prefix="/admin/spots", include_in_schema=False)


class Poster(NamedTuple):
    """One sheet: the place, where it is, the address as a QR image and as it is typed."""

    name: str
    place: str
    qr: str
    address: str


@router.get("/posters")
async def posters(request: Request, parts: TheParts, by: Administrator, building: str = "") -> Response:
    """Every open place one administers, or those of one building, each on a sheet of its own."""
    async with parts.database.reading() as session:
        found = [spot for spot, _unit in await places.managed_spots(session, by=by) if spot.open]
    chosen = [spot for spot in found if not building or spot.building == building]
    return _sheets(request, parts, chosen, sorted({spot.building for spot in found}), building)


@router.get("/{code}/poster")
async def poster(request: Request, parts: TheParts, by: Administrator, code: str) -> Response:
    """One sheet. A closed place has none: its poster would lead nowhere."""
    async with parts.database.reading() as session:
        spot, _unit = await places.managed_spot(session, code, by=by)
    if not spot.open:
        raise NotSeen
    return _sheets(request, parts, [spot], [], "")


def _sheets(request: Request, parts: Parts, spots: list[Spot], buildings: list[str], building: str) -> Response:
    lang = language(request)
    sheets = [_poster(spot, parts.settings.base_url.rstrip("/"), lang) for spot in spots]
    return render(request, "admin/posters.html", sheets=sheets, buildings=buildings, building=building)


def _poster(spot: Spot, base_url: str, lang: str) -> Poster:
    """Level M as printed, and never a smaller code: a scratched poster must still be read."""
    address = f"{base_url}/q/{spot.slug}"
    qr = segno.make_qr(address, error="m", boost_error=False)
    return Poster(
        spot.name, where(spot, lang), qr.svg_data_uri(border=QUIET_ZONE, light="white"), address.split("://", 1)[-1]
    )
