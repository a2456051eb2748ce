"""The cast with a database in which people are told of things."""

import pytest

from matching.db import Work
from matching.notices import delivering
from tests.cast import Cast
from tests.notices.channels import Scene
from tests.notices.told import Hall


@pytest.fixture
def hall(cast: Cast, work: Work) -> Hall:
    """Who is told of what, on a fresh database."""
    return Hall(cast, work)


@pytest.fixture
def time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run lasts no time, however slow the machine is: what is due then is exact."""
    monkeypatch.setattr(delivering, "_running", lambda at: lambda: at)


@pytest.fixture
def scene(cast: Cast, work: Work) -> Scene:
    """Channels to stand-ins, on a fresh database."""
    return Scene(cast, work)
