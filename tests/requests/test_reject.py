"""reject: submitted or needs_info → rejected, by a reviewer, with a coded reason that the requester sees."""

from datetime import timedelta

import pytest

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import lead_to


class TestPromises(Promises):
    act, enters = "reject", State.rejected
    wrong, twice = ("accept",), "wrong_state"
    may_not = ("patient", "lead")


@pytest.mark.parametrize("state", [State.submitted, State.needs_info])
def test_no_limit_runs_for_what_was_rejected(wheelchair, people, di, state):
    lead_to(wheelchair, state, people)
    wheelchair.reject("duplicate", "已有人在办。", di, AT)
    assert wheelchair.due_at is None
    assert not wheelchair.is_late(AT + timedelta(days=9))


def test_reason_and_words_are_kept(wheelchair, di):
    step = wheelchair.reject("duplicate", "已有人在办。", di, AT)
    assert (step.reason, step.note) == ("duplicate", "已有人在办。")
