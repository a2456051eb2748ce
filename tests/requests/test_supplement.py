"""supplement: needs_info → submitted, by the requester (or a dispatcher who wrote it down for them)."""

from datetime import timedelta

from matching.privacy.sealed import Sealer
from matching.requests.secrets import open_secret
from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import HOUR


class TestPromises(Promises):
    act, enters = "supplement", State.submitted
    way, wrong, twice = ("ask_info",), (), "wrong_state"
    may_not = ("wei", "lead")


def test_the_time_we_waited_does_not_count_towards_the_dispatch_limit(wheelchair, di, patient):
    wheelchair.ask_info("哪一层？", di, AT + timedelta(minutes=20))
    wheelchair.supplement("三层。", patient, AT + 5 * HOUR)
    assert wheelchair.due_at == AT + 5 * HOUR + timedelta(minutes=40)


def test_waiting_does_not_undo_lateness(wheelchair, di, patient):
    wheelchair.ask_info("哪一层？", di, AT + 2 * HOUR)
    wheelchair.supplement("三层。", patient, AT + 5 * HOUR)
    assert wheelchair.due_at == AT + HOUR


async def test_what_was_typed_is_sealed_and_the_step_holds_it_masked(story):
    await (await story.begin()).go("ask_info")
    await story.do("supplement", note="在三层，打13912345678")
    assert "13912345678" not in (await story.steps())[-1].note
    async with story.database.reading() as session:
        secret = await open_secret(session, await story.now(), Sealer(story.cast.settings.keys))
    assert secret.added == ["在三层，打13912345678"]


async def test_a_dispatcher_may_write_it_down_for_the_requester(story):
    await (await story.begin()).go("ask_info")
    assert (await story.do("supplement", by="di")).state == State.submitted
