"""Two stages for one hospital: plain objects, and a database that the tests of a worker share (each files its own)."""

from collections.abc import AsyncIterator, Iterator

import anyio.from_thread
import pytest

from matching.db import Database, Work
from matching.people.actor import Actor
from matching.requests import verify
from matching.requests.model import ServiceRequest
from matching.requests.states import State
from tests.cast import Cast
from tests.requests.scene import Story, filed_without_database, lead_to, without_database

pytest.register_assert_rewrite("tests.requests.promises")

# Without a database


@pytest.fixture
def people() -> Cast:
    """The hospital as plain objects."""
    return without_database()


@pytest.fixture
def wheelchair(people: Cast) -> ServiceRequest:
    """Just filed; one slot, tier T1: dispatched within 1 h, claimed within 30 min, handled within 2 h."""
    return filed_without_database(people, "wheelchair")


@pytest.fixture
def escort(people: Cast) -> ServiceRequest:
    """Dispatched to ZB1; two slots, tier T2: claimed within 4 h, handled within 24 h."""
    return lead_to(filed_without_database(people, "escort"), State.dispatched, people)


def _standing(state: State) -> object:
    @pytest.fixture(name=state.value)
    def fixture(wheelchair: ServiceRequest, people: Cast) -> ServiceRequest:
        return lead_to(wheelchair, state, people)

    return fixture


def _acting(login: str) -> object:
    @pytest.fixture(name=login)
    def fixture(people: Cast) -> Actor:
        return people[login]

    return fixture


for _state in State:  # `dispatched`, `closed` …: the wheelchair in that state
    globals()[f"_in_{_state}"] = _standing(_state)
for _login in ("wei", "di", "lead", "lead2", "lin", "zhao", "sun", "audit", "patient", "system"):
    globals()[f"_as_{_login}"] = _acting(_login)


# In a database


@pytest.fixture(scope="session")
def hospital(shared_cast: Cast) -> Iterator[Cast]:
    """The shared hospital; when all tests are through, what they left agrees with its Steps."""
    yield shared_cast

    async def differences() -> list[str]:
        database = Database(shared_cast.settings.database_url)
        async with database.reading() as session:
            found = [line async for line in verify.differences(session)]
        await database.close()
        return found

    with anyio.from_thread.start_blocking_portal() as portal:
        assert portal.call(differences) == []


@pytest.fixture(scope="session")
async def opened(hospital: Cast, anyio_backend: str) -> AsyncIterator[Database]:
    """One engine for all tests, so that statements are compiled once."""
    database = Database(hospital.settings.database_url)
    yield database
    await database.close()


@pytest.fixture
async def story(hospital: Cast, opened: Database) -> Story:
    """A request of its own: `await story.begin()` files it."""
    return Story(hospital, opened, Work(opened))
