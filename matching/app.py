"""The web application: its parts, its routes, and what stands before them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from matching import __version__
from matching.api import assets, errors
from matching.api.deps import Parts
from matching.api.guarding import Guarding, refuse
from matching.api.limits import Limiter
from matching.api.pages import filing
from matching.api.pages import routers as pages
from matching.api.shortcut import COMPRESSION, Shortcut
from matching.api.templates import House
from matching.api.v1 import openapi
from matching.api.v1 import router as v1
from matching.db import Database
from matching.privacy.sealed import Sealer
from matching.settings import Settings
from matching.units.queries import hospital

ROUTES = APIRouter(dependencies=[Depends(refuse)])
"""In the order in which they are tried: filing stands first. FastAPI studies them once, however many apps are made."""
for part in (*pages, assets.router):
    ROUTES.include_router(part)
ROUTES.include_router(v1, prefix="/api/v1")


def create_app(settings: Settings) -> FastAPI:
    """One process's application. Its database and limits are opened by the lifespan and closed by it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with app.state.parts.database.reading() as session:
            root = await hospital(session)
        if root is not None:
            app.state.house = House(root.house, root.desk_phone)
        async with app.state.parts.news:
            yield
        await app.state.parts.limiter.close()
        await app.state.parts.database.close()

    app = FastAPI(
        title="Dianliang",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours is cheaper: api/metrics.py
    )
    app.state.parts = Parts(
        settings, Database(settings.database_url), Sealer(settings.keys), Limiter(settings.redis_url)
    )
    app.state.house = House()
    errors.install(app)
    app.router.routes += ROUTES.routes
    openapi.describe(app)
    app.add_middleware(GZipMiddleware, **COMPRESSION)
    app.add_middleware(Shortcut, route=filing.ROUTE, answer=filing.file, handlers=app.exception_handlers)
    app.add_middleware(Guarding, count=app.state.parts.metrics.answered)
    return app
