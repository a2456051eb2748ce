"""Pages for people. Every form works without JavaScript; what was typed is never lost."""

from fastapi import APIRouter

routers: list[APIRouter] = []
