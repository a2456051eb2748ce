"""A request on a database of its own: what the jobs do there touches nobody else's."""

from collections.abc import AsyncIterator

import pytest

from matching.db import Database, Work
from tests.cast import Cast
from tests.requests.scene import Story


@pytest.fixture
async def story(cast: Cast, anyio_backend: str) -> AsyncIterator[Story]:
    database = Database(cast.settings.database_url)
    yield Story(cast, database, Work(database))
    await database.close()
