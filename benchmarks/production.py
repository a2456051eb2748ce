"""The goals of filing, board, tracking and claim as an installation meets them: on PostgreSQL with Redis on, a worker
that announces, and a million requests with their Steps and notices in the tables."""

import asyncio
from collections.abc import Iterator

from benchmarks import board, claims, filing, stage
from benchmarks.figures import Figure
from matching import clock
from matching.clock import CHINA
from matching.db import Database, Work
from matching.reports.refreshing import rebuild

STEPS = """
INSERT INTO step (root_id, request_id, seq, at, verb, from_state, to_state, by_kind, unit_id, reason, note, detail,
  hash, announced_at)
SELECT 1, id, 1, filed_at, 'file', '', 'submitted', 'requester', 2, '', '', '{}', '', filed_at FROM service_request
ON CONFLICT DO NOTHING
"""
NOTICES = """
INSERT INTO notice (root_id, person_id, step_id, request_id, words, at, read_at, repeats)
SELECT 1, 1 + id % 65, id, request_id, 'file.dispatchers', at, CASE WHEN id % 50 > 0 THEN at END, 0 FROM step
"""
COUNTED = f"""
INSERT INTO recount (root_id, calendar, seen_at, began_at, changed)
VALUES (1, '{CHINA.fingerprint()}', now(), now(), 0)
"""  # their clocks need no counting: that is done once, after a calendar has changed


def run(quick: bool) -> Iterator[Figure]:
    """Pages first, then filings, then claims, all on the same tables."""
    rounds = 15 if quick else 60
    with stage.postgres("small", "large", "bare") as urls, stage.valkey() as redis:
        for name, count in (("small", board.SMALL), ("large", board.LARGE)):
            asyncio.run(board.fill(urls[name], count, STEPS, NOTICES, COUNTED))
        asyncio.run(_count_figures(urls["large"]))
        with stage.worker(urls["large"], redis):
            yield from board.compare(urls["small"], urls["large"], rounds, redis)
            turns, seconds = (3, 2.0) if quick else (7, 5.0)
            yield from filing.against_bare(urls["large"], urls["bare"], turns, seconds, redis)
            yield from asyncio.run(claims.measured(urls["large"], 3 if quick else 9, "PostgreSQL, 1,000,000 requests"))


async def _count_figures(url: str) -> None:
    """The reports' daily sums stand, as in an installation that has run for a while."""
    database = Database(url)
    await rebuild(Work(database), clock.now())
    await database.close()
