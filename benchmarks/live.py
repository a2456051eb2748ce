"""Open pages on one process: how soon all of 500 hear of a change, how soon they show it, and what one costs."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import psutil

from benchmarks import load, stage
from benchmarks.board import sign_in
from benchmarks.figures import Figure
from benchmarks.filing import wishes_of
from tests.api.listening import Stream, listening

PAGES = 500
CONCERNED = 50  # of them hear of one dispatch: a branch of a hospital with some ten, and its office
WITHIN = 2.0  # seconds from the answer to who changed something


def run(quick: bool) -> Iterator[Figure]:
    """Pages of a dispatcher, who hears of everything: each change reaches all of them."""
    with stage.postgres("live") as urls, stage.server("product", urls["live"]) as port:
        cookie, make = sign_in(port), wishes_of(port)
        server = next(one for one in psutil.Process().children() if str(port) in one.cmdline())
        heard, shown, weight = asyncio.run(_rounds(port, cookie, make, server, 3 if quick else 10))
    note = f"the last one after {max(heard):.2f} s"
    yield Figure(f"share of {PAGES} pages that heard of a change within 2 s", _share(heard), 1, least=True, note=note)
    note = f"the last one after {max(shown):.2f} s"
    yield Figure(f"share of {CONCERNED} pages that showed it within 2 s", _share(shown), 1, least=True, note=note)
    yield Figure("memory of one open page, KiB", weight, 128)


async def _rounds(
    port: int, cookie: str, make: Callable[[], bytes], server: psutil.Process, rounds: int
) -> tuple[list[float], list[float], float]:
    board = load.get("/board", f"Cookie: session={cookie}", "X-Live: 1")
    heard: list[float] = []
    shown: list[float] = []
    await load.drive(port, make, connections=8, count=200, expect=b" 303")
    await load.drive(port, lambda: board, connections=8, count=50, expect=b" 200")
    before = server.memory_info().rss
    async with AsyncExitStack() as stack:
        pages = [
            await stack.enter_async_context(listening(port, cookie, f"/live?since={10**14}")) for _page in range(PAGES)
        ]
        for page in pages:
            await page.event()
        weight = (server.memory_info().rss - before) / PAGES / 1024
        for _round in range(rounds):
            await load.drive(port, make, connections=1, count=1, expect=b" 303")
            changed = time.perf_counter()
            times = await asyncio.gather(
                *(_follow(page, port, board if n < CONCERNED else b"") for n, page in enumerate(pages))
            )
            heard += [at - changed for at, _shown in times]
            shown += [at - changed for _heard, at in times if at]
            await asyncio.sleep(1.5)  # a page hears once a second: each round is a change after some quiet
    return heard, shown, weight


async def _follow(page: Stream, port: int, board: bytes) -> tuple[float, float]:
    """When the page heard, and when it had its new content in hand."""
    await page.event()
    heard = time.perf_counter()
    if not board:
        return heard, 0.0
    await load.drive(port, lambda: board, connections=1, count=1, expect=b" 200")
    return heard, time.perf_counter()


def _share(times: list[float]) -> float:
    return sum(seconds <= WITHIN for seconds in times) / len(times)
