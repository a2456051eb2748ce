"""A lead asks named people: what stands in the way is said, and some of it may be set aside."""

import pytest

from matching.asks import actions
from matching.asks.model import Leave
from matching.errors import Invalid
from matching.requests import branch_actions
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT
from tests.requests.scene import DAY, DISPATCHED, IN_PROGRESS, refused

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_who_is_named_is_asked_and_the_waves_go_on_after_them(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    lead, numbers = asking.cast["lead"], asking.cast.people
    (ask,) = await asking.work(actions.ask, asking.number, [numbers["lin"].member_no], by=lead, at=AT)
    assert (ask.by_id, ask.answer, ask.wave) == (lead.id, "waiting", 1)
    step = (await asking.steps())[-1]
    assert (step.verb, step.by_id, step.detail["people"], step.detail["target"]) == ("ask", lead.id, [ask.person_id], 0)
    assert await asking.run() == 0  # the lead's choice has its time first
    assert await asking.run(AT + 4 * MINUTE) == 1
    assert await asking.answers() == {"unanswered": 1, "waiting": 2}


@on_sqlite
async def test_what_stands_in_the_way_is_said_and_only_some_of_it_may_be_set_aside(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    lead = asking.cast["lead"]
    no = {login: person.member_no for login, person in asking.cast.people.items()}

    async def ask(*logins, anyway=False, by=lead):
        return await asking.work(
            actions.ask, asking.number, [no.get(one, one) for one in logins], anyway=anyway, by=by, at=AT
        )

    async def on_leave(session):
        day = AT.date()
        session.add(Leave(root_id=asking.cast.root_id, person_id=asking.cast["lin"].id, first_on=day, last_on=day))

    await asking.work(on_leave)
    await asking.work(actions.mute, AT + DAY, by=asking.cast["zhao"], at=AT)
    for people, code in (((), "required"), (("nobody",), "unknown_person"), (["lin"] * 21, "too_many_items")):
        with refused(code):
            await ask(*people)
    for login in ("lin", "zhao", "sun"):  # on leave, muted, of another branch
        with refused("cannot_ask"):
            await ask(login)
    for login in ("zhao", "sun"):
        with refused("cannot_ask"):
            await ask(login, anyway=True)
    assert len(await ask("lin", anyway=True)) == 1
    for anyway in (False, True):  # asked already
        with refused("cannot_ask"):
            await ask("lin", anyway=anyway)
    with refused("not_allowed"):
        await ask("lead", by=asking.cast["lin"])
    with refused("not_seen"):
        await ask("lead", by=asking.cast["lead2"])


@on_sqlite
async def test_whoever_types_numbers_learns_no_names_of_other_branches(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    people, cast = asking.cast.people, asking.cast
    stranger = people["sun"]
    for who, told in (("lead", stranger.member_no), ("di", stranger.name)):
        with pytest.raises(Invalid) as asked:
            await asking.work(actions.ask, asking.number, [stranger.member_no], by=cast[who], at=AT)
        assert asked.value.fields["people"].params["name"] == told
        with pytest.raises(Invalid) as assigned:
            await asking.work(branch_actions.assign, asking.number, stranger.member_no, by=cast[who], at=AT)
        assert assigned.value.fields["person"].params["name"] == told


@on_sqlite
async def test_nobody_is_asked_for_what_is_taken(asking: Crowd):
    await (await asking.begin()).go(*IN_PROGRESS)
    for action, words in ((actions.ask, [["M0007"]]), (actions.start_asking, [])):
        with refused("nobody_sought"):
            await asking.work(action, asking.number, *words, by=asking.cast["lead"], at=AT)
