"""ask_info: submitted → needs_info, by a reviewer."""

from datetime import timedelta

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises


class TestPromises(Promises):
    act, enters = "ask_info", State.needs_info
    wrong, twice = ("accept",), "wrong_state"
    may_not = ("patient", "lead")


def test_no_limit_runs_while_we_wait_for_the_answer(wheelchair, di):
    wheelchair.ask_info("哪一层？", di, AT + timedelta(minutes=20))
    assert wheelchair.due_at is None
    assert not wheelchair.is_late(AT + timedelta(days=3))


def test_the_question_is_kept_with_who_asked(wheelchair, di):
    step = wheelchair.ask_info("哪一层？", di, AT)
    assert (step.note, step.by_id) == ("哪一层？", di.id)
