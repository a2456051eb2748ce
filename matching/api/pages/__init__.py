"""Pages for people. Every form works without JavaScript; what was typed is never lost."""

from fastapi import APIRouter

from matching.api.pages import (
    admin,
    board,
    filing,
    health,
    home,
    live,
    me,
    new,
    photos,
    request,
    sign_in,
    tasks,
    screen,
    tracking,
    wall,
)

routers: list[APIRouter] = [
    filing.router,  # first: nothing is done so often
    tracking.router,
    sign_in.router,
    home.router,
    wall.router,
    board.router,
    request.router,
    screen.router,
    photos.router,
    live.router,
    tasks.router,
    new.router,
    me.router,
    *admin.routers,
    health.router,
]
