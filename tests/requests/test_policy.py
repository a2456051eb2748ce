"""The policy's table, written once more by hand from docs/domain.md §2 and §6, and asked actor by actor."""

from dataclasses import replace

import pytest

from matching.errors import NotAllowed
from matching.people.actor import Actor, Scope
from matching.people.model import Role
from matching.requests.claims import ClaimStatus
from matching.requests.policy import MAY, may, may_reveal, verbs_for
from matching.requests.states import MOVES, State
from tests.requests.scene import IN_PROGRESS, Story, lead_to, take

WHO = ("committee", "dispatcher", "lead", "member", "claimer", "requester", "job")
TABLE = """
                     committee dispatcher lead member claimer requester job
file                 x         x          x    x      .       x         .
ask_info             x         x          .    .      .       .         .
supplement           .         x          .    .      .       x         .
correct              .         .          .    .      .       x         .
reject               x         x          .    .      .       .         .
accept               x         x          .    .      .       .         .
approve_wording      x         x          .    .      .       .         .
dispatch             x         x          .    .      .       .         .
final_ruling         x         .          .    .      .       .         .
transfer             x         x          .    .      .       .         .
sign_for             .         .          x    .      .       .         .
return_order         .         .          x    .      .       .         .
claim                .         .          x    x      .       .         .
assign               .         x          x    .      .       .         .
decline              .         .          .    .      x       .         .
release              .         .          x    .      x       .         .
start                .         .          x    .      .       .         .
ask                  .         x          x    .      .       .         x
thank                .         .          .    .      .       .         x
hand_back            .         .          .    .      .       .         x
move_up              .         .          .    .      .       .         x
seek_cover           .         .          .    .      x       .         .
cover                .         .          x    x      .       .         .
nudge                .         .          .    .      .       .         x
offer_helper         .         .          .    .      .       .         x
help                 .         .          x    x      .       .         .
contact              .         .          .    .      x       .         .
extend               .         .          x    .      x       .         .
answer_extension     x         x          .    .      .       x         .
park                 .         .          x    .      .       .         .
resume               .         .          x    .      .       .         .
complete             .         .          x    .      x       .         .
rate                 .         .          .    .      .       x         .
rate_again           .         .          .    .      .       x         .
close                .         .          .    .      .       .         x
rectify              .         .          x    .      .       .         .
answer_misjudgement  x         .          .    .      .       .         .
reopen               .         .          .    .      .       x         .
withdraw             .         .          .    .      .       x         .
archive              .         .          .    .      .       .         x
urge                 .         .          .    .      .       x         x
public_list          .         .          .    .      .       .         x
supervise            x         .          .    .      .       .         .
reply                .         .          x    .      .       .         .
"""
EXPECTED = {
    line.split()[0]: {who for who, mark in zip(WHO, line.split()[1:], strict=True) if mark == "x"}
    for line in TABLE.strip().splitlines()[1:]
}
INSIDE = {"committee": "wei", "dispatcher": "di", "lead": "lead", "member": "zhao", "claimer": "lin"}


def test_every_verb_of_the_moves_stands_in_the_table():
    assert set(EXPECTED) == set(MAY) == set(MOVES)


@pytest.mark.parametrize("verb", MOVES)
def test_each_may_what_the_table_says_and_nothing_else(escort, people, verb):
    take(escort, people, "sun")  # whoever holds it is the claimer, also from elsewhere
    actors = {who: people[login] for who, login in INSIDE.items()}
    actors |= {"claimer": people["sun"], "requester": people["patient"], "job": people["system"]}
    assert {who for who, actor in actors.items() if may(verb, actor, escort)} == EXPECTED[verb]


@pytest.mark.parametrize("verb", MOVES)
def test_a_role_counts_only_where_the_request_stands(escort, people, verb):
    elsewhere = people.units["ZB3"]
    below = people.units["ZB1"]
    outside = [
        replace(people["wei"], scopes=(Scope(role, elsewhere.id, elsewhere.path),), unit_path=elsewhere.path)
        for role in Role
    ]
    outside += [people["sun"], people["lead2"], people["root"], people["audit"]]
    outside += [Actor.requester(1, 18), Actor.requester(2, 17), Actor.system(2)]
    outside += [replace(people["wei"], root_id=2), replace(people["lin"], root_id=2)]
    assert not [actor for actor in outside if may(verb, actor, escort)]
    covering = people.units["ZZ1"]
    lead_above = replace(people["wei"], scopes=(Scope(Role.unit_lead, covering.id, covering.path),))
    assert may(verb, lead_above, escort) == ("lead" in EXPECTED[verb])
    escort.unit = covering  # dispatched one level up: a member of a branch below may, its lead may not speak for it
    lead_below = replace(people["lead"], scopes=(Scope(Role.unit_lead, below.id, below.path),))
    assert not may(verb, lead_below, escort)
    assert may(verb, people["zhao"], escort) == ("member" in EXPECTED[verb])


@pytest.mark.parametrize("verb", ["contact", "complete", "release", "decline", "extend"])
def test_who_let_go_is_a_claimer_no_more(escort, people, verb):
    take(escort, people, "sun")
    escort.release(people["sun"].id, "临时手术。", people["lead"], escort.filed_at)
    assert escort.claims[0].status == ClaimStatus.released
    assert not may(verb, people["sun"], escort)


def test_the_offered_verbs_are_those_that_state_and_policy_admit(completed, people):
    assert verbs_for(people["lead"], completed) == []
    assert verbs_for(people["patient"], completed) == ["rate", "reopen"]
    assert verbs_for(people["system"], completed) == ["thank", "close"]
    assert verbs_for(people["di"], completed) == ["approve_wording"]


REVEALED = {"dispatched", "in_progress", "parked", "completed", "rectifying", "closed"}


@pytest.mark.parametrize("state", State)
def test_contacts_are_for_the_active_claimer_and_the_responsible_lead(wheelchair, people, state):
    lead_to(wheelchair, state, people)
    may_see = {login for login in ("lin", "lead", "zhao", "lead2", "di", "wei", "root", "audit", "patient", "system")
               if may_reveal(people[login], wheelchair)}  # fmt: skip
    holding = {"lin"} if state in {State.in_progress, State.parked} else set()
    assert may_see == holding | ({"lead"} if state in REVEALED else set())


@pytest.mark.parametrize("who", ["sun", "lead2", "root"])
async def test_claiming_outside_ones_unit_is_not_even_seen(story: Story, who):
    await (await story.begin()).go("accept", "dispatch")
    with pytest.raises(Exception, match="not_seen"):
        await story.do("claim", by=who)


async def test_who_helped_to_the_end_sees_it_afterwards_and_who_let_go_does_not(story: Story):
    await (await story.begin()).go(*IN_PROGRESS, "contact", "complete")
    with pytest.raises(NotAllowed):
        await story.do("rate", by="lin")
    await (await story.begin()).go("accept", "dispatch", "claim", "release")
    await story.do("claim", by="zhao")
    await story.do("contact", by="zhao")
    await story.do("complete", by="zhao")
    with pytest.raises(Exception, match="not_seen"):
        await story.do("contact", by="lin")
