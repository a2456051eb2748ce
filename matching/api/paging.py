"""Keyset pages: a cursor says after which row to go on. It holds sort keys only and is checked when it comes back."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query, Request, Response

from matching.errors import Refused

LARGEST_ID = 2**63 - 1
Row = TypeVar("Row")
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Size = Annotated[int, Query(ge=1, le=100, description="Rows a page")]
After = Annotated[str | None, Query(max_length=200, description="`next` of the page before; opaque")]


def cursor(*keys: str | int | datetime) -> str:
    """Keys as they come back from `keys_of`."""
    plain = [key.astimezone(UTC).isoformat() if isinstance(key, datetime) else key for key in keys]
    packed = json.dumps(plain, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def keys_of(after: str, *kinds: type) -> tuple[Any, ...]:
    """The keys within a cursor, of these kinds (StrEnum, str, int as id, datetime). Raises Refused("bad_cursor")."""
    try:
        packed = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True)
        plain = json.loads(packed)
        if not isinstance(plain, list):
            raise ValueError("not a list")
        return tuple(_key(kind, key) for kind, key in zip(kinds, plain, strict=True))
    except (ValueError, OverflowError, RecursionError, binascii.Error) as error:
        raise Refused("bad_cursor", field="after") from error


def _key(kind: type, key: Any) -> Any:
    if kind is datetime and isinstance(key, str):
        return datetime.fromisoformat(key).astimezone(UTC)
    if kind is int and type(key) is int and 0 <= key <= LARGEST_ID:
        return key
    if kind is str and isinstance(key, str) and key.isprintable():  # neither what no database takes
        return key
    if issubclass(kind, StrEnum):
        return kind(key)
    raise ValueError("not such a key")


def link_next(request: Request, response: Response, after: str | None) -> str | None:
    """The address of the next page, for the body's `next` and, by RFC 8288, for the Link header; None at the end."""
    if after is None:
        return None
    url = request.url.include_query_params(after=after)
    address = f"{url.path}?{url.query}"
    response.headers["Link"] = f'<{address}>; rel="next"'
    return address


@dataclass(frozen=True)
class Part(Generic[Row]):
    """Some of a long list, for `_parts/_part.html`, from its row number `first` (0 is the first) on; the ids from which
    the parts after it and before it go on."""

    rows: Sequence[Row]
    first: int
    older: int | None
    newer: int | None


def start_of(request: Request, key: str) -> int:
    """The id from which the address wants a long list of its page to go on; 0 for its beginning."""
    asked = request.query_params.get(key, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0


def part_of(rows: Sequence[Row], id_of: Callable[[Row], int], start: int, size: int) -> Part[Row]:
    """`size` of what was read as a whole, from the row with that id on; from the first one where there is none."""
    first = next((place for place, row in enumerate(rows) if id_of(row) == start), 0)
    older = id_of(rows[first + size]) if len(rows) > first + size else None
    return Part(rows[first : first + size], first, older, id_of(rows[max(first - size, 0)]) if first else None)
