"""The hospital as plain objects: requests in every state, and the people who act. In a database: see scene.py."""

import pytest

from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.requests.states import State
from tests.cast import Cast
from tests.requests.scene import filed_without_database, lead_to, without_database

pytest.register_assert_rewrite("tests.requests.promises")


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
