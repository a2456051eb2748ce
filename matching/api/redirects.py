"""Where a page leads next: never off this site, whatever stands in `next`."""

from urllib.parse import urlsplit

from fastapi.responses import RedirectResponse


def local_path(wanted: str | None, otherwise: str = "/") -> str:
    """`wanted` when it is a path of this site ('/board?state=accepted'), else `otherwise`."""
    path = wanted or ""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(char) < 33 for char in path):
        return otherwise
    parts = urlsplit(path)
    return otherwise if parts.scheme or parts.netloc or "\\" in parts.path else path


def see(path: str) -> RedirectResponse:
    """The answer to a form that was done: go and look there."""
    return RedirectResponse(path, 303)
