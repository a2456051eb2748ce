"""A small hospital on engines of its own, its processes, and what must be true of it after every fault."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, GroupCommit, Work
from matching.people.model import ApiToken
from matching.privacy.codes import code_hash, token_hash
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.insert import FILINGS
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step
from matching.requests.verify import differences
from tests.cast import AT, Cast
from tests.faults.running import Process, until
from tests.requests.racer import desk_of

Answer = TypeVar("Answer")


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
        }
        self.started.append(Process(self.folder, environment, command, faults))
        return self.started[-1]

    def web(self, **faults: Any) -> Process:
        """What answers here: `up` on SQLite, `serve` on PostgreSQL."""
        return self.start("up" if self.embedded else "serve", **faults)

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

    def filed(self, count: int) -> list[str]:
        """So many filings, written without a process; returns their codes."""

        async def file() -> list[str]:
            database = Database(self.url)
            desk, commit = await desk_of(database), GroupCommit(database, FILINGS)
            filings = [desk.filing(f"desk-filing-{number}") for number in range(count)]
            await asyncio.gather(*map(commit, filings))
            await database.close()
            return [filing.code for filing in filings]

        return asyncio.run(file())

    def number_of(self, code: str) -> str:
        """The number of the request with this query code; fails when it was lost."""

        async def find(session: AsyncSession) -> ServiceRequest | None:
            hashed = code_hash(self.cast.settings.pepper, code)
            return (await session.exec(select(ServiceRequest).where(ServiceRequest.code_hash == hashed))).first()

        found = self.ask(find)
        assert found is not None, "an acknowledged filing was lost"
        return found.number

    def wait_announced(self) -> None:
        """Until no Step waits to be announced any more, and none was given up."""

        async def silent(session: AsyncSession) -> list[tuple[int | None, str]]:
            rows = select(Step.id, Step.trouble).where(col(Step.announced_at).is_(None))
            return [(id_, trouble) for id_, trouble in await session.exec(rows)]

        until(lambda: not self.ask(silent), lambda: f"every Step is announced, but {self.ask(silent)[:5]}")

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
