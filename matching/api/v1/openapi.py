"""The description of the API at /api/v1/openapi.json: everything a program may call, and every answer it may get."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from matching.api.v1.problems import Problem

ABOUT = """Service requests of a hospital: filed, dispatched, taken, done, rated.

- **Bearer tokens** are made by a person on their own page (or at `/me/tokens`) and act as that person.
- **`Idempotency-Key`** on a POST: sent again with the same content it does nothing twice and answers the same.
- **`ETag` and `If-Match`**: a change of a version that is no longer the newest is refused with 412.
- **Pages**: follow `next` (also `Link: rel="next"`) until it is null.
- **Errors** are `application/problem+json`; `code` is for programs, `detail` is in the language of `Accept-Language`.
- Moments are UTC and end in `Z`; moments sent in need a zone.
"""
TAGS = [
    {"name": "requests", "description": "Finding and reading requests"},
    {"name": "verbs", "description": "What may be done to a request, one sub-resource a verb"},
    {"name": "filing", "description": "Filing, at a place without an account or by staff on behalf of somebody"},
    {"name": "following", "description": "For the requester, with the query code from the receipt"},
    {"name": "matching", "description": "The best for a whole queue, who carries how much, and the dials"},
    {"name": "asks", "description": "What one is asked, the waiting list, and somebody in one's place"},
    {"name": "points", "description": "Hours, points and stars, what was declared, public lists"},
    {"name": "certificates", "description": "Certificates of service, and whether one is genuine"},
    {"name": "partner", "description": "For a partner's liaisons: their organisation's own requests and lists"},
    {"name": "partners", "description": "Partners, their agreements, people, pairings and lists, for staff"},
    {"name": "figures", "description": "What was counted, with the requests behind it, and the assessment of branches"},
    {"name": "exports", "description": "Reports and ledgers as files: asked for, made, fetched"},
    {"name": "house", "description": "Services, places, units and people"},
    {"name": "me", "description": "Who the token stands for, and their tokens"},
]


def describe(app: FastAPI) -> None:
    """Make `app.openapi` tell of /api/v1 only, with the one shape of errors."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            told = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes, tags=TAGS)
            told["components"]["schemas"] |= _schemas()
            app.openapi_schema = told
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _schemas() -> dict[str, Any]:
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**problem.pop("$defs"), "Problem": problem}
