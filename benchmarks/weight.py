"""What the filing page costs a cheap phone: bytes over the wire, heads and all, and how many requests."""

import asyncio
import re
from collections.abc import Iterator

from benchmarks import load, stage
from benchmarks.figures import Figure

KIB = 1024


def run(quick: bool) -> Iterator[Figure]:
    """The page and all that it loads, packed as browsers ask for it."""
    with stage.sqlite() as url, stage.server("product", url) as port:
        page = asyncio.run(_fetch(port, "/q/HALL", "Accept-Encoding: identity"))
        addresses = re.findall(r'<(?:link|script|img)[^>]+(?:href|src)="(/[^"]+)"', page.decode(errors="replace"))
        ways = ["/q/HALL", *dict.fromkeys(addresses)]
        total = sum(len(asyncio.run(_fetch(port, way, "Accept-Encoding: gzip"))) for way in ways)
    yield Figure("filing page, KiB over the wire", total / KIB, 20, note=f"{len(ways)} requests")
    yield Figure("filing page, requests", len(ways), 3, note=" ".join(ways))


async def _fetch(port: int, path: str, *headers: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(load.get(path, "Connection: close", *headers))
    answer = await reader.read()
    writer.close()
    return answer
