"""Pages for people. Every form works without JavaScript; what was typed is never lost."""

from fastapi import APIRouter

from matching.api.pages import board, filing, home, request, sign_in, tasks, tracking, wall

routers: list[APIRouter] = [
    sign_in.router,
    home.router,
    filing.router,
    tracking.router,
    wall.router,
    board.router,
    request.router,
    tasks.router,
]
