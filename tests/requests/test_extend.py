"""extend: a claimer asks for more time, once, before the limit is over, at most the original length on top."""

from datetime import timedelta

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS, refused


class TestPromises(Promises):
    act, enters = "extend", State.in_progress
    way, twice = IN_PROGRESS, "extension_used"
    wrong = ("second", *DISPATCHED, "claim")
    may_not = ("zhao", "di", "patient")


def test_asking_moves_no_limit(in_progress, lin):
    in_progress.extend(AT + 3 * HOUR, "要等检查结果。", lin, AT)
    assert in_progress.due_at == AT + 2 * HOUR
    assert in_progress.extension == "asked"


def test_it_is_asked_for_before_the_limit_is_over(in_progress, lin):
    with refused("extension_too_late"):
        in_progress.extend(AT + 3 * HOUR, "", lin, AT + 2 * HOUR)
    in_progress.extend(AT + 3 * HOUR, "", lin, AT + 2 * HOUR - timedelta(seconds=1))


def test_it_is_at_most_as_long_as_the_original_limit(in_progress, lin):
    with refused("extension_too_long"):
        in_progress.extend(AT + 4 * HOUR + timedelta(seconds=1), "", lin, AT)
    in_progress.extend(AT + 4 * HOUR, "", lin, AT)


def test_it_is_later_than_the_limit(in_progress, lin):
    with refused("time_order"):
        in_progress.extend(AT + 2 * HOUR, "", lin, AT)


def test_once_means_once_also_after_a_refusal(in_progress, lin, di):
    in_progress.extend(AT + 3 * HOUR, "", lin, AT)
    in_progress.answer_extension(False, "", di, AT)
    with refused("extension_used"):
        in_progress.extend(AT + 3 * HOUR, "", lin, AT)


def test_a_reopened_request_has_a_new_clock_and_may_be_extended(completed, lin, patient):
    completed.reopen("还没有解决。", patient, AT)
    completed.extend(AT + 3 * HOUR, "", lin, AT)
    assert completed.extension == "asked"


async def test_the_lead_may_ask_too(story):
    await (await story.begin()).go(*IN_PROGRESS)
    assert (await story.do("extend", by="lead")).extension == "asked"
