"""Ten minutes at 60 % of what the machine can do: every verb mixed, from many actors, on two web processes and two
workers with PostgreSQL and Redis. Nothing may fail, nothing may grow, and afterwards the Steps must agree."""

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

import psutil
from sqlmodel import col, func, select

from benchmarks import load, stage
from benchmarks.board import sign_in
from benchmarks.figures import Figure
from benchmarks.filing import wishes_of
from benchmarks.lives import MEMBERS, ROLES, Act, lives, move_in, token_of
from matching import clock
from matching.db import Database, Work
from matching.requests.steps import Step
from matching.requests.verify import differences

SHARE = 0.6
SIDE_BY_SIDE = 32  # lives at once
WARM = 120.0  # seconds; what a process needs for good it has by then
WEIGH_EVERY = 1.0
SETTLE = 60.0  # seconds at most until the last Step is announced


@dataclass
class Tally:
    """What came of the acts: how many, how slow, and everything that was not as it should be."""

    done: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)


@dataclass
class Pace:
    """So many acts a second in all, evenly; 0 for as many as there can be."""

    a_second: float
    _next: float = 0.0

    async def wait(self) -> None:
        """Until it is this caller's turn."""
        if not self.a_second:
            return
        now = time.monotonic()
        self._next = max(self._next, now - 1) + 1 / self.a_second  # what was missed is made up for a second, no longer
        await asyncio.sleep(max(0.0, self._next - now))


@dataclass
class Crowd:
    """Everybody who acts, at all web processes in turn."""

    ports: list[int]
    cookie: str
    pace: Pace
    until: float
    tally: Tally = field(default_factory=Tally)
    rng: random.Random = field(default_factory=lambda: random.Random(11))

    async def live(self) -> None:
        """One request after the other, each from the filing to the end of its life."""
        all_lives, wish = lives(clock.now()), wishes_of(self.ports[0], consent_public_display="on")
        while time.monotonic() < self.until:
            head, _body = await self._ask("file", wish(), b" 303")
            code = head.partition(b"/r/")[2].partition(b"?")[0].decode()
            _head, body = await self._ask("follow", load.get("/api/v1/followup", f"Query-Code: {code}"))
            if not body:
                continue
            number, (member, mate) = json.loads(body)["number"], self.rng.sample(MEMBERS, 2)
            for act in self.rng.choice(all_lives):
                person_id = {"member": member, "mate": mate, **ROLES}.get(act.who)
                head, _body = await self._ask(act.verb, _press(act, number, code, person_id))
                if not head:
                    break
            await self._ask("track", load.get(f"/r/{code}"))
            await self._ask("board", load.get("/board", f"Cookie: session={self.cookie}"))

    async def _ask(self, what: str, request: bytes, expect: bytes = b" 200") -> tuple[bytes, bytes]:
        """The answer; two empty ones when it was not the expected one, which is kept in the tally."""
        await self.pace.wait()
        begun = time.perf_counter()
        try:
            head, body = await load.once(self.rng.choice(self.ports), request)
        except (OSError, EOFError) as error:
            head, body = type(error).__name__.encode(), b""
        status = head.partition(b"\r\n")[0]
        if expect not in status:
            self.tally.wrong[f"{what}: {status.decode()} {body[:200].decode(errors='replace')}"] += 1
            return b"", b""
        self.tally.done += 1
        self.tally.took.append(time.perf_counter() - begun)
        return head, body


def run(quick: bool) -> Iterator[Figure]:
    """First the maximum, shortly; then the long run below it."""
    seconds, measuring = (60.0, 10.0) if quick else (600.0, 30.0)
    with stage.postgres("soak") as urls, stage.valkey() as redis, ExitStack() as stack:
        url = urls["soak"]
        ports = [stack.enter_context(stage.server("product", url, redis)) for _ in range(2)]
        for _ in range(2):
            stack.enter_context(stage.worker(url, redis))
        ours = [one for one in psutil.Process().children() if {"uvicorn", "matching"} & set(one.cmdline())]
        yield from asyncio.run(_soak(url, ports, ours, measuring, seconds))


async def _soak(
    url: str, ports: list[int], processes: list[psutil.Process], measuring: float, seconds: float
) -> list[Figure]:
    database = Database(url)
    await Work(database)(move_in)
    cookie = sign_in(ports[0])
    most = await _crowd(ports, cookie, measuring, 0)
    weights: list[list[int]] = []
    weighing = asyncio.create_task(_weigh(processes, weights, min(WARM, seconds / 3)))
    tally = await _crowd(ports, cookie, seconds, SHARE * most.done / measuring)
    weighing.cancel()
    waiting = await _left_waiting(database)
    async with database.reading() as session:
        wrong = [line async for line in differences(session)]
    await database.close()
    growth = [_growth([weight[place] for weight in weights]) for place in range(len(processes))]
    errors = most.wrong + tally.wrong
    slow = sorted(tally.took)[int(len(tally.took) * 0.99)] * 1000
    rates = f"{tally.done / seconds:.0f} acts a second of {most.done / measuring:.0f}, 99 % within {slow:.0f} ms"
    mib = ", ".join(f"{weight / 2**20:.0f}" for weight in weights[-1])
    return [
        Figure("soak: answers that were no success", sum(errors.values()), 0, note=f"{rates} {dict(errors) or ''}"),
        Figure("soak: growth of the process that grew most, per cent", max(growth), 10, note=f"at the end {mib} MiB"),
        Figure("soak: Steps that nobody was told of", waiting, 0),
        Figure("soak: differences that verify found", len(wrong), 0, note=" ".join(wrong[:3])),
    ]


async def _crowd(ports: list[int], cookie: str, seconds: float, a_second: float) -> Tally:
    crowd = Crowd(ports, cookie, Pace(a_second), time.monotonic() + seconds)
    await asyncio.gather(*(crowd.live() for _ in range(SIDE_BY_SIDE)))
    return crowd.tally


def _press(act: Act, number: str, code: str, person_id: int | None) -> bytes:
    """`person_id`: None for the requester."""
    key, body = f"Idempotency-Key: {uuid.uuid4().hex}", json.dumps(act.body).encode()
    if person_id is None:
        return load.post(f"/api/v1/followup/{act.verb}", body, f"Query-Code: {code}", key, kind="application/json")
    who = f"Authorization: Bearer {token_of(person_id)}"
    return load.post(f"/api/v1/requests/{number}/{act.verb}", body, who, key, kind="application/json")


async def _weigh(processes: list[psutil.Process], weights: list[list[int]], warm: float) -> None:
    await asyncio.sleep(warm)
    while True:
        weights.append([process.memory_info().rss for process in processes])
        await asyncio.sleep(WEIGH_EVERY)


def _growth(weights: list[int]) -> float:
    """Per cent from the first tenth to the last, by their medians: one allocation more or less is no growth."""
    tenth = max(1, len(weights) // 10)
    return (median(weights[-tenth:]) / median(weights[:tenth]) - 1) * 100


async def _left_waiting(database: Database) -> int:
    until, waiting = time.monotonic() + SETTLE, 1
    while waiting and time.monotonic() < until:
        await asyncio.sleep(0.2)
        async with database.reading() as session:
            count = select(func.count()).where(col(Step.announced_at).is_(None))
            waiting = (await session.exec(count)).one()
    return waiting
