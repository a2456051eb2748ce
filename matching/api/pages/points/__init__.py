"""Points, public lists and certificates: one's own pages, those of who leads, and the one for whoever holds a paper."""

from fastapi import APIRouter

from matching.api.pages.points import certificates, declared, genuine, lists, mine, unit

routers: list[APIRouter] = [
    declared.router, unit.router, lists.router, mine.router, certificates.router, genuine.router,
]  # fmt: skip
