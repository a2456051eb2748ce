"""complete: in_progress → completed, after a real contact, with a result in words and the minutes served."""

import pytest
from pydantic import ValidationError

from matching.api.verbs import CompleteForm
from matching.requests.states import Result, State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS, NOTE, refused, take


class TestPromises(Promises):
    act, enters = "complete", State.completed
    way, twice = (*IN_PROGRESS, "contact"), "wrong_state"
    wrong = ("second", *DISPATCHED, "claim")
    may_not = ("zhao", "di", "patient")


def test_not_before_somebody_reached_the_requester(in_progress, lin):
    with refused("not_contacted_yet"):
        in_progress.complete(Result.solved, NOTE, 40, lin, AT)
    in_progress.contact("", lin, AT)
    in_progress.complete(Result.solved, NOTE, 40, lin, AT)


@pytest.mark.parametrize(
    ("note", "enough"), [("一二三四五六七八九", False), (" 一二三四五六七八九 ", False), (NOTE, True)]
)
def test_ten_characters_or_more_say_what_was_done(note, enough):
    if enough:
        assert CompleteForm(result="solved", note=note, minutes=40).note == note
    else:
        with pytest.raises(ValidationError, match="note_too_short"):
            CompleteForm(result="solved", note=note, minutes=40)


@pytest.mark.parametrize("minutes", [0, -5, 1441])
def test_the_minutes_are_those_of_a_day_at_most(minutes):
    with pytest.raises(ValidationError) as error:
        CompleteForm(result="solved", note=NOTE, minutes=minutes)
    assert error.value.errors()[0]["type"] == "out_of_range"


def test_every_claimer_served_those_minutes(escort, people, lin):
    take(escort, people, "lin")
    take(escort, people, "zhao")
    escort.contact("", lin, AT)
    escort.complete(Result.partly, NOTE, 40, lin, AT + HOUR)
    assert [(claim.status, claim.minutes, claim.ended_at) for claim in escort.claims] == [("done", 40, AT + HOUR)] * 2
    assert (escort.result, escort.completed_at, escort.due_at) == ("partly", AT + HOUR, None)


async def test_the_lead_may_report_it_too(story):
    await (await story.begin()).go(*IN_PROGRESS, "contact")
    assert (await story.do("complete", by="lead")).state == State.completed
