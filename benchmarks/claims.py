"""Sixty-four members tap at once: one of them has it, and nobody waits for a lock while another one thinks."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from statistics import median
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks import stage
from benchmarks.figures import Figure
from matching import clock
from matching.db import Database, Work
from matching.errors import Refused
from matching.people.actor import Actor
from matching.people.model import Person
from matching.people.queries import actor_of
from matching.privacy.sealed import Sealer
from matching.requests import branch_actions, desk_actions, requester_actions
from matching.requests.filing import Wish, prepare
from matching.requests.model import ServiceRequest
from matching.requests.queries import id_of
from matching.services.model import Service
from matching.units.model import Spot


def run(quick: bool) -> Iterator[Figure]:
    """Each round one fresh request: as the product does it, and once more behind SELECT … FOR UPDATE."""
    rounds = 3 if quick else 9
    with stage.postgres("claims") as urls:
        yield from asyncio.run(measured(urls["claims"], rounds, "PostgreSQL"))
    with stage.sqlite() as url:
        yield from asyncio.run(measured(url, rounds, "SQLite"))


async def measured(url: str, rounds: int, engine: str) -> list[Figure]:
    """Round after round on one database."""
    database = Database(url)
    work = Work(database)
    async with database.reading() as session:
        people = list(await session.exec(select(Person).order_by(col(Person.id))))
        dispatcher, *members = [await actor_of(session, person) for person in people]
        spot, service = await session.get_one(Spot, 1), await session.get_one(Service, 1)
    ours: list[float] = []
    locking: list[float] = []
    winners = set()
    for number in range(rounds):
        for times, action in ((ours, branch_actions.claim), (locking, _behind_a_lock)):
            key = f"{number}{action.__name__}"
            request = await _dispatched(work, spot, service, dispatcher, key)
            begun = time.perf_counter()
            answers = await asyncio.gather(*(_tap(work, action, request, member) for member in members))
            times.append(time.perf_counter() - begun)
            winners.add(sum(answers))
    await database.close()
    note = f"median {median(ours) * 1000:.0f} ms for all {len(members)}, {median(locking) * 1000:.0f} ms with locks"
    return [Figure(f"{engine}: most winners of one slot among {len(members)}", max(winners), 1, note=note)]


async def _tap(work: Work, action: Callable[..., Awaitable[Any]], number: str, member: Actor) -> bool:
    try:
        await work(action, number, by=member, at=clock.now())
    except Refused as refused:
        if refused.code != "slot_taken":
            raise
        return False
    return True


async def _behind_a_lock(session: AsyncSession, number: str, *, by: Actor, at: Any) -> ServiceRequest:
    await session.exec(select(ServiceRequest.id).where(ServiceRequest.id == id_of(number)).with_for_update())
    return await branch_actions.claim(session, number, by=by, at=at)


async def _dispatched(work: Work, spot: Spot, service: Service, by: Actor, key: str) -> str:
    at = clock.now()
    wish = Wish(service, "需要轮椅推送到三楼", key, spot, 2)
    filing = prepare(wish, sealer=Sealer({"k": b"k" * 32}), pepper=b"p" * 32, by=Actor.requester(1, 0), at=at)
    filed = await work(requester_actions.file, filing)
    number = f"{at.astimezone(clock.SHANGHAI):%y%m%d}-{filed.id:05d}"
    await work(desk_actions.dispatch, number, "B01", by=by, at=at)
    return number
