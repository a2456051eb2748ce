"""The product in a real browser: `site` is the cast's hospital served on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.api.listening import served
from tests.cast import Cast


@dataclass
class Site:
    """A served hospital; `url` has no slash at its end."""

    url: str
    cast: Cast


@pytest.fixture
def site(cast: Cast) -> Iterator[Site]:
    """The application on the cast's database, on a free port, in a thread with an event loop of its own."""
    with served(cast) as running:
        yield Site(f"http://127.0.0.1:{running.port}", cast)
