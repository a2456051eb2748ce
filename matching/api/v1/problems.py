"""The one shape of every refusal (RFC 9457, problem+json), and how a route says which of them it may give."""

from typing import Any

from pydantic import BaseModel, Field

from matching.errors import CODES

MEDIA_TYPE = "application/problem+json"
MEANING = {
    401: "No bearer token, or one that was revoked",
    403: "Seen, but not for this role",
    404: "Not there, or not within what the caller may see",
    409: "The request moved on, or the key was used for something else",
    410: "The place's code was closed or replaced",
    412: "If-Match names a version that is no longer the newest",
    413: "The body is larger than 1 MiB, or 8 MiB where a photo is sent",
    415: "The body is not application/json",
    422: "Fields are missing, unknown or wrong; each is named",
    429: "Too many tries; Retry-After says when to come back, in seconds",
    503: "The database is away; nothing was saved, send it again after Retry-After seconds",
}


class WrongField(BaseModel):
    """What is wrong with one field."""

    code: str
    detail: str


class Problem(BaseModel):
    """What happened, what was kept and what to do, in the language of Accept-Language; `code` is for programs."""

    type: str = Field(description="Where the code is explained")
    title: str
    status: int
    detail: str
    code: str = Field(description="One of the codes of this product", json_schema_extra={"enum": [*sorted(CODES)]})
    fields: dict[str, WrongField] | None = Field(default=None, description="By the field's name, with 422 only")


def may_refuse(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may refuse with these."""
    return {status: _refusal(status) for status in statuses}


def _refusal(status: int) -> dict[str, Any]:
    refusal: dict[str, Any] = {
        "description": MEANING[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in {429, 503}:
        refusal["headers"] = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
    if status == 401:
        refusal["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return refusal
