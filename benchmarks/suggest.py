"""Who could take it: the best twenty for one request among a thousand members, with reasons, from the database.

The hospital has a year behind it: 24,000 asks, as many claims, own hours, leaves, registrations; and as many
activities ahead as the demo's branches plan. Two requests: one that needs a skill, and one that anybody could do, so
that everybody is scored.
"""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from random import Random
from statistics import median, quantiles
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import SQLModel, col, select
from uvicorn.loops.auto import auto_loop_factory

from benchmarks import stage
from benchmarks.figures import Figure
from matching import clock
from matching.asks.engagement import Engagement
from matching.asks.model import Answer, Ask, AskCount, Availability, Leave, Licence
from matching.asks.suggesting import MOST, suggestions
from matching.clock import SHANGHAI
from matching.db import Database, Work
from matching.people.actor import Actor
from matching.people.model import Grant, Person, Role
from matching.people.queries import actor_of
from matching.privacy.sealed import Sealer
from matching.requests import desk_actions, requester_actions
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.filing import Wish, prepare
from matching.requests.model import ServiceRequest
from matching.services.model import Service
from matching.serving import settle
from matching.units.model import Spot

MEMBERS = 1000
ASKS = 24_000
ACTIVITIES, LISTED, AHEAD = 72, 13, timedelta(days=14)
SKILLS = ("轮椅推送", "陪诊", "导诊", "护理", "急救培训", "报告解读", "文书", "英语", "方言-粤语", "义诊资质-医师")
PATTERNS = ("白班", "白班", "三班倒", "三班倒", "行政班", "退休")
HOUSES = ("门诊楼", "内科楼", "外科楼", "医技楼", "行政楼", "急诊楼")
CODES = tuple(f"service{n}" for n in range(12))


def run(quick: bool) -> Iterator[Figure]:
    """The same hospital on both databases."""
    rounds = 60 if quick else 400
    with stage.postgres("suggest") as urls:
        yield from _run(measured(urls["suggest"], rounds, "PostgreSQL", 20))
    with stage.sqlite() as url:
        yield from _run(measured(url, rounds, "SQLite", 40))


def _run(figures: Coroutine[Any, Any, list[Figure]]) -> list[Figure]:
    """On the loop that the product runs on."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(figures)


async def measured(url: str, rounds: int, engine: str, limit: float) -> list[Figure]:
    """p95 in milliseconds for each of the two requests, in turn."""
    database = Database(url)
    numbers = await _filled(database)
    async with database.reading() as session:
        by = await actor_of(session, await session.get_one(Person, 1))
    at = _ten_in_the_morning(clock.now())
    settle()  # as a server does before it answers
    times: dict[str, list[float]] = {what: [] for what in numbers}
    fit: dict[str, int] = {}
    for number in range(rounds + 5):
        for what, request in numbers.items():
            begun = time.perf_counter()
            async with database.reading() as session:
                found = await suggestions(session, request, MOST, by=by, at=at)
            if number >= 5:  # statements are compiled by then
                times[what].append((time.perf_counter() - begun) * 1000)
            fit[what] = found.fit
    await database.close()
    return [
        Figure(
            f"{engine}: top {MOST} of {MEMBERS} members, {what}, p95 in ms",
            quantiles(times[what], n=20)[-1],
            limit,
            note=f"median {median(times[what]):.1f} ms, {fit[what]} could",
        )
        for what in numbers
    ]


async def _filled(database: Database) -> dict[str, str]:
    """Two dispatched requests, by what they are; their numbers."""
    dice, at = Random(7), _ten_in_the_morning(clock.now())
    async with database.writing() as connection:
        for table, rows in _people(dice, at).items():
            await connection.execute(insert(table), rows)
        if not database.sqlite:
            await connection.execute(text("SELECT setval('person_id_seq', 5000), setval('service_id_seq', 100)"))
    work = Work(database)
    async with database.reading() as session:
        by, spot = await actor_of(session, await session.get_one(Person, 1)), await session.get_one(Spot, 1)
        services = list(await session.exec(select(Service).where(col(Service.id) > 1).order_by(col(Service.id))))
    numbers = {}
    for what, service in zip(("one skill needed", "anybody can"), services, strict=True):
        numbers[what] = await _dispatched(work, spot, service, by, at)
    async with database.writing() as connection:
        for table, rows in _history(dice, at).items():
            for start in range(0, len(rows), 500):
                await connection.execute(insert(table), rows[start : start + 500])
    async with database.engine.connect() as connection:
        looking = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await looking.execute(text("ANALYZE"))
    return numbers


def _people(dice: Random, at: datetime) -> dict[type[SQLModel], list[dict[str, Any]]]:
    """A thousand in the branch, 64 of whom are there."""
    ids = range(stage.MEMBERS + 2, MEMBERS + 2)
    limits = {"dispatch_limit": "24h", "claim_limit": "1wd", "handle_limit": "7d", "root_id": 1, "group": ""}
    return {
        Person: [
            {
                "id": id_, "root_id": 1, "unit_id": 2, "member_no": f"N{id_}", "name": f"员{id_}",
                "gender": dice.choice("fm"), "building": dice.choice(HOUSES), "shift_pattern": dice.choice(PATTERNS),
                "skills": dice.sample(SKILLS, dice.choice((0, 1, 2, 2, 3))),
            }
            for id_ in ids
        ],
        Grant: [{"root_id": 1, "person_id": id_, "unit_id": 2, "role": Role.member, "granted_at": at} for id_ in ids],
        Service: [
            {"id": 2, "code": CODES[0], "name": "陪诊陪检", "tier": "T2", "skills": ["陪诊", "导诊"], **limits},
            {"id": 3, "code": CODES[1], "name": "代寄报告单", "tier": "T3", "skills": [], **limits},
        ],
    }  # fmt: skip


def _history(dice: Random, at: datetime) -> dict[type[SQLModel], list[dict[str, Any]]]:
    """Requests that are closed, the claims and asks they had, and what members say of their time."""
    ids = range(2, MEMBERS + 2)
    ago = [timedelta(days=dice.random() * 365) for _ in range(ASKS)]
    day = at.astimezone(SHANGHAI).date()
    requests = [_request(1000 + n, at - ago[n]) for n in range(ASKS // 3)]
    held = dice.sample(range(len(requests)), 60)
    claims = [
        _claim(1000 + n, dice.choice(ids), at - ago[n], ClaimStatus.active if n in held else ClaimStatus.done)
        for n in range(len(requests))
    ]
    for n in held:
        requests[n]["state"] = "in_progress"
    asks = [
        {
            "root_id": 1, "request_id": 1000 + n // 3, "person_id": 2 + (n * 7) % MEMBERS, "category": CODES[n % 12],
            "purpose": "slot", "wave": 1, "asked_at": at - ago[n], "p": 0.2, "weights": 0, "parts": {}, "reason": "",
            "answer": dice.choice((Answer.accepted, Answer.declined, Answer.unanswered, Answer.unanswered)),
        }
        for n in range(ASKS)
    ]  # fmt: skip
    for n in range(0, 40 * 7, 7):
        asks[n]["answer"] = Answer.waiting
    counts = [
        {
            "person_id": id_, "root_id": 1, "category": code, "asked": dice.randrange(1, 30),
            "accepted": dice.randrange(0, 4), "recent": dice.random() * 3, "recent_at": at - timedelta(hours=30),
            "last_asked": at - timedelta(days=dice.random() * 40),
        }
        for id_ in ids for code in ("", *dice.sample(CODES, 6))
    ]  # fmt: skip
    return {
        ServiceRequest: requests,
        Claim: claims,
        Ask: asks,
        AskCount: counts,
        Availability: [
            {"person_id": id_, "root_id": 1, "weekly": _week(dice) if id_ % 2 else None, "changed_at": at,
             "muted_until": at + timedelta(days=1) if id_ % 50 == 0 else None, "hours_cap": None}
            for id_ in ids if id_ % 5 == 0
        ],
        Leave: [
            {"root_id": 1, "person_id": id_, "first_on": day - timedelta(days=1), "last_on": day + timedelta(days=2)}
            for id_ in ids if id_ % 33 == 0
        ],
        Licence: [
            {"root_id": 1, "person_id": id_, "skill": SKILLS[-1], "valid_until": day, "checked_at": at}
            for id_ in ids if id_ % 8 == 0
        ],
        Engagement: [_engagement(n, id_, at) for n in range(ACTIVITIES) for id_ in dice.sample(ids, LISTED)],
    }  # fmt: skip


def _engagement(activity_id: int, person_id: int, at: datetime) -> dict[str, Any]:
    """They begin one after the other."""
    starts = at + AHEAD * activity_id / ACTIVITIES
    return {
        "activity_id": activity_id, "person_id": person_id, "root_id": 1, "request_id": None, "starts_at": starts,
        "ends_at": starts + timedelta(hours=1, minutes=30),
    }  # fmt: skip


def _week(dice: Random) -> list[list[int]]:
    return [[weekday, 8 * 60, dice.choice((12, 17, 18)) * 60] for weekday in range(7)]


def _request(id_: int, at: datetime) -> dict[str, Any]:
    return {
        "id": id_, "root_id": 1, "version": 1, "filing_key": f"h{id_}", "filing_digest": "", "code_hash": f"h{id_}",
        "filed_at": at, "service_id": 2, "home_unit_id": 2, "unit_id": 2, "need": "需要人陪着去做检查",
        "state": "closed", "state_since": at, "last_hash": "", "tier": "T2",
    }  # fmt: skip


def _claim(request_id: int, person_id: int, at: datetime, status: ClaimStatus) -> dict[str, Any]:
    ended = status is ClaimStatus.done
    return {
        "root_id": 1, "request_id": request_id, "slot": 1, "person_id": person_id, "name": "员", "status": status,
        "at": at, "ended_at": at if ended else None, "minutes": 40 if ended else None,
    }  # fmt: skip


async def _dispatched(work: Work, spot: Spot, service: Service, by: Actor, at: datetime) -> str:
    wish = Wish(service, "需要人陪着去做检查", f"key-{service.code}", spot, 2)
    filing = prepare(wish, sealer=Sealer({"k": b"k" * 32}), pepper=b"p" * 32, by=Actor.requester(1, 0), at=at)
    filed = await work(requester_actions.file, filing)
    number = f"{at.astimezone(SHANGHAI):%y%m%d}-{filed.id:05d}"
    await work(desk_actions.dispatch, number, "B01", by=by, at=at)
    return number


def _ten_in_the_morning(now: datetime) -> datetime:
    """Of a working day, when most people can be asked."""
    morning = now.astimezone(SHANGHAI).replace(hour=10, minute=0, second=0, microsecond=0)
    while not clock.CHINA.is_working(morning.date()):
        morning -= clock.DAY
    return morning.astimezone(now.tzinfo)
