"""Reports: figures as pages people look at, comparisons, hours and places, the assessment of branches."""

from fastapi import APIRouter

from matching.api.pages.reports import (
    assessing,
    carried,
    comparing,
    dashboard,
    exports,
    hours,
    listing,
    rates,
    scheme,
    words,
)

routers: list[APIRouter] = [
    dashboard.router,
    listing.router,
    carried.router,
    comparing.router,
    hours.router,
    assessing.file_router,
    assessing.router,
    scheme.router,
    rates.router,
    exports.router,
    words.router,
]
