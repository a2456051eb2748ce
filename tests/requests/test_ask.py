"""ask: members are asked, by a wave or by a lead; the request stays where it is."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, IN_PROGRESS


class TestPromises(Promises):
    act, enters = "ask", State.dispatched
    way, twice = DISPATCHED, ""
    wrong = (*IN_PROGRESS, "park")
    may_not = ("zhao", "wei", "patient")


def test_it_says_whom_for_what_and_in_which_wave_and_touches_nothing(dispatched, people, system):
    before = dispatched.model_dump(exclude={"last_seq", "last_hash"})
    step = dispatched.ask([7, 9], "slot", 2, 0.85, system, AT)
    assert step.detail == {"people": [7, 9], "purpose": "slot", "wave": 2, "target": 0.85}
    assert dispatched.model_dump(exclude={"last_seq", "last_hash"}) == before


async def test_waves_ask_while_the_work_is_done_as_well(story):
    await (await story.begin()).go(*IN_PROGRESS)
    request = await story.do("ask", by="system", purpose="cover", wave=3)
    assert request.state == State.in_progress
