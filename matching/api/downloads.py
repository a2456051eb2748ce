"""A file as an answer: under its name in any script (RFC 6266), and never kept by what lies between."""

from urllib.parse import quote

from fastapi import Response

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(content: bytes, media_type: str, name: str, plain: str) -> Response:
    """`name` is what people see; `plain` is the same in ASCII, for old programs."""
    kept = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": kept, "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)
