"""correct: the requester says it in other words, until somebody reported a result."""

import pytest

from matching.errors import WrongState
from matching.privacy.sealed import Sealer
from matching.requests.model import RequestSecret
from matching.requests.secrets import open_secret
from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, NEED, WORDING, lead_to


class TestPromises(Promises):
    act, enters = "correct", State.submitted
    wrong = COMPLETED
    may_not = ("di", "wei")


def test_approved_wording_falls_since_it_described_something_else(accepted, di, patient):
    accepted.approve_wording(WORDING, di, AT)
    accepted.correct("改成明天上午", "", patient, AT)
    assert (accepted.need, accepted.wording, accepted.wording_at) == ("改成明天上午", "", None)


@pytest.mark.parametrize("state", [State.submitted, State.needs_info, State.dispatched, State.parked])
def test_the_state_and_its_clock_stay(wheelchair, people, patient, state):
    lead_to(wheelchair, state, people)
    before = wheelchair.due_at
    wheelchair.correct("改成明天上午", "", patient, AT)
    assert (wheelchair.state, wheelchair.due_at) == (state, before)


@pytest.mark.parametrize("state", [State.rejected, State.rectifying, State.closed, State.withdrawn, State.archived])
def test_what_has_a_result_or_an_end_is_not_corrected(wheelchair, people, patient, state):
    lead_to(wheelchair, state, people)
    with pytest.raises(WrongState):
        wheelchair.correct("改成明天上午", "", patient, AT)


async def test_everything_typed_is_sealed_anew_and_stored_masked(story):
    await story.begin()
    async with story.database.reading() as session:
        before = (await session.get_one(RequestSecret, story.id)).sealed
    need = "改到下午，打13912345678"
    request = await story.do("correct", need=need, reason="上午有检查", name="李大山", phone="13912345678")
    assert (request.requester_label, request.has_phone, request.reason) == ("李*", True, "上午有检查")
    assert "13912345678" not in request.need + (await story.steps())[-1].note
    async with story.database.reading() as session:
        sealed = (await session.get_one(RequestSecret, story.id)).sealed
        secret = await open_secret(session, await story.now(), Sealer(story.cast.settings.keys))
    assert (secret.need, secret.name, secret.phone) == (need, "李大山", "13912345678")
    assert sealed != before
    assert NEED.encode() not in sealed
    assert b"13912345678" not in sealed
