"""Which requests may become an activity: those that a branch is responsible for."""

import pytest

from matching.activities import actions
from matching.activities.origins import check_answered_for
from matching.errors import WrongState
from matching.requests.states import State
from tests.activities.scene import planned, sealer_of, wish
from tests.cast import AT
from tests.requests.scene import Story, filed_without_database, lead_to, refused, without_database

MAY_BECOME = {"dispatched", "in_progress", "parked", "completed", "rectifying", "closed"}


@pytest.mark.parametrize("state", State)
def test_only_what_a_branch_is_responsible_for_becomes_an_activity(state):
    cast = without_database()
    request = lead_to(filed_without_database(cast, "first_aid"), state, cast)
    if state in MAY_BECOME:
        check_answered_for(request)
    else:
        with pytest.raises(WrongState) as said:
            check_answered_for(request)
        assert (said.value.code, said.value.field) == ("cannot_become_activity", "request")


async def test_what_is_only_filed_is_refused_and_what_was_dispatched_becomes_one(work, cast):
    story = await Story(cast, work.database, work).begin("first_aid")
    for verb in ("accept", "dispatch"):
        with refused("cannot_become_activity"):
            await work(actions.plan, wish(request=story.number), sealer=sealer_of(cast), by=cast["lead"], at=AT)
        await story.go(verb)
    assert (await planned(work, cast, request=story.number)).request_id == story.id
    with refused("activity_there"):
        await planned(work, cast, request=story.number)
