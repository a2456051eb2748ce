"""A file as an answer: under its name in any script (RFC 6266), and never kept by what lies between."""

from pathlib import Path
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import FileResponse

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {"pdf": PDF, "xlsx": XLSX, "docx": DOCX}


def download(content: bytes, media_type: str, name: str, plain: str) -> Response:
    """`name` is what people see; `plain` is the same in ASCII, for old programs."""
    return Response(content, media_type=media_type, headers=_headers(name, plain))


def file_answer(path: Path, ending: str, name: str, plain: str) -> FileResponse:
    """A file from the disk, piece by piece; `ending`: docx, xlsx or pdf."""
    return FileResponse(path, media_type=TYPES[ending], headers=_headers(name, plain))


def _headers(name: str, plain: str) -> dict[str, str]:
    kept = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Disposition": kept, "Cache-Control": "private, no-store"}
