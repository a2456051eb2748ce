"""Pages for people. Every form works without JavaScript; what was typed is never lost."""

from fastapi import APIRouter

from matching.api.pages import board, filing, home, request, sign_in, tasks, tracking, wall

routers: list[APIRouter] = [
    filing.router,  # first: nothing is done so often
    sign_in.router,
    home.router,
    tracking.router,
    wall.router,
    board.router,
    request.router,
    tasks.router,
]
