"""Pages over a full table: a million requests must cost what ten thousand do."""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks import load, stage
from benchmarks.figures import Figure, ratio
from matching import clock
from matching.db import Database
from matching.people.actor import Actor
from matching.people.model import Person
from matching.people.queries import actor_of
from matching.privacy.codes import code_hash, query_code
from matching.requests.model import ServiceRequest
from matching.requests.queries import BY_DUE, SEARCHED, Filters, board_column
from matching.requests.states import OPEN, State

SMALL, LARGE = 10_000, 1_000_000
PEPPER = stage.SECRETS["MATCHING_SECRET"].encode()
SHARES = (  # state, per cent of the table: the same in both, so that every column is full in both
    ("submitted", 2), ("needs_info", 1), ("accepted", 2), ("dispatched", 3), ("in_progress", 4), ("parked", 1),
    ("completed", 3), ("rectifying", 1), ("closed", 5), ("rejected", 3), ("withdrawn", 3), ("archived", 72),
)  # fmt: skip


def _searched(count: int) -> float:
    """How many texts a search may look at in a table of so many: the open ones, and the newest of the others."""
    opened = sum(share for state, share in SHARES if state in OPEN) / 100
    return count * opened + min(count, SEARCHED) * (1 - opened)


SEARCHED_MORE = _searched(LARGE) / _searched(SMALL)
FILL = """
INSERT INTO service_request (root_id, filing_key, filing_digest, code_hash, channel, filed_at, service_id, spot_id,
  home_unit_id, unit_id, need, reason, requester_label, has_phone, lang, emergency, suspect, for_minor, consents,
  show_publicly, state_since, last_hash, tier, slots, due_at, dispatch_due_at, claim_due_at, handle_due_at, version,
  wording, state, last_seq, urges, late_urged, returns, ruled, extension, supervisions, result, rated_again)
SELECT 1, 'k' || i, '', 'h' || i, 'qr', moment, 1, 1, 2, 2, '想借一辆轮椅去做检查，编号' || i, '', '张*', false,
  'zh-Hans', false, '', false, '{{}}', false, moment, '', 'T1', 1,
  CASE WHEN state IN ('submitted', 'accepted', 'dispatched', 'in_progress', 'rectifying') THEN moment + '2 hours' END,
  moment, moment, moment, 1, '', state, 1, 0, true, 0, false, '', 0, '', false
FROM (SELECT i, now() - i * interval '20 seconds' AS moment, (ARRAY[{states}])[1 + i % 100] AS state
      FROM generate_series(1, {count}) AS i) AS x
"""


def run(quick: bool) -> Iterator[Figure]:
    """The same pages on both tables in turn; medians of the ratios pair by pair."""
    rounds = 15 if quick else 60
    with stage.postgres("small", "large") as urls:
        for name, count in (("small", SMALL), ("large", LARGE)):
            asyncio.run(fill(urls[name], count))
        yield from compare(urls["small"], urls["large"], rounds)


def compare(small_url: str, large_url: str, rounds: int, redis_url: str = "") -> Iterator[Figure]:
    """Each page on both databases in turn."""
    with stage.server("product", small_url, redis_url) as small, stage.server("product", large_url, redis_url) as large:
        cookies = {port: sign_in(port) for port in (small, large)}
        code = {port: asyncio.run(_code(url)) for port, url in ((small, small_url), (large, large_url))}
        pages = {
            "board, first page": lambda port: load.get("/board", f"Cookie: session={cookies[port]}"),
            "board, search by text": lambda port: load.get(
                "/board?" + urlencode({"q": "编号17"}), f"Cookie: session={cookies[port]}"
            ),
            "tracking page": lambda port: load.get(f"/r/{code[port]}"),
        }
        for name, make in pages.items():
            times: dict[int, list[float]] = {small: [], large: []}
            for _ in range(rounds):
                for port in (small, large):
                    answers = load.drive(port, partial(make, port), connections=1, count=3, expect=b" 200")
                    times[port].append(min(asyncio.run(answers).latencies))
            more, each = (SEARCHED_MORE, ", for each text it may look at") if "text" in name else (1.0, "")
            note = f"{min(times[large]) * 1000:.1f} ms at its best"
            times_more = ratio(times[large], times[small])
            yield Figure(f"{name}, 1,000,000 against 10,000{each}", times_more / more, 1.2, note=note)
    for state in (State.dispatched, State.archived):
        yield asyncio.run(_deep(small_url, large_url, state, rounds))


async def fill(url: str, count: int, *more: str) -> None:
    """So many requests, then what else is to be written, and the planner knows them."""
    states = ", ".join(f"'{state}'" for state, share in SHARES for _ in range(share))
    database = Database(url)
    async with database.writing() as connection:
        await connection.execute(text(FILL.format(states=states, count=count).replace(":", "\\:")))
        for statement in more:
            await connection.execute(text(statement))
    async with database.engine.connect() as connection:
        vacuuming = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await vacuuming.execute(text("VACUUM ANALYZE"))
    await database.close()


async def _code(url: str) -> str:
    """Give one request in the middle of the table a query code that we know, and a first Step."""
    code, database = query_code(PEPPER, "bench"), Database(url)
    async with database.writing() as connection:
        found = await connection.execute(
            text("UPDATE service_request SET code_hash = :hash WHERE filing_key = 'k5000' RETURNING id"),
            {"hash": code_hash(PEPPER, code)},
        )
        await connection.execute(
            text(
                "INSERT INTO step (root_id, request_id, seq, at, verb, from_state, to_state, by_kind, reason, note,"
                " detail, hash) VALUES (1, :id, 1, now(), 'file', '', 'submitted', 'requester', '', '', '{}', '')"
                " ON CONFLICT DO NOTHING"
            ),
            {"id": found.scalar_one()},
        )
    await database.close()
    return code


async def _deep(small: str, large: str, state: State, rounds: int) -> Figure:
    """A page nine tenths down a column, read in this process."""
    reads: dict[str, Callable[[], Awaitable[object]]] = {}
    databases = {url: Database(url) for url in (small, large)}
    for url, database in databases.items():
        async with database.reading() as session:
            actor = await actor_of(session, await session.get_one(Person, 1))
            after = await _nine_tenths_down(session, state)
        reads[url] = _reader(database, actor, state, after)
    times: dict[str, list[float]] = {small: [], large: []}
    for _ in range(rounds):
        for url in (small, large):
            best = []
            for _again in range(3):
                begun = time.perf_counter()
                await reads[url]()
                best.append(time.perf_counter() - begun)
            times[url].append(min(best))
    for database in databases.values():
        await database.close()
    return Figure(f"column {state}, nine tenths down, 1,000,000 against 10,000", ratio(times[large], times[small]), 1.2)


def _reader(
    database: Database, actor: Actor, state: State, after: tuple[datetime, int]
) -> Callable[[], Awaitable[object]]:
    async def read() -> object:
        async with database.reading() as session:
            return await board_column(session, actor, state, Filters(), at=clock.now(), after=after)

    return read


async def _nine_tenths_down(session: AsyncSession, state: State) -> tuple[datetime, int]:
    key = ServiceRequest.due_at if state in BY_DUE else ServiceRequest.state_since
    order = col(key).asc() if state in BY_DUE else col(key).desc()
    share = dict(SHARES)[state] / 100
    total = (await session.exec(text("SELECT count(*) FROM service_request"))).scalar_one()  # type: ignore[call-overload]
    statement = select(key, ServiceRequest.id).where(ServiceRequest.state == state).order_by(order)
    return (await session.exec(statement.offset(int(total * share * 0.9)).limit(1))).one()


def sign_in(port: int, login: str = "M0") -> str:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    body = urlencode({"account": login, "password": stage.PASSWORD}).encode()
    try:
        answer = urllib.request.build_opener(Stay).open(f"http://127.0.0.1:{port}/login", body, timeout=10)
    except urllib.error.HTTPError as redirect:
        answer = redirect
    return str(answer.headers["set-cookie"]).split("session=", 1)[1].split(";", 1)[0]
