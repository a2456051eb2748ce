"""seek_cover: a claimer cannot come and looks for somebody in their place; until then it stays theirs."""

import pytest

from matching.requests.claims import ClaimerKind
from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import HOUR, IN_PROGRESS, refused, take


class TestPromises(Promises):
    act, enters = "seek_cover", State.in_progress
    way, twice = IN_PROGRESS, "cover_sought"
    wrong = (*IN_PROGRESS, "park")
    may_not = ("zhao", "lead", "di", "patient")


def test_it_stays_theirs_and_no_limit_changes(in_progress, lin):
    before = in_progress.model_dump(exclude={"last_seq", "last_hash"})
    in_progress.seek_cover("临时手术。", lin, AT + HOUR)
    assert in_progress.is_claimed_by(lin.id)
    assert in_progress.model_dump(exclude={"last_seq", "last_hash"}) == before


def test_while_others_are_still_missing_one_can_look_as_well_but_one_at_a_time(escort, people, lin, zhao):
    take(escort, people, "lin")
    escort.seek_cover("", lin, AT)
    take(escort, people, "zhao")
    with refused("cover_sought"):
        escort.seek_cover("", zhao, AT)


def test_letting_go_ends_the_search(escort, people, lin, zhao):
    take(escort, people, "lin")
    take(escort, people, "zhao")
    escort.seek_cover("", lin, AT)
    escort.release(lin.id, "等不及了。", lin, AT)
    escort.seek_cover("", zhao, AT)


def test_what_is_done_is_not_looked_for_again_when_it_is_opened_again(in_progress, lin, patient):
    in_progress.contact("", lin, AT)
    in_progress.seek_cover("", lin, AT)
    in_progress.complete("solved", "还是自己去了，已经办好。", 30, lin, AT)
    in_progress.reopen("没有办好。", patient, AT)
    in_progress.seek_cover("这次真的来不了。", lin, AT)


@pytest.mark.parametrize("kind", [ClaimerKind.unit, ClaimerKind.department])
def test_a_unit_finds_its_own_people(dispatched, people, lead, kind):
    dispatched.claim([lead], kind, "门诊一支部", lead, AT)
    with refused("no_cover_for_this"):
        dispatched.seek_cover("", lead, AT)


def test_who_only_helps_has_no_place_to_fill(dispatched, people, zhao):
    take(dispatched, people, "lin", "zhao")
    with refused("no_cover_for_this"):
        dispatched.seek_cover("", zhao, AT)
