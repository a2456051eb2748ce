"""Whether a person is behind a request, or a page that follows changes by itself.

An open page must not keep anybody signed in (docs/domain.md §6), nor take what was left to say to a person.
"""

from fastapi import Request

HEADER = "x-live"  # what live.js sends along when it fetches the page that it stands on


def attended(request: Request) -> bool:
    """False for the stream of changes, for the question whether there were any, and for the page fetched after one."""
    return HEADER not in request.headers and not request.url.path.startswith("/live")
