"""answer_extension: a dispatcher or the requester says yes or no to more time."""

from datetime import date, timedelta

import pytest

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DAY, DISPATCHED, HOUR, IN_PROGRESS


class TestPromises(Promises):
    act, enters = "answer_extension", State.in_progress
    way, wrong, twice = (*IN_PROGRESS, "extend"), DISPATCHED, "no_extension_asked"
    may_not = ("lin", "lead")


def test_yes_moves_the_limit(in_progress, lin, di):
    in_progress.extend(AT + 3 * HOUR, "", lin, AT)
    in_progress.answer_extension(True, "", di, AT)
    assert in_progress.due_at == in_progress.handle_due_at == AT + 3 * HOUR


def test_no_leaves_it(in_progress, lin, di):
    in_progress.extend(AT + 3 * HOUR, "", lin, AT)
    in_progress.answer_extension(False, "", di, AT)
    assert (in_progress.due_at, in_progress.extension) == (AT + 2 * HOUR, "refused")


def test_time_parked_while_the_question_was_open_is_not_lost_by_a_yes(in_progress, lin, lead, di):
    in_progress.extend(AT + 3 * HOUR, "", lin, AT)
    in_progress.park(date(2026, 3, 12), "", lead, AT + HOUR)
    in_progress.resume(lead, AT + 10 * DAY)
    assert in_progress.due_at == AT + 10 * DAY + HOUR
    in_progress.answer_extension(True, "", di, AT + 10 * DAY)
    assert in_progress.due_at == AT + 10 * DAY + 2 * HOUR


def test_a_new_limit_is_urged_anew(in_progress, lin, di, system):
    in_progress.extend(AT + 3 * HOUR, "", lin, AT)
    in_progress.urge("", system, AT + 2 * HOUR + timedelta(minutes=1))
    in_progress.answer_extension(True, "", di, AT + 2 * HOUR + timedelta(minutes=2))
    in_progress.urge("", system, AT + 3 * HOUR + timedelta(minutes=1))
    assert in_progress.urges == 2


@pytest.mark.parametrize("who", ["di", "wei", "patient"])
async def test_a_dispatcher_the_committee_or_the_requester_answers(story, who):
    await (await story.begin()).go(*IN_PROGRESS, "extend")
    assert (await story.do("answer_extension", by=who)).extension == "granted"
