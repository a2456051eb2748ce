"""The files that pages load: read once at start, named by their content, kept by browsers for a year.

`app.css` is put together here from Pico and our own rules, so that a page costs one stylesheet.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi import APIRouter, Request, Response

from matching.api.stylesheet import bundle
from matching.errors import NotSeen

PACKAGE = Path(__file__).resolve().parent.parent
WEB = next(place for place in (PACKAGE / "_web", PACKAGE.parent / "web") if place.is_dir())
"""Templates, static files and catalogues: inside the installed package, or beside it in a checkout."""

A_YEAR = "public, max-age=31536000, immutable"
TEXT = {".css", ".js", ".svg", ".txt", ".md", ".webmanifest"}


@dataclass(frozen=True)
class Asset:
    """One file in memory, plain and, where it is text, packed."""

    body: bytes
    media_type: str
    packs: bool

    @cached_property
    def digest(self) -> str:
        """Ten hexadecimal digits of the content's hash: another content, another address."""
        return hashlib.sha256(self.body).hexdigest()[:10]

    @cached_property
    def packed(self) -> bytes:
        """The gzip form; the time in its head is fixed so that it is the same on every machine."""
        return gzip.compress(self.body, 9, mtime=0)


class Assets:
    """All static files by their name below `static/`, and `app.css`."""

    def __init__(self, static: Path) -> None:
        self.by_name = {
            path.relative_to(static).as_posix(): _asset(path.name, path.read_bytes())
            for path in sorted(static.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }
        pico = (static / "vendor/pico/pico.classless.min.css").read_text()
        self.by_name["app.css"] = _asset("app.css", bundle(pico, (static / "app.css").read_text()).encode())

    def url(self, name: str) -> str:
        """The address of a file for a page. Raises KeyError for a name that does not exist."""
        return f"/static/{self.by_name[name].digest}/{name}"


def _asset(name: str, body: bytes) -> Asset:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, media_type, Path(name).suffix in TEXT)


assets = Assets(WEB / "static")
router = APIRouter(include_in_schema=False)


@router.get("/static/{digest}/{name:path}")
async def asset(digest: str, name: str, request: Request) -> Response:
    """One file. An outdated digest (a page from before an upgrade) gets today's file, and must ask again."""
    found = assets.by_name.get(name)
    if found is None:
        raise NotSeen
    headers = {"Cache-Control": A_YEAR if digest == found.digest else "no-cache", "Vary": "Accept-Encoding"}
    if found.packs and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, media_type=found.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.body, media_type=found.media_type, headers=headers)
