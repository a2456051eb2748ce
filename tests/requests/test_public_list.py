"""public_list (通报): by the job, five working days past the limit that runs, once for each limit."""

from datetime import timedelta

import pytest

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, DAY, HOUR, lead_to, refused, take

SECOND = timedelta(seconds=1)
MONDAY_AFTER = AT + HOUR / 2 + 7 * DAY  # the claim limit is over on Monday at 10:30; a weekend lies between


class TestPromises(Promises):
    act, enters = "public_list", State.submitted
    wrong, twice = COMPLETED, "not_yet"
    may_not = ("lead", "di", "wei", "patient")


def test_five_working_days_past_the_limit_and_not_a_second_sooner(dispatched, system):
    with refused("not_yet"):
        dispatched.public_list(system, MONDAY_AFTER - SECOND)
    step = dispatched.public_list(system, MONDAY_AFTER)
    assert (step.from_state, step.to_state, dispatched.listed_at) == ("dispatched", "dispatched", MONDAY_AFTER)
    assert dispatched.due_at == AT + HOUR / 2


def test_once_for_a_limit_and_again_for_the_next(dispatched, people, system):
    dispatched.public_list(system, MONDAY_AFTER)
    with refused("not_yet"):
        dispatched.public_list(system, MONDAY_AFTER + DAY)
    take(dispatched, people, "lin", at=MONDAY_AFTER + DAY)
    assert dispatched.listed_at is None
    dispatched.public_list(system, MONDAY_AFTER + DAY)  # the handling limit was over long ago as well


def test_more_time_that_was_granted_takes_it_off_the_list(in_progress, lin, di, system):
    in_progress.extend(AT + 3 * HOUR, "要等检查结果。", lin, AT)
    in_progress.public_list(system, AT + 8 * DAY)
    in_progress.answer_extension(True, "", di, AT + 8 * DAY)
    assert in_progress.listed_at is None
    in_progress.public_list(system, AT + 8 * DAY)


@pytest.mark.parametrize("state", [State.needs_info, State.parked])
def test_where_no_limit_runs_nobody_is_listed(wheelchair, people, system, state):
    lead_to(wheelchair, state, people)
    with refused("not_yet"):
        wheelchair.public_list(system, AT + 90 * DAY)
