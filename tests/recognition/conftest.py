"""The ledger's fixtures: the hospital of `cast` on a database of its own, and people who have served."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from matching.db import Database, Work
from matching.recognition.posting import post_points
from matching.recognition.verify import differences
from tests.cast import AT, Cast
from tests.requests.scene import DAY, Story


@pytest.fixture
async def database(cast: Cast) -> AsyncIterator[Database]:
    """Whatever a test did, in the end every line of the ledger is right."""
    opened = Database(cast.settings.database_url)
    yield opened
    await post_points(opened, Work(opened), AT + 8 * DAY)
    async with opened.reading() as session:
        assert [line async for line in differences(session, AT + 11 * DAY)] == []
    await opened.close()


@pytest.fixture
def served(cast: Cast, database: Database) -> Callable[..., Awaitable[Story]]:
    """`await served("lin", 90)`: a wish that they took alone and completed after so many minutes."""

    async def make(login: str, minutes: int, service: str = "books") -> Story:
        story = Story(cast, database, Work(database))
        await story.begin(service)
        await story.go("accept", "dispatch")
        await story.do("assign", person=login)
        await story.do("contact", by=login)
        await story.do("complete", by=login, minutes=minutes)
        return story

    return make


def slowly(read: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The same with a pause after it, so that in a race everybody has read before anybody writes."""

    async def read_and_wait(*args: Any, **kwargs: Any) -> Any:
        found = await read(*args, **kwargs)
        await asyncio.sleep(0.05)
        return found

    return read_and_wait
