"""Pages for people. Every form works without JavaScript; what was typed is never lost."""

from fastapi import APIRouter

from matching.api.pages import sign_in

routers: list[APIRouter] = [sign_in.router]
