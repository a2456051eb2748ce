"""cover: somebody takes the place of a claimer who cannot come; one slot, one Step, the limits run on."""

import pytest

from matching.errors import WrongState
from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS, refused, take


class TestPromises(Promises):
    act, enters = "cover", State.in_progress
    way, twice = (*IN_PROGRESS, "seek_cover"), "already_claimed_by_you"
    wrong, wrong_by = (*IN_PROGRESS, "seek_cover", "park"), "lead"
    may_not = ("di", "patient")


def test_the_place_changes_hands_and_nothing_else_moves(in_progress, people, lin, zhao):
    in_progress.contact("", lin, AT)
    in_progress.seek_cover("临时手术。", lin, AT)
    before = in_progress.model_dump(exclude={"last_seq", "last_hash"})
    step = in_progress.cover(lin.id, zhao, AT + HOUR)
    assert [(claim.person_id, claim.slot, claim.status) for claim in in_progress.claims] == [
        (lin.id, 1, "released"),
        (zhao.id, 1, "active"),
    ]
    assert in_progress.model_dump(exclude={"last_seq", "last_hash"}) == before
    assert (step.detail["person"], step.detail["name"]) == (lin.id, people.people["zhao"].name)
    in_progress.complete("solved", "接替同伴，推到门口。", 30, zhao, AT + HOUR)


def test_who_takes_over_is_given_time_to_call(in_progress, lin, zhao, system):
    in_progress.nudge(system, AT + HOUR)
    in_progress.seek_cover("", lin, AT + HOUR)
    in_progress.cover(lin.id, zhao, AT + HOUR)
    assert in_progress.nudged_at is None
    with refused("not_yet"):
        in_progress.nudge(system, AT + HOUR)
    in_progress.nudge(system, AT + 1.5 * HOUR)  # an hour of the two is left


def test_who_came_along_goes_on_helping(dispatched, people, lin, zhao, lead):
    take(dispatched, people, "lin", "zhao")
    dispatched.seek_cover("", lin, AT)
    dispatched.cover(lin.id, lead, AT)
    assert [(claim.person_id, claim.slot) for claim in dispatched.active_claims] == [(zhao.id, None), (lead.id, 1)]


@pytest.mark.parametrize("way", [IN_PROGRESS, (*IN_PROGRESS, "seek_cover", "release", "claim")])
async def test_what_nobody_looks_for_is_not_taken_over(story, way):
    await (await story.begin()).go(*way)
    with refused("cover_not_sought"):
        await story.do("cover")


async def test_of_two_who_take_over_one_does(story):
    await (await story.begin("escort")).go(*DISPATCHED, "claim", "seek_cover", "cover")
    with pytest.raises(WrongState, match="cover_not_sought"):
        await story.do("cover", by="lead")
    assert (await story.now()).free_slots == 1
