"""urge: the requester at most once in 24 hours; the job once for each limit that ran out."""

from datetime import timedelta

import pytest

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, DAY, HOUR, lead_to, refused, take


class TestPromises(Promises):
    act, enters = "urge", State.submitted
    wrong, twice = COMPLETED, "urged_lately"
    may_not = ("lead", "di", "wei")


def test_the_requester_at_most_once_in_24_hours(dispatched, patient):
    dispatched.urge("", patient, AT)
    with refused("urged_lately"):
        dispatched.urge("", patient, AT + DAY - timedelta(seconds=1))
    dispatched.urge("", patient, AT + DAY)
    assert dispatched.urges == 2


def test_the_job_once_for_a_limit_and_not_before_it_is_over(dispatched, system):
    with refused("not_yet"):
        dispatched.urge("", system, AT + HOUR / 2)
    dispatched.urge("", system, AT + HOUR)
    with refused("not_yet"):
        dispatched.urge("", system, AT + 9 * DAY)


def test_the_job_urges_again_when_the_next_limit_is_over(dispatched, people, system):
    dispatched.urge("", system, AT + HOUR)
    take(dispatched, people, "lin", at=AT + HOUR)
    with refused("not_yet"):
        dispatched.urge("", system, AT + HOUR)
    dispatched.urge("", system, AT + 3 * HOUR)
    assert dispatched.urges == 2


def test_the_jobs_urging_takes_nothing_from_the_requester(dispatched, system, patient):
    dispatched.urge("", system, AT + HOUR)
    dispatched.urge("", patient, AT + HOUR)


@pytest.mark.parametrize("state", [State.needs_info, State.parked])
def test_where_no_limit_runs_the_job_urges_nobody(wheelchair, people, system, state):
    lead_to(wheelchair, state, people)
    with refused("not_yet"):
        wheelchair.urge("", system, AT + 9 * DAY)
