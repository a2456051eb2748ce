"""approve_wording: what the public wall may show. Never without the requester's consent, never of a child."""

import pytest

from matching.requests.queries import on_the_wall
from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import WORDING, refused


class TestPromises(Promises):
    act, enters = "approve_wording", State.accepted
    way, wrong = ("accept",), ()
    may_not = ("patient", "lead")


def test_without_consent_nothing_is_shown(accepted, di):
    accepted.show_publicly = False
    with refused("no_public_consent"):
        accepted.approve_wording(WORDING, di, AT)
    assert (accepted.wording, accepted.wording_at, accepted.last_seq) == ("", None, 2)


def test_a_child_is_never_shown_whatever_was_consented_to(accepted, di):
    accepted.for_minor = True
    with refused("no_public_consent"):
        accepted.approve_wording(WORDING, di, AT)


async def test_what_names_somebody_is_masked_once_more(story):
    await (await story.begin()).go("accept")
    request = await story.do("approve_wording", wording="想借轮椅，电话13912345678")
    assert "13912345678" not in request.wording


@pytest.mark.parametrize("end", ["withdraw", "correct"])
async def test_the_wall_shows_it_until_the_requester_takes_it_back(story, end):
    await (await story.begin()).go("accept")

    async def shown() -> set[int]:
        async with story.database.reading() as session:
            return {row.id for row in (await on_the_wall(session, story.cast.root_id)).rows}

    assert story.id not in await shown()
    await story.go("approve_wording")
    assert story.id in await shown()
    await story.go(end)
    assert story.id not in await shown()
