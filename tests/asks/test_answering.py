"""Yes, no, not now: one tap, and an answer is one transaction with what follows from it."""

from datetime import timedelta

import pytest
from sqlmodel import select

from matching.asks import actions, queries
from matching.asks.model import AskCount, Availability, DeclineReason
from matching.people.model import Person
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT
from tests.requests.scene import DAY, DISPATCHED, refused

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_the_first_yes_has_the_slot_and_the_others_are_thanked_and_count_for_nothing(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    lin, zhao = asking.cast["lin"], asking.cast["zhao"]
    mine = await asking.ask_of(lin)
    answered = await asking.work(actions.answer_yes, mine.id, by=lin, at=AT + MINUTE)
    assert (answered.ask.answer, answered.request.state) == ("accepted", "in_progress")
    assert await asking.verbs() == ["ask", "claim", "thank"]
    assert await asking.answers() == {"accepted": 1, "withdrawn": 2}
    assert await asking.counted(lin) == await asking.counted(lin, "wheelchair") == (1, 1)
    assert await asking.counted(zhao) == (0, 0)
    again = await asking.work(actions.answer_yes, mine.id, by=lin, at=AT + MINUTE)
    assert again.ask.answer == "accepted"
    with refused("said_yes"):
        await asking.work(actions.answer_no, mine.id, by=lin, at=AT + MINUTE)
    with refused("filled"):
        await asking.work(actions.answer_yes, (await asking.ask_of(zhao)).id, by=zhao, at=AT + MINUTE)
    with refused("not_seen"):
        await asking.work(actions.answer_yes, mine.id, by=zhao, at=AT + MINUTE)
    assert await asking.verbs() == ["ask", "claim", "thank"]


@on_sqlite
async def test_a_no_counts_once_with_its_reason_and_a_yes_after_it_is_welcome(asking: Crowd):
    await (await asking.begin("escort")).go(*DISPATCHED)
    await asking.run()
    lin = asking.cast["lin"]
    mine = (await asking.ask_of(lin)).id
    for reason in (None, DeclineReason.on_duty):
        answered = await asking.work(actions.answer_no, mine, reason, by=lin, at=AT + MINUTE)
    assert (answered.ask.answer, answered.ask.reason) == ("declined", "on_duty")
    assert await asking.counted(lin) == (1, 0)
    assert (await asking.now()).state == "dispatched"
    answered = await asking.work(actions.answer_yes, mine, by=lin, at=AT + 2 * MINUTE)
    assert answered.ask.answer == "accepted"
    assert await asking.counted(lin) == (1, 1)


@on_sqlite
async def test_a_late_yes_is_welcome_while_somebody_is_sought_and_shown_until_then(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    lin, zhao = asking.cast["lin"], asking.cast["zhao"]
    async with asking.database.reading() as session:
        assert (await queries.open_ask_of(session, lin.id)).request.number == asking.number
        assert await queries.late_asks_of(session, lin.id) == []
    for n in range(1, 4):
        await asking.run(AT + n * 4 * MINUTE)
    assert (await asking.verbs())[-1] == "hand_back"
    async with asking.database.reading() as session:
        assert await queries.open_ask_of(session, lin.id) is None
        assert [late.request.id for late in await queries.late_asks_of(session, lin.id)] == [asking.id]
        asked = await queries.asks_of_request(session, asking.id)
        assert [one.person.name for one in asked] == ["雷秀英", "林晓云", "赵一鸣"]
        assert [wave.asking for wave in await queries.waves_of(session, asking.id)] == ["handed_back"]
    await asking.work(actions.answer_yes, (await asking.ask_of(lin)).id, by=lin, at=AT + 20 * MINUTE)
    assert await asking.counted(lin) == (1, 1)
    assert await asking.answers() == {"accepted": 1, "unanswered": 2}
    async with asking.database.reading() as session:
        assert await queries.late_asks_of(session, zhao.id) == []


@on_sqlite
async def test_who_is_of_another_unit_by_now_is_shown_the_ask_no_more(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    mine = await asking.ask_of(asking.cast["lin"])

    async def move(session):
        (await session.get_one(Person, mine.person_id)).unit_id = asking.cast.units["ZB2"].id

    await asking.work(move)
    async with asking.database.reading() as session:
        assert await queries.open_ask_of(session, mine.person_id) is None
    await asking.work(actions.answer_no, mine.id, by=await asking.actor("M0006"), at=AT + MINUTE)


@on_sqlite
async def test_not_now_says_no_to_what_is_open_and_keeps_further_asks_away(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    lin, zhao = asking.cast["lin"], asking.cast["zhao"]
    with refused("time_in_past"):
        await asking.work(actions.mute, AT - MINUTE, by=lin, at=AT)
    assert (await asking.ask_of(lin)).answer == "waiting"
    await asking.work(actions.mute, AT + DAY, by=lin, at=AT)
    mine = await asking.ask_of(zhao)
    await asking.work(actions.answer_no, mine.id, DeclineReason.tired, mute_until=AT + DAY, by=zhao, at=AT)
    assert await asking.answers() == {"waiting": 1, "declined": 2}
    muted = await asking.rows(select(Availability.muted_until))
    assert muted == [AT + DAY, AT + DAY]
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    assert not await asking.asks()
    await asking.work(actions.mute, None, by=lin, at=AT + MINUTE)
    await asking.run(AT + timedelta(minutes=20))
    assert lin.id in {ask.person_id for ask in await asking.asks()}


@on_sqlite
async def test_who_may_take_nothing_any_more_is_told_so(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    mine = await asking.ask_of(asking.cast["lin"])
    with refused("ask_over"):  # their unit is another one now
        stranger = type(asking.cast["lin"])(**vars(asking.cast["lin"]) | {"unit_path": "/9/", "scopes": ()})
        await asking.work(actions.answer_yes, mine.id, by=stranger, at=AT)
    assert await asking.answers() == {"waiting": 3}


@on_sqlite
async def test_a_count_that_no_ask_explains_is_named(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    lin = asking.cast["lin"]
    await asking.work(actions.answer_no, (await asking.ask_of(lin)).id, by=lin, at=AT)

    async def change(session, **by_how_much):
        row = await session.get_one(AskCount, (lin.id, ""))
        for name, more in by_how_much.items():
            setattr(row, name, getattr(row, name) + more)

    assert await asking.differences() == []
    for name in ("asked", "accepted", "recent"):
        await asking.work(change, **{name: 1})
        (line,) = await asking.differences()
        assert line.startswith(f"person {lin.id} in all")
        await asking.work(change, **{name: -1})
