import pytest

from matching.simulation.world import World, read


@pytest.fixture(scope="session")
def small() -> World:
    """Ninety members and six requests a day, with two days before counting starts."""
    return read().with_("small", size_members=90, size_arrivals=6, size_warm_days=2)
