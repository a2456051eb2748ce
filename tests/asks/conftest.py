"""The hospital of asks; whatever a test does, requests agree with their Steps in the end and counts with asks."""

from collections.abc import AsyncIterator

import pytest

from matching.db import Database, Work
from tests.asks.scene import Crowd
from tests.cast import Cast


@pytest.fixture
async def asking(cast: Cast, anyio_backend: str) -> AsyncIterator[Crowd]:
    """A request of its own: `await asking.begin()` files it."""
    database = Database(cast.settings.database_url, pool_size=20)
    story = Crowd(cast, database, Work(database))
    yield story
    found = await story.differences()
    await database.close()
    assert found == []
