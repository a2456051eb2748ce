"""archive: closed, rejected or withdrawn → archived, 30 days later, by the job."""

from datetime import timedelta

import pytest

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DAY, lead_to, refused


class TestPromises(Promises):
    act, enters = "archive", State.archived
    way, wrong, twice = ("reject",), (), "wrong_state"
    may_not = ("di", "wei", "patient")


@pytest.mark.parametrize("state", [State.closed, State.rejected, State.withdrawn])
def test_thirty_days_after_the_end_and_not_before(wheelchair, people, system, state):
    lead_to(wheelchair, state, people)
    with refused("not_yet"):
        wheelchair.archive(system, AT + 30 * DAY - timedelta(seconds=1))
    wheelchair.archive(system, AT + 30 * DAY)
    assert wheelchair.state == State.archived
