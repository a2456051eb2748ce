"""A small hospital on engines of its own, its processes, and what must be true of it after every fault."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.notices.model import Endpoint, Way
from matching.notices.receiving import endpoint_context
from matching.people.actor import Actor
from matching.people.model import ApiToken
from matching.privacy.codes import code_hash, token_hash
from matching.privacy.sealed import Sealer
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.filing import Wish, prepare
from matching.requests.insert import FILINGS
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step
from matching.requests.verify import differences
from tests.cast import AT, Cast
from tests.faults.running import Process, until

Answer = TypeVar("Answer")
_KEYS = itertools.count(1)


@dataclass
class Hospital:
    """One installation: on SQLite everything in one process, on PostgreSQL with Redis, web processes and workers."""

    cast: Cast
    folder: Path
    redis_url: str = ""
    started: list[Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.cast.settings.database_url

    @property
    def embedded(self) -> bool:
        return self.url.startswith("sqlite")

    def start(self, command: str, **faults: Any) -> Process:
        """Start a process; `.ready()` waits for it, so that several may come up at once."""
        own = self.cast.settings
        environment = {
            "MATCHING_MODE": "embedded" if self.embedded else "production",
            "MATCHING_DATABASE_URL": self.url,
            "MATCHING_REDIS_URL": self.redis_url,
            "MATCHING_VAR": str(self.folder),
            "MATCHING_SECRET": own.secret.get_secret_value(),
            "MATCHING_SEALING_KEYS": own.sealing_keys.get_secret_value(),
            "MATCHING_DEMO": "false",
            "MATCHING_PRIVATE_NETWORKS": "127.0.0.0/8",
        }
        self.started.append(Process(self.folder, environment, command, faults))
        return self.started[-1]

    def web(self, **faults: Any) -> Process:
        """What answers here: `up` on SQLite, `serve` on PostgreSQL."""
        return self.start("up" if self.embedded else "serve", **faults)

    def worker(self, **faults: Any) -> Process:
        """What does the jobs here: `up` on SQLite, `work` on PostgreSQL."""
        return self.start("up" if self.embedded else "work", **faults)

    def end(self) -> None:
        """Nothing goes on after the test."""
        for process in self.started:
            process.kill()

    def ask(self, question: Callable[[AsyncSession], Awaitable[Answer]]) -> Answer:
        """Read the database without the product's processes."""

        async def read() -> Answer:
            database = Database(self.url, pool_size=1)
            try:
                async with database.reading() as session:
                    return await question(session)
            finally:
                await database.close()

        return asyncio.run(read())

    def do(self, action: Callable[..., Awaitable[Answer]], *args: Any, **kwargs: Any) -> Answer:
        """One action in a unit of work of our own."""

        async def run() -> Answer:
            database = Database(self.url, pool_size=1)
            try:
                return await Work(database)(action, *args, **kwargs)
            finally:
                await database.close()

        return asyncio.run(run())

    def filed(self, count: int, at: datetime) -> list[str]:
        """So many filings of that moment, written without a process; returns their codes."""
        own = self.cast.settings
        spot, service = self.cast.spots["S1"], self.cast.services["wheelchair"]
        by, sealer = Actor.requester(self.cast.root_id, 0), Sealer(own.keys)
        wishes = [
            Wish(service, "想借一辆轮椅去做检查", f"filed at once {next(_KEYS)}", spot, spot.unit_id)
            for _ in range(count)
        ]
        filings = [prepare(wish, sealer=sealer, pepper=own.pepper, by=by, at=at) for wish in wishes]

        async def file(session: AsyncSession) -> None:
            await FILINGS.within(await session.connection(), filings)

        self.do(file)
        return [filing.code for filing in filings]

    def group(self, url: str, way: Way, name: str = "group") -> None:
        """A group robot or a webhook that hears of every new wish of the hospital."""
        cast = self.cast
        sealed = Sealer(cast.settings.keys).seal(
            json.dumps({"url": url, "secret": "s"}), endpoint_context(cast.root_id)
        )
        unit_id = cast.units["DW"].id or 0
        made = Endpoint(root_id=cast.root_id, unit_id=unit_id, way=way, name=name, sealed=sealed, added_at=AT)

        async def add(session: AsyncSession) -> None:
            session.add(made)

        self.do(add)

    def number_of(self, code: str) -> str:
        """The number of the request with this query code; fails when it was lost."""

        async def find(session: AsyncSession) -> ServiceRequest | None:
            hashed = code_hash(self.cast.settings.pepper, code)
            return (await session.exec(select(ServiceRequest).where(ServiceRequest.code_hash == hashed))).first()

        found = self.ask(find)
        assert found is not None, "an acknowledged filing was lost"
        return found.number

    def rows(self, question: Any) -> list[Any]:
        """What a select finds."""

        async def read(session: AsyncSession) -> list[Any]:
            return list(await session.exec(question))

        return self.ask(read)

    def wait_for(self, question: Any, expected: Any) -> None:
        """Until a select finds just that, in its order."""
        until(lambda: self.rows(question) == expected, lambda: f"{expected}, found {self.rows(question)}")

    def wait_announced(self) -> None:
        """Until no Step waits to be announced any more, and none was given up."""

        self.wait_for(select(Step.id, Step.trouble).where(col(Step.announced_at).is_(None)), [])

    def check(self, codes: Iterable[str]) -> None:
        """What no fault may touch: every acknowledged filing is there once, the Steps agree, one claimer a slot."""
        hashes = {code_hash(self.cast.settings.pepper, code) for code in codes}

        async def look(session: AsyncSession) -> None:
            there = list(await session.exec(select(ServiceRequest.code_hash)))
            assert hashes <= set(there), f"{len(hashes - set(there))} acknowledged filings were lost"
            assert len(there) == len(set(there))
            held = col(Claim.status).in_([ClaimStatus.active, ClaimStatus.done])
            slots = select(Claim.request_id, Claim.slot).where(held, col(Claim.slot).is_not(None))
            twice = slots.group_by(col(Claim.request_id), col(Claim.slot)).having(func.count() > 1)
            assert list(await session.exec(twice)) == []

        self.ask(look)
        assert self.ask(_differences) == []


async def _differences(session: AsyncSession) -> list[str]:
    return [line async for line in differences(session)]


def moved_to(cast: Cast, url: str, folder: Path) -> Cast:
    """The same hospital, copied to another database."""
    return replace(cast, settings=cast.settings.model_copy(update={"database_url": url, "var": folder}))


def programs(cast: Cast) -> dict[str, str]:
    """An API token for everybody, written into the hospital's database: login → token."""
    tokens = {login: f"token-of-{login}" for login in cast.people}

    async def make(session: AsyncSession) -> None:
        for login, token in tokens.items():
            person = cast.people[login]
            session.add(
                ApiToken(
                    root_id=cast.root_id, person_id=person.id, name="faults", token_hash=token_hash(token), made_at=AT
                )
            )

    async def run() -> None:
        database = Database(cast.settings.database_url)
        await Work(database)(make)
        await database.close()

    asyncio.run(run())
    return tokens
