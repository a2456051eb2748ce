"""Claims that lead to nothing: a nudge, a helper, and back to the lead, each a Step, by the clock alone."""

import pytest

from matching.asks import actions
from matching.asks.healing import heal_claims, to_heal
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT
from tests.requests.scene import IN_PROGRESS, refused

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_who_never_calls_is_nudged_then_helped_then_relieved(asking: Crowd):
    await (await asking.begin()).go(*IN_PROGRESS)  # two hours to handle it

    async def heal(minutes):
        return await heal_claims(asking.database, asking.work, AT + minutes * MINUTE)

    assert await heal(59) == 0
    assert [await heal(60), await heal(60)] == [1, 0]
    assert await heal(77) == 0
    assert [await heal(78), await heal(78)] == [1, 0]
    assert {(ask.purpose, ask.answer) for ask in await asking.asks()} == {("helper", "waiting")}
    assert await heal(95) == 0
    assert [await heal(96), await heal(97)] == [1, 0]
    assert await asking.verbs() == ["claim", "nudge", "offer_helper", "hand_back", "thank"]
    now = await asking.now()
    assert (now.state, now.active_claims) == ("dispatched", [])
    assert await asking.answers() == {"withdrawn": 2}
    assert await asking.run(AT + 97 * MINUTE) == 0  # how it goes on is for the lead to say


@on_sqlite
async def test_a_helper_comes_along_and_the_other_is_thanked_and_a_call_ends_it_all(asking: Crowd):
    await (await asking.begin()).go(*IN_PROGRESS)
    for minutes in (60, 78):
        await heal_claims(asking.database, asking.work, AT + minutes * MINUTE)
    zhao = asking.cast["zhao"]
    await asking.work(actions.answer_yes, (await asking.ask_of(zhao)).id, by=zhao, at=AT + 80 * MINUTE)
    assert await asking.answers() == {"accepted": 1, "withdrawn": 1}
    now = await asking.now()
    assert {(claim.person_id, claim.slot) for claim in now.active_claims} == {
        (asking.cast["lin"].id, 1),
        (zhao.id, None),
    }
    await asking.do("contact", at=AT + 81 * MINUTE)
    assert await heal_claims(asking.database, asking.work, AT + 100 * MINUTE) == 0


@on_sqlite
async def test_helpers_are_asked_once_and_may_still_come_when_their_time_is_over(asking: Crowd):
    await asking.crowd(5)
    await (await asking.begin()).go(*IN_PROGRESS)
    for minutes in (60, 78):
        await heal_claims(asking.database, asking.work, AT + minutes * MINUTE)
    assert [await asking.run(AT + minutes * MINUTE) for minutes in (81, 82, 86)] == [0, 1, 0]
    assert await asking.answers() == {"unanswered": 2}
    assert (await asking.wave("helper")).asking == "stopped"
    late = (await asking.who_was_asked())[0]
    await asking.work(actions.answer_yes, (await asking.ask_of(late)).id, by=late, at=AT + 87 * MINUTE)
    assert (await asking.now()).is_claimed_by(late.id)


@on_sqlite
async def test_help_that_is_not_needed_any_more_is_taken_back(asking: Crowd):
    await (await asking.begin()).go(*IN_PROGRESS)
    for minutes in (60, 78):
        await heal_claims(asking.database, asking.work, AT + minutes * MINUTE)
    await asking.do("contact", at=AT + 79 * MINUTE)
    assert await asking.run(AT + 79 * MINUTE) == 1
    assert await asking.answers() == {"withdrawn": 2}
    with refused("filled"):
        lead = asking.cast["lead"]
        await asking.work(actions.answer_yes, (await asking.ask_of(lead)).id, by=lead, at=AT + 79 * MINUTE)


@on_sqlite
async def test_after_a_standstill_not_everything_comes_at_once_and_what_is_late_is_left_to_the_urging(asking: Crowd):
    await (await asking.begin()).go(*IN_PROGRESS)
    done = [
        await heal_claims(asking.database, asking.work, AT + minutes * MINUTE) for minutes in (100, 101, 105, 109, 110)
    ]
    assert done == [1, 0, 1, 0, 1]
    await (await asking.begin()).go(*IN_PROGRESS)
    assert await heal_claims(asking.database, asking.work, AT + 120 * MINUTE) == 0
    async with asking.database.reading() as session:
        assert await to_heal(session, AT + 120 * MINUTE) == []


@on_sqlite
async def test_time_on_a_shelf_does_not_count(asking: Crowd):
    await (await asking.begin()).go(*IN_PROGRESS, "park")
    assert await heal_claims(asking.database, asking.work, AT + 100 * MINUTE) == 0
    await asking.do("resume", at=AT + 100 * MINUTE)
    done = [await heal_claims(asking.database, asking.work, AT + minutes * MINUTE) for minutes in (101, 159, 160)]
    assert done == [0, 0, 1]
