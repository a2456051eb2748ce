"""The cast with a database in which people are told of things."""

import pytest

from matching.db import Work
from tests.cast import Cast
from tests.notices.told import Hall


@pytest.fixture
def hall(cast: Cast, work: Work) -> Hall:
    """Who is told of what, on a fresh database."""
    return Hall(cast, work)
