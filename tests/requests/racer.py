"""One more process in a race or a rush: `python -m tests.requests.racer`, told what to do in one JSON line.

`claim`: it gets ready, says `ready`, waits for a line, and lets all those people claim at once, with a pause between
reading the request and writing the claim; it prints what became of each, `won` or a refusal's code.
`same`: it files the given keys at once and prints the ids.
`rush`: it files wish after wish, some at once, and prints each id as soon as it is acknowledged, until it is killed.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlmodel import col, select

from matching.db import Database, Work
from matching.db.group_commit import GroupCommit
from matching.errors import Refused
from matching.people.actor import Actor
from matching.people.model import Person
from matching.people.queries import actor_of
from matching.privacy.sealed import Sealer
from matching.requests import acting, branch_actions
from matching.requests.filing import Filing, Wish, prepare
from matching.requests.insert import FILINGS
from matching.services.model import Service
from matching.units.model import Spot

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PAUSE = 0.02  # seconds between the read and the write, so that many have read before one writes


async def claim_at_once(database: Database, number: str, people: list[Actor]) -> list[str]:
    """What became of each: `won`, or the code of the refusal. Anything else is raised."""

    async def one(by: Actor) -> str:
        try:
            await Work(database)(branch_actions.claim, number, by=by, at=AT)
        except Refused as refused:
            return refused.code
        return "won"

    return await asyncio.gather(*map(one, people))


async def actors(database: Database, numbers: list[str]) -> list[Actor]:
    """The people with those member numbers, as they sign in."""
    async with database.reading() as session:
        people = list(await session.exec(select(Person).where(col(Person.member_no).in_(numbers))))
        return [await actor_of(session, person) for person in people]


async def desk_of(database: Database) -> "Desk":
    """Filing at the first spot of the hospital: for every process the same one."""
    async with database.reading() as session:
        first = [(await session.exec(select(of).order_by(col(of.id)).limit(1))).one() for of in (Service, Spot)]
        return Desk(*first)


class Desk(NamedTuple):
    """What filing needs; imports no more than that, since many processes start with it."""

    service: Service
    spot: Spot

    def filing(self, key: str) -> Filing:
        """A wish under that key: in every process the same."""
        wish = Wish(
            self.service, "想借一辆轮椅去做检查", key, self.spot, self.spot.unit_id, name="张小月", phone="13800138000"
        )
        by = Actor.requester(self.spot.root_id, 0)
        return prepare(wish, sealer=Sealer({"k1": b"k" * 32}), pepper=b"s" * 40, by=by, at=AT)


def wait_after_reading() -> None:
    """From now on every action of this process pauses when it has read its request."""
    read = acting.visible_request

    async def read_and_wait(*args: Any, **kwargs: Any) -> Any:
        request = await read(*args, **kwargs)
        await asyncio.sleep(PAUSE)
        return request

    acting.visible_request = read_and_wait


async def main(order: dict[str, Any]) -> None:
    database = Database(order["url"])
    desk, people = await desk_of(database), await actors(database, order.get("people", []))
    file = GroupCommit(database, FILINGS)
    wait_after_reading()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    if order["do"] == "claim":
        print(json.dumps(await claim_at_once(database, order["number"], people)), flush=True)
    elif order["do"] == "same":
        filings = map(desk.filing, order["keys"])
        print(json.dumps([answer.id for answer in await asyncio.gather(*map(file, filings))]), flush=True)
    else:

        async def go_on(line: int) -> None:
            for turn in range(100_000):
                filed = await file(desk.filing(f"rush-{line}-{turn}"))
                print(filed.id, flush=True)

        await asyncio.gather(*map(go_on, range(4)))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.stdin.readline())))
