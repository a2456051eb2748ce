"""Pages for people. Every form works without JavaScript; what was typed is never lost."""

from fastapi import APIRouter

from matching.api.pages import (
    admin,
    asks,
    availability,
    board,
    fairness,
    filing,
    health,
    home,
    late,
    link,
    live,
    me,
    new,
    notices,
    photos,
    posts,
    preferences,
    queue,
    request,
    screen,
    sign_in,
    tasks,
    telling,
    tracking,
    wall,
    who,
)

routers: list[APIRouter] = [
    filing.router,  # first: nothing is done so often
    telling.router,  # before tracking, whose address for verbs would take its form
    tracking.router,
    sign_in.router,
    home.router,
    wall.router,
    screen.router,
    board.router,
    live.router,
    late.router,
    queue.router,
    fairness.router,
    asks.router,  # before request, whose address for verbs would take its forms
    link.router,
    who.router,
    request.router,
    posts.router,
    notices.router,
    photos.router,
    tasks.router,
    new.router,
    me.router,
    availability.router,
    preferences.router,
    *admin.routers,
    health.router,
]
