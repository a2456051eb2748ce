"""The front door and the notice about personal data."""

from fastapi import APIRouter, Request, Response

from matching.api.deps import TheParts
from matching.api.templates import render
from matching.units.queries import hospital, open_spots

router = APIRouter(include_in_schema=False)
A_FEW = 4


@router.api_route("/", methods=["GET", "HEAD"])
async def home(request: Request, parts: TheParts) -> Response:
    """What this is; a demonstration also names some places to try it from."""
    async with parts.database.reading() as session:
        root = await hospital(session)
        spots = (await open_spots(session, root.id or 0)) if root and root.demo else []
    spots = sorted(spots, key=lambda spot: spot.id or 0)[:A_FEW]
    return render(request, "home.html", spots=[{"url": f"/q/{spot.slug}", "name": spot.name} for spot in spots])


@router.api_route("/privacy", methods=["GET", "HEAD"])
async def privacy(request: Request) -> Response:
    """The notice that the filing form asks consent for."""
    return render(request, "privacy.html")
