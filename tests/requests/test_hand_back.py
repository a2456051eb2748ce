"""hand_back: nobody was found, or nobody called; the lead arranges it."""

import pytest

from matching.requests.claims import ClaimStatus
from matching.requests.states import BackReason, State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS, refused, take


class TestPromises(Promises):
    act, enters = "hand_back", State.dispatched
    way, twice = DISPATCHED, ""
    wrong = (*IN_PROGRESS, "park")
    may_not = ("lin", "lead", "di", "patient")


def test_who_never_called_has_it_no_more_and_the_limits_run_on(dispatched, people, system):
    limits = (dispatched.claim_due_at, dispatched.handle_due_at)
    take(dispatched, people, "lin", "zhao")
    dispatched.hand_back(BackReason.not_contacted, "slot", system, AT + HOUR)
    assert (dispatched.state, dispatched.free_slots, dispatched.active_claims) == ("dispatched", 1, [])
    assert {claim.status for claim in dispatched.claims} == {ClaimStatus.released}
    assert (dispatched.due_at, dispatched.handle_due_at) == limits
    take(dispatched, people, "lead", at=AT + HOUR)
    assert dispatched.due_at == limits[1]


@pytest.mark.parametrize(("state", "code"), [("contacted", "already_contacted"), ("dispatched", "no_claimer")])
def test_nobody_loses_it_who_called_and_nobody_who_has_it_not(dispatched, people, lin, system, state, code):
    if state == "contacted":
        take(dispatched, people, "lin")
        dispatched.contact("", lin, AT)
    before = dispatched.last_hash
    with refused(code):
        dispatched.hand_back(BackReason.not_contacted, "slot", system, AT + HOUR)
    assert dispatched.last_hash == before


def test_when_nobody_can_take_a_place_it_stays_theirs_and_they_may_look_again(in_progress, lin, system):
    in_progress.seek_cover("临时手术。", lin, AT)
    in_progress.hand_back(BackReason.nobody, "cover", system, AT + HOUR)
    assert (in_progress.state, in_progress.is_claimed_by(lin.id)) == (State.in_progress, True)
    in_progress.seek_cover("还是来不了。", lin, AT + HOUR)


def test_that_nobody_can_help_leaves_an_open_cover_open(in_progress, lin, system):
    in_progress.seek_cover("临时手术。", lin, AT)
    in_progress.hand_back(BackReason.nobody, "helper", system, AT + HOUR)
    with refused("cover_sought"):
        in_progress.seek_cover("还是来不了。", lin, AT + HOUR)


async def test_the_job_hands_back_what_nobody_called_about(story):
    await (await story.begin()).go(*IN_PROGRESS)
    request = await story.do("hand_back", why=BackReason.not_contacted)
    assert (request.state, request.active_claims) == (State.dispatched, [])
    await story.go("claim")
