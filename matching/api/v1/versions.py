"""ETag and its two questions: If-Match on a change is answered by the action, If-None-Match on a read by 304."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

ETAG: dict[str, Any] = {"ETag": {"description": "The version, for If-Match", "schema": {"type": "string"}}}
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Still the version of If-None-Match"}}


def versioned(request: Request, body: dict[str, Any], status: int = 200) -> Response:
    """The body with its version as ETag, or 304 without a body when the reader has that version already."""
    headers = {"ETag": f'"{body["version"]}"', "Vary": "Authorization, Query-Code, Accept-Language"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if request.method == "GET" and known & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return JSONResponse(body, status, headers)
