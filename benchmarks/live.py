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
CONCERNED = 50  # of them show a new wish: the boards; the others are members' lists, where nothing new stands yet
WITHIN = 2.0  # seconds from the answer to who changed something
NEVER = f"/live?since={10**14}"  # of a page made after all that happens here


def run(quick: bool) -> Iterator[Figure]:
    """First 500 boards, all of which hear of a new wish; then 50 boards that also fetch themselves, among 500 pages."""
    rounds = 3 if quick else 10
    with stage.postgres("live") as urls, stage.server("product", urls["live"]) as port:
        server = next(one for one in psutil.Process().children() if str(port) in one.cmdline())
        board, member, make = sign_in(port), sign_in(port, "M1"), wishes_of(port)
        asyncio.run(_warm(port, board, make))
        before = server.memory_info().rss
        heard, weight = asyncio.run(_round_after_round(port, [board] * PAGES, make, rounds, server))
        pages = [board] * CONCERNED + [member] * (PAGES - CONCERNED)
        spent = server.cpu_times().user + server.cpu_times().system
        shown, _weight = asyncio.run(_round_after_round(port, pages, make, rounds, server, showing=CONCERNED))
        spent = (server.cpu_times().user + server.cpu_times().system - spent) / rounds
    note = f"the last one after {max(heard):.2f} s"
    yield Figure(f"share of {PAGES} pages that heard of a change within 2 s", _share(heard), 1, least=True, note=note)
    note = f"the last one after {max(shown):.2f} s; the server worked {spent:.2f} s for each change"
    yield Figure(f"share of {CONCERNED} boards that showed it within 2 s", _share(shown), 1, least=True, note=note)
    yield Figure("memory of one open page, KiB", (weight - before) / PAGES / 1024, 128)


async def _warm(port: int, cookie: str, make: Callable[[], bytes]) -> None:
    await load.drive(port, make, connections=8, count=200, expect=b" 303")
    await load.drive(port, lambda: _board(cookie), connections=8, count=50, expect=b" 200")


async def _round_after_round(
    port: int, cookies: list[str], make: Callable[[], bytes], rounds: int, server: psutil.Process, showing: int = 0
) -> tuple[list[float], int]:
    """Seconds until each page heard, or until the first `showing` of them had their new content; the server's memory
    with all pages open."""
    took: list[float] = []
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(listening(port, cookie, NEVER)) for cookie in cookies]
        for page in pages:
            await page.event()
        weight = server.memory_info().rss
        for _round in range(rounds):
            await load.drive(port, make, connections=1, count=1, expect=b" 303")
            changed = time.perf_counter()
            concerned = zip(pages[: showing or PAGES], cookies, strict=False)
            ended = await asyncio.gather(*(_follow(page, port, cookie, bool(showing)) for page, cookie in concerned))
            took += [at - changed for at in ended]
            await asyncio.sleep(1.5)  # a page hears once a second: each round is a change after some quiet
    return took, int(weight)


async def _follow(page: Stream, port: int, cookie: str, shows: bool) -> float:
    """When the page heard, or had its new content in hand."""
    await page.event()
    if shows:
        await load.drive(port, lambda: _board(cookie), connections=1, count=1, expect=b" 200")
    return time.perf_counter()


def _board(cookie: str) -> bytes:
    return load.get("/board", f"Cookie: session={cookie}", "X-Live: 1")


def _share(times: list[float]) -> float:
    return sum(seconds <= WITHIN for seconds in times) / len(times)
