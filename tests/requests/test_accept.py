"""accept: submitted → accepted, by a reviewer."""

from matching.requests.states import State
from tests.requests.promises import Promises


class TestPromises(Promises):
    act, enters = "accept", State.accepted
    wrong, twice = ("ask_info",), "wrong_state"
    may_not = ("patient", "lead")


def test_the_dispatch_limit_runs_on_while_it_waits(wheelchair, di):
    before = wheelchair.due_at
    wheelchair.accept(di, wheelchair.filed_at)
    assert wheelchair.due_at == before
