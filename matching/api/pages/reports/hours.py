"""When and where people ask: a week by hours, and places by hours."""

from fastapi import APIRouter, Request, Response

from matching.api.costly import FIGURES_COUNTED
from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.reports.asked import Mistyped, WhatIsTyped, choices, periods, scope_of, to_partner, type_again
from matching.api.pages.reports.frame import reports_page
from matching.reports.figures import heat
from matching.units.queries import spot_codes

router = APIRouter(include_in_schema=False, dependencies=[FIGURES_COUNTED])
MOST = 40  # places that a table shows, the busiest first
SHADES = 4


@router.get("/reports/heat")
async def show(request: Request, parts: TheParts, at: At, by: SignedIn, asked: WhatIsTyped) -> Response:
    """Of the hospital, or of whatever was chosen."""
    if isinstance(asked, Mistyped):
        return await type_again(request, parts, by, at, "/reports/heat", asked)
    if asked.partner:
        return await to_partner(request, parts, by, at, "/reports/heat", asked)
    async with parts.database.reading() as session:
        of, scope, name = await scope_of(session, asked, by)
        found = await heat(session, by.root_id, scope, asked.period, by=by)
        codes = await spot_codes(session, by.root_id)
        offered = await choices(session, by, of)
    places = [(f"place-{codes[one.id]}", place, hours) for one, place, hours in found.places[:MOST]]
    return reports_page(
        request, by, "reports/heat.html", now=at, of=of, name=name, period=asked.code, periods=periods(at, asked.code),
        first=asked.period.first, last=asked.period.last, choices=offered, week=found.week, places=places,
        more=len(found.places) - len(places), total=sum(map(sum, found.week)),
        week_shades=shades([n for hours in found.week for n in hours]),
        place_shades=shades([n for place in places for n in place[2]]),
    )  # fmt: skip


def shades(numbers: list[int]) -> list[int]:
    """From which number each shade begins, in equal steps up to the most there is; below the first is 0. Pure."""
    most = max(numbers, default=0)
    return sorted({most * step // SHADES + 1 for step in range(SHADES)}) if most else []
