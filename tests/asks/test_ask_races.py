"""Many answers at once. Each answer pauses between the read and the write, or it would prove nothing."""

import asyncio
from collections import Counter

import pytest

from matching.asks import actions
from matching.errors import Refused
from matching.people.actor import Actor
from matching.requests import acting
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT
from tests.requests.racer import wait_after_reading


@pytest.fixture
async def rush(asking: Crowd, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """A request with three slots for which a hundred were asked; whoever reads it thinks for a moment."""
    numbers = await asking.crowd(100)
    await (await asking.begin("escort")).go("accept")
    await asking.do("dispatch", slots=3)
    for first in range(0, 100, 20):
        await asking.work(
            actions.ask,
            asking.number,
            numbers[first : first + 20],
            by=asking.cast["lead"],
            at=AT + first * MINUTE / 100,
        )
    monkeypatch.setattr(acting, "visible_request", acting.visible_request)  # put back in the end
    wait_after_reading()
    return asking


async def tap(rush: Crowd, by: Actor, answer=actions.answer_yes) -> str:
    """What became of one tap: `done`, or the code of the refusal. Anything else is raised."""
    ask = await rush.ask_of(by)
    try:
        await rush.work(answer, ask.id, by=by, at=AT + 2 * MINUTE)
    except Refused as refused:
        return refused.code
    return "done"


async def test_of_100_who_say_yes_at_once_three_have_it_and_97_are_told_so_and_may_wait(rush: Crowd):
    crowd = await rush.who_was_asked()
    answers = await asyncio.gather(*(tap(rush, by) for by in crowd))
    assert Counter(answers) == {"done": 3, "filled": 97}
    now = await rush.now()
    assert (now.state, sorted(claim.slot for claim in now.active_claims)) == ("in_progress", [1, 2, 3])
    assert {claim.person_id for claim in now.active_claims} == {
        by.id for by, answer in zip(crowd, answers, strict=True) if answer == "done"
    }
    assert await rush.answers() == {"accepted": 3, "withdrawn": 97}
    assert Counter(await rush.verbs()) == {"ask": 5, "claim": 3, "thank": 1}
    losers = [by for by, answer in zip(crowd, answers, strict=True) if answer == "filled"]
    assert {await rush.counted(by) for by in losers} == {(0, 0)}
    for by in losers[:2]:
        await rush.work(actions.join_waiting, rush.number, by=by, at=AT + 3 * MINUTE)
    assert await tap(rush, losers[0]) == "filled"


async def test_taps_of_all_kinds_at_once_leave_each_ask_answered_once(rush: Crowd):
    crowd = await rush.who_was_asked()
    no = crowd[:30]
    twice = [tap(rush, by) for by in crowd[30:40] for _ in range(2)]
    job = [
        rush.work(actions.stop_asking, rush.number, by=rush.cast["lead"], at=AT + 2 * MINUTE),
        rush.run(AT + 2 * MINUTE),
    ]
    await asyncio.gather(*(tap(rush, by, actions.answer_no) for by in no), *twice, *job)
    answers = await rush.answers()
    assert answers["accepted"] == 3
    assert answers["accepted"] + answers["declined"] + answers["withdrawn"] == 100
    assert len((await rush.now()).active_claims) == 3
