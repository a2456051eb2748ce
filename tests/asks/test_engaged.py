"""Whoever is to be at an activity is found by none of the ways in which somebody is found, until it is over."""

import pytest

from matching.activities import actions as activities
from matching.asks import actions, planning, proposing, recording
from matching.asks.healing import heal_claims
from matching.asks.queue import proposed_unit, queue_of
from matching.asks.suggesting import suggestions, why_not
from matching.engine.eligible import RULES, Refusal, Rule
from matching.errors import WrongState
from tests.activities.scene import HOUR, planned
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT
from tests.requests.scene import DISPATCHED, IN_PROGRESS, refused

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def look(crowd: Crowd, query=suggestions, *words):
    async with crowd.database.reading() as session:
        return await query(session, crowd.number, *words, by=crowd.cast["lead"], at=AT)


async def queue(crowd: Crowd, at=AT) -> planning.Prepared:
    """What waits for anybody, as a dispatcher settles it."""
    by = crowd.cast["di"]
    async with crowd.database.reading() as session:
        return planning.prepared(await queue_of(session, await proposed_unit(session, "DW", by), by=by, at=at))


async def test_nobody_on_a_list_is_suggested_asked_for_a_slot_for_cover_or_for_help(asking: Crowd):
    lin, zhao = asking.cast["lin"], asking.cast["zhao"]
    meeting = await planned(asking.work, asking.cast, "zhao")  # the lead of ZB1 leads it
    await (await asking.begin()).go(*DISPATCHED)
    found = await look(asking)
    assert ([one.person.id for one in found.best], found.kept) == ([lin.id], {Rule.engaged: 2})
    (said,) = await look(asking, why_not, "赵一鸣")
    assert said.refusal == Refusal(Rule.engaged, until=AT + 2 * HOUR, since=AT)
    await asking.run()
    assert [ask.person_id for ask in await asking.asks()] == [lin.id]
    assert {person for _request, person in (await queue(asking)).p} == set()  # lin was asked already
    await asking.work(actions.answer_yes, (await asking.ask_of(lin)).id, by=lin, at=AT)
    await asking.work(actions.seek_cover, asking.number, by=lin, at=AT)
    assert (await asking.verbs())[-1] == "hand_back"
    for minutes in (60, 78):
        await heal_claims(asking.database, asking.work, AT + minutes * MINUTE)
    assert [ask.person_id for ask in await asking.asks()] == [lin.id]
    await asking.work(activities.cancel, meeting.id, "下大雨", by=asking.cast["lead"], at=AT + 80 * MINUTE)
    await asking.work(actions.seek_cover, asking.number, by=lin, at=AT + 80 * MINUTE)
    assert {ask.person_id for ask in await asking.asks()} == {lin.id, zhao.id, asking.cast["lead"].id}


@on_sqlite
async def test_who_waits_is_passed_over_while_at_an_activity_and_moves_up_to_what_it_came_of(asking: Crowd):
    wanted = {"wanted_from": AT + 60 * MINUTE, "wanted_to": AT + 90 * MINUTE}
    lin, zhao, lead = (asking.cast[login] for login in ("lin", "zhao", "lead"))
    await (await asking.begin(**wanted)).go(*IN_PROGRESS)
    await asking.work(actions.join_waiting, asking.number, by=zhao, at=AT)
    meeting = await planned(asking.work, asking.cast, "zhao")
    await asking.do("release", at=AT + MINUTE)
    await asking.run(AT + MINUTE)
    assert [row.place for row in await asking.line()] == ["waiting"]
    await asking.work(activities.cancel, meeting.id, "下大雨", by=lead, at=AT)
    await planned(asking.work, asking.cast, "zhao", "lin", request=asking.number)
    await asking.run(AT + 2 * MINUTE)
    assert [row.place for row in await asking.line()] == ["moved_up"]
    await (await asking.begin(**wanted)).go(*DISPATCHED)  # another one at that hour
    assert (await look(asking)).kept == {Rule.overlap: 1, Rule.engaged: 2}  # what zhao took is named first
    number = asking.cast.people["lin"].member_no
    with refused("cannot_ask"):
        await asking.work(actions.ask, asking.number, [number], by=lead, at=AT)
    await asking.work(actions.ask, asking.number, [number], anyway=True, by=lead, at=AT)
    with refused("cannot_ask"):  # a rule that nothing sets aside stands behind it now
        await asking.work(actions.ask, asking.number, [number], anyway=True, by=lead, at=AT)
    assert [ask.person_id for ask in await asking.asks()] == [lin.id]


@on_sqlite
async def test_a_proposal_leaves_them_out_and_refuses_who_came_onto_a_list_since(asking: Crowd):
    wanted = {"wanted_from": AT + 60 * MINUTE, "wanted_to": AT + 90 * MINUTE}
    zhao, lin = asking.cast["zhao"], asking.cast["lin"]
    await planned(asking.work, asking.cast, "zhao", lead=asking.cast.people["zhao"].member_no)
    await (await asking.begin(**wanted)).go("accept")
    known = await queue(asking)
    assert zhao.id not in {person for _request, person in known.p}
    assert known.why_not[asking.id]["engaged"] == 1
    result = recording.written(known, planning.dispatched(known, [(asking.id, lin.id)]))
    proposal = await asking.work(proposing.keep, known.queue, result, by=asking.cast["di"], at=AT)
    await planned(asking.work, asking.cast, "lin", at=AT + HOUR)
    with pytest.raises(WrongState) as caught:
        await asking.work(
            proposing.accept, proposal.id, (asking.id, lin.id), [lin.id], by=asking.cast["di"], at=AT + MINUTE
        )
    assert (caught.value.code, caught.value.params["why"]) == ("no_longer_fits", RULES[Rule.engaged])


@on_sqlite
async def test_a_wave_waits_for_the_end_of_a_meeting_that_is_soon_over(asking: Crowd):
    await planned(asking.work, asking.cast, at=AT - HOUR, ends_at=AT + 20 * MINUTE, everybody=True)
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    assert (await asking.answers(), (await asking.wave()).next_at) == ({}, AT + 20 * MINUTE)
    await asking.run(AT + 20 * MINUTE)
    assert await asking.answers() != {}
