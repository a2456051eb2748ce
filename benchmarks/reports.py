"""Figures of a quarter from the daily sums against the same from plain SQL, and a day's refresh against a full build.

1,000,000 requests of two years with 3,000,000 Steps, each with a claim and most with a rating, in a hospital of 34
branches, 27 services, 42 places and 18 partners. Plain SQL has an index by time of filing, which the product has not.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks import stage
from benchmarks.figures import Figure, ratio
from matching import clock
from matching.clock import SHANGHAI
from matching.db import Database, Work
from matching.people.actor import Actor
from matching.reports import checking, refreshing, sums
from matching.reports.figures import Group, Period, Scope, ScopeKind, Step, by_group, figures, league, series

DAYS, BRANCHES, SERVICES, SPOTS, PARTNERS = 730, 34, 27, 42, 18
HOSPITAL = f"""
INSERT INTO unit (id, root_id, parent_id, code, name, kind, path, desk_phone, demo) SELECT i, 1, 1, 'B' || i,
  '第' || i || '党支部', 'branch', '/1/' || i || '/', '', false FROM generate_series(3, {BRANCHES + 1}) AS i;
INSERT INTO service (id, root_id, code, name, name_en, service_group, audience, kind, skills, slots, tier,
  dispatch_limit, claim_limit, handle_limit, coefficient, needs_phone, position, open) SELECT i, 1, 's' || i,
  '服务' || i, '', '', 'both', 'service', '[]', 1, 'T3', '24h', '1wd', '7d', 1.0, false, i, true
  FROM generate_series(2, {SERVICES}) AS i;
INSERT INTO spot (id, root_id, code, slug, name, building, floor, department, unit_id, open) SELECT i, 1, 'p' || i,
  'p' || i, '地点' || i, '', 1, '', 2 + i % {BRANCHES}, true FROM generate_series(2, {SPOTS}) AS i;
INSERT INTO partner (id, root_id, code, name, kind, address, unit_id, open, made_at) SELECT i, 1, 'P' || i,
  '单位' || i, 'enterprise', '', 2, true, now() FROM generate_series(1, {PARTNERS}) AS i;
"""
LIVES = """
CREATE TEMP TABLE life AS SELECT i, filed_at, done_at, 2 + (i * 7919) % {branches} AS unit_id,
  1 + (i * 104729) % {services} AS service_id, 1 + (i * 31) % {spots} AS spot_id,
  CASE WHEN i % 200 = 0 THEN 1 + (i / 200) % {partners} END AS partner_id
FROM (SELECT i, filed_at, filed_at + (1 + (i * 37) % 190) * interval '1 hour' AS done_at
      FROM (SELECT i, CAST(:now AS timestamptz) - i * ({days} * interval '1 day' / {count}) AS filed_at
            FROM generate_series(CAST(0 AS bigint), {count} - 1) AS i) AS x) AS y
"""
FILED = """
INSERT INTO service_request (id, root_id, filing_key, filing_digest, code_hash, channel, filed_at, service_id, spot_id,
  partner_id, home_unit_id, unit_id, need, reason, requester_label, has_phone, lang, emergency, suspect, for_minor,
  consents, show_publicly, state_since, last_hash, tier, slots, version, wording, state, last_seq, urges, late_urged,
  returns, ruled, extension, supervisions, result, rated_again, dispatched_at, taken_at, contacted_at, handle_due_at,
  promised_done_at)
SELECT {count} - i, 1, 'k' || i, '', 'h' || i, 'qr', filed_at, service_id, spot_id, partner_id, unit_id, unit_id,
  '想借一辆轮椅去做检查，编号' || i, '', '张*', false, 'zh-Hans', false, '', false, '{{}}', false, filed_at, '', 'T3',
  1, 1, '', 'in_progress', 2, i % 5 / 4, false, 0, false, '', 0, '', false, filed_at, filed_at, filed_at,
  filed_at + interval '6 days', filed_at + interval '5 days'
FROM life WHERE filed_at > :since AND filed_at <= :upto
"""
DONE = """
UPDATE service_request AS r SET completed_at = done_at - interval '1 hour', state = 'closed', state_since = done_at,
  result = CASE WHEN i % 11 = 0 THEN 'partly' ELSE 'solved' END, last_seq = 3,
  level = CASE WHEN i % 5 > 0 THEN 5 - i % 4 END
FROM life WHERE r.id = {count} - i AND done_at > :since AND done_at <= :upto;
INSERT INTO claim (root_id, request_id, slot, kind, person_id, name, assigned, status, at, ended_at, minutes)
SELECT 1, {count} - i, 1, 'member', 2 + i % 60, '员', false, 'done', filed_at, done_at, 10 + i % 50 FROM life
WHERE done_at > :since AND done_at <= :upto;
INSERT INTO rating (root_id, request_id, turn, level, reasons, comment, at)
SELECT 1, {count} - i, 1, 5 - i % 4, CASE WHEN i % 4 = 3 THEN '["not_solved"]'::json ELSE '[]'::json END, '', done_at
FROM life WHERE i % 5 > 0 AND done_at > :since AND done_at <= :upto;
"""
STEPS = """
INSERT INTO step (root_id, request_id, seq, at, verb, from_state, to_state, by_kind, unit_id, reason, note, detail,
  hash, tries, trouble)
SELECT 1, {count} - i, seq, at, verb, '', '', 'person', unit_id, '', '', detail, repeat('0', 64), 0, ''
FROM (SELECT i, 1 AS seq, filed_at AS at, 'file' AS verb, unit_id, '{{}}'::json AS detail FROM life
      UNION ALL SELECT i, 2, filed_at, CASE WHEN i % 25 = 0 THEN 'return_order' ELSE 'accept' END, unit_id,
        json_build_object('before', 2 + (i * 3) % {branches}) FROM life
      UNION ALL SELECT i, 3, done_at, CASE WHEN i % 5 = 0 THEN 'close' ELSE 'rate' END, unit_id, '{{}}'::json FROM life
     ) AS x
WHERE at > :since AND at <= :upto ORDER BY at
"""


def run(quick: bool) -> Iterator[Figure]:
    """Rounds in turn; the medians of the ratios pair by pair."""
    with stage.postgres("reports") as urls:
        yield from asyncio.run(measured(urls["reports"], 100_000 if quick else 1_000_000, 3))


async def measured(url: str, count: int, rounds: int) -> list[Figure]:
    """Fill, build, let a day pass, refresh, ask."""
    database = Database(url)
    work, now = Work(database), clock.now()
    yesterday, begin = now - timedelta(days=1), now - timedelta(days=DAYS + 1)
    await fill(database, count, now, begin, yesterday, new=True)
    built = await _seconds(refreshing.rebuild, work, now)
    await fill(database, count, now, yesterday, now, new=False)
    refreshed = await _seconds(refreshing.count_figures, database, work, now)
    async with database.reading() as session:
        wrong = [line async for line in checking.differences(session)]
    if wrong:
        raise RuntimeError(f"the daily sums are wrong: {wrong[:3]}")
    ours, theirs, same = await _compared(database, Period.quarter_of(now.astimezone(SHANGHAI).date()).before, rounds)
    await database.close()
    each = f"{ours[0] * 1000:.0f} ms against {theirs[0]:.1f} s; identical"
    return [
        Figure(f"a quarter's figures at {count:,}, against plain SQL", ratio(ours, theirs), 1 / 30, note=each),
        Figure("identical figures", float(same), 1, least=True),
        Figure("a day's refresh, against a full build", refreshed / built, 0.01,
               note=f"{refreshed * 1000:.0f} ms against {built:.1f} s"),
    ]  # fmt: skip


async def fill(database: Database, count: int, now: datetime, since: datetime, upto: datetime, *, new: bool) -> None:
    """What happened in this time."""
    sizes = {"count": count, "days": DAYS, "branches": BRANCHES, "services": SERVICES, "spots": SPOTS}
    sizes["partners"] = PARTNERS
    times = {"now": now, "since": since, "upto": upto}
    async with database.writing() as connection:
        for statement in HOSPITAL.split(";") if new else ():
            if statement.strip():
                await connection.execute(text(statement))
        for statements in (LIVES, FILED, DONE, STEPS):
            for statement in statements.format(**sizes).split(";"):
                if statement.strip():
                    named = {name: times[name] for name in times if f":{name}" in statement}
                    await connection.execute(text(statement.replace("::json", "\\:\\:json")), named)
        if new:
            await connection.execute(text("CREATE INDEX by_filing ON service_request (root_id, filed_at)"))
        await connection.execute(text("DROP TABLE life"))
    if new:
        await _vacuumed(database)


async def _vacuumed(database: Database) -> None:
    async with database.engine.connect() as connection:
        vacuuming = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await vacuuming.execute(text("VACUUM ANALYZE"))


async def _compared(database: Database, period: Period, rounds: int) -> tuple[list[float], list[float], bool]:
    """The same questions, with the daily sums and without."""
    await _vacuumed(database)
    kept, ours, theirs, same = sums.newer, list[float](), list[float](), True
    await _asked(database, period)  # statements are compiled once in a process
    for _round in range(rounds):
        begun = time.perf_counter()
        from_sums = await _asked(database, period)
        ours.append(time.perf_counter() - begun)
        sums.newer = _nothing_counted
        begun = time.perf_counter()
        plainly = await _asked(database, period)
        theirs.append(time.perf_counter() - begun)
        sums.newer = kept
        same &= from_sums == plainly
    return ours, theirs, same


async def _asked(database: Database, period: Period) -> list[Any]:
    """What a quarter's report of the hospital asks for."""
    by, found = Actor.system(1), []
    async with database.reading() as session:
        for days in (period, period.before):
            found.append(await figures(session, 1, Scope(), days, by=by))
        for group in Group:
            found.append([(row.code, row.figures) for row in await by_group(session, 1, group, period, by=by)])
        branch = Scope(ScopeKind.unit, 5)
        found.append(await figures(session, 1, branch, period, by=by))
        inside = await by_group(session, 1, Group.service, period, by=by, scope=branch)
        found.append([(row.code, row.figures) for row in inside])
        found.append(await series(session, 1, Scope(), period, Step.month, by=by))
        found.append([(one.rank, one.row.code) for one in await league(session, 1, period, by=by)])
    return found


async def _nothing_counted(_session: AsyncSession) -> None:
    return None


async def _seconds(do: Callable[..., Awaitable[int]], *args: Any) -> float:
    begun = time.perf_counter()
    await do(*args)
    return time.perf_counter() - begun
