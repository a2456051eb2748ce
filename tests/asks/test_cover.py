"""A claimer who cannot come looks for cover before letting go."""

import pytest

from matching.asks import actions
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT
from tests.requests.scene import IN_PROGRESS, refused

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_the_first_who_says_yes_takes_the_place_and_until_then_it_stays_with_the_claimer(asking: Crowd):
    await (await asking.begin()).go(*IN_PROGRESS)
    lin, zhao, lead = (asking.cast[login] for login in ("lin", "zhao", "lead"))
    await asking.work(actions.seek_cover, asking.number, "要去抢救。", by=lin, at=AT)
    assert [(ask.purpose, ask.person_id) for ask in await asking.asks()] == [("cover", lead.id), ("cover", zhao.id)]
    assert (await asking.now()).is_claimed_by(lin.id)
    assert await asking.run() == 0
    with refused("cover_sought"):
        await asking.work(actions.seek_cover, asking.number, by=lin, at=AT)
    await asking.work(actions.answer_yes, (await asking.ask_of(zhao)).id, by=zhao, at=AT + MINUTE)
    now = await asking.now()
    assert [claim.person_id for claim in now.active_claims] == [zhao.id]
    assert await asking.verbs() == ["claim", "seek_cover", "ask", "cover", "thank"]
    assert await asking.answers() == {"accepted": 1, "withdrawn": 1}
    assert await asking.counted(zhao) == (1, 1)
    assert (await asking.wave("cover")).asking == "filled"
    with refused("filled"):
        await asking.work(actions.answer_yes, (await asking.ask_of(lead)).id, by=lead, at=AT + MINUTE)
    assert await asking.run(AT + 10 * MINUTE) == 0


@on_sqlite
async def test_when_nobody_can_the_lead_is_told_and_the_claimer_keeps_it(asking: Crowd):
    await (await asking.begin()).go(*IN_PROGRESS)
    lin = asking.cast["lin"]
    await asking.work(actions.seek_cover, asking.number, by=lin, at=AT)
    await asking.run(AT + 4 * MINUTE)
    assert (await asking.verbs())[-1] == "hand_back"
    assert (await asking.now()).is_claimed_by(lin.id)
    assert (await asking.wave("cover")).asking == "handed_back"
    assert await asking.run(AT + 10 * MINUTE) == 0
    await asking.work(actions.seek_cover, asking.number, by=lin, at=AT + 20 * MINUTE)  # may try again: nobody is left
    assert (await asking.verbs())[-2:] == ["seek_cover", "hand_back"]


@on_sqlite
async def test_cover_that_was_sought_by_another_door_is_found_by_the_job_and_ends_when_they_let_go(asking: Crowd):
    from matching.requests import seeking

    await (await asking.begin()).go(*IN_PROGRESS)
    await asking.work(seeking.seek_cover, asking.number, "", by=asking.cast["lin"], at=AT)
    assert await asking.run() == 1
    assert await asking.answers() == {"waiting": 2}
    await asking.do("release")
    await asking.run()
    assert await asking.answers() == {"withdrawn": 2, "waiting": 2}  # for cover; now for the free slot
