"""Waves: few are asked, the right ones, and more when nobody answers; by themselves, and only once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from matching.api.metrics import Metrics
from matching.asks import actions, sending
from matching.asks.model import Ask, AskDials, Asking, Purpose, Wave
from matching.asks.waves import run_waves, to_tend
from matching.db import Work
from matching.people.model import Person
from matching.requests.steps import Step
from matching.services.model import Service
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT
from tests.requests.scene import DAY, DISPATCHED, HOUR, IN_PROGRESS, refused

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_waves_follow_each_other_until_nobody_is_left_and_the_lead_has_it_back(asking: Crowd):
    await asking.crowd(30)
    await (await asking.begin()).go(*DISPATCHED)
    assert await asking.run() == 1
    first = await asking.asks()
    assert 3 <= len(first) <= 8  # a slot, and most say no
    assert {(ask.wave, ask.purpose, ask.answer) for ask in first} == {(1, "slot", "waiting")}
    assert all(ask.p > 0 and ask.parts and ask.category == "wheelchair" for ask in first)
    (step,) = [step for step in await asking.steps() if step.verb == "ask"]
    assert step.by_kind == "system"
    assert step.detail == {
        "people": [ask.person_id for ask in first], "purpose": "slot", "wave": 1, "target": pytest.approx(0.8)
    }  # fmt: skip
    assert await asking.run() == 0  # nothing to do before they had their time
    told = (await Metrics().page(asking.database, AT + 6 * MINUTE)).decode().splitlines()
    assert {f"dianliang_asks_open {len(first)}.0", "dianliang_waves_late 1.0"} <= set(told)

    assert await asking.run(AT + 4 * MINUTE) == 1
    both = await asking.asks()
    assert [ask.answer for ask in both[: len(first)]] == ["unanswered"] * len(first)
    assert {(ask.wave, ask.answer) for ask in both[len(first) :]} == {(2, "waiting")}
    assert len(both) > 2 * len(first)  # surer each time
    for wave in range(3, 7):
        await asking.run(AT + (wave - 1) * 4 * MINUTE)
    assert (await asking.verbs())[-1] == "hand_back"
    assert (await asking.wave()).asking == Asking.handed_back
    assert len(await asking.asks()) == len({ask.person_id for ask in await asking.asks()}) == 33
    assert await asking.answers() == {"unanswered": 33}
    assert await asking.counted(asking.cast["lin"]) == await asking.counted(asking.cast["lin"], "wheelchair") == (1, 0)
    assert await asking.run(AT + HOUR) == 0


@on_sqlite
async def test_when_all_have_answered_the_next_wave_does_not_wait(asking: Crowd):
    await asking.crowd(30)
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    for by in await asking.who_was_asked():
        await asking.work(actions.answer_no, (await asking.ask_of(by)).id, by=by, at=AT + MINUTE)
    assert await asking.run(AT + MINUTE) == 1
    assert (await asking.wave()).wave == 2
    assert (await asking.answers())["declined"] == 8


@on_sqlite
async def test_nobody_is_asked_by_itself_for_what_is_old_or_where_a_lead_wants_to_ask(asking: Crowd):
    await (await asking.begin("escort")).go(*DISPATCHED)
    assert await asking.run(AT + 4 * HOUR + MINUTE) == 0  # past its claim limit
    assert await asking.run(AT + timedelta(days=2)) == 0

    async def by_hand(session):
        session.add(AskDials(root_id=asking.cast.root_id, automatic=False, changed_at=AT))

    await asking.work(by_hand)
    assert await asking.run() == 0
    assert not await asking.asks()
    await asking.work(actions.start_asking, asking.number, by=asking.cast["lead"], at=AT)
    assert await asking.answers() == {"waiting": 3}
    assert (await asking.wave()).by_id == asking.cast["lead"].id


@on_sqlite
async def test_a_lead_stops_the_waves_and_starts_them_again(asking: Crowd):
    await asking.crowd(30)
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    lead = asking.cast["lead"]
    await asking.work(actions.stop_asking, asking.number, by=lead, at=AT + MINUTE)
    with refused("not_asking"):
        await asking.work(actions.stop_asking, asking.number, by=lead, at=AT + MINUTE)
    await asking.run(AT + 4 * MINUTE)
    assert await asking.answers() == {"unanswered": 8}  # their time is over, and nobody new was asked
    assert await asking.run(AT + 8 * MINUTE) == 0
    await asking.work(actions.start_asking, asking.number, by=lead, at=AT + 8 * MINUTE)
    assert (await asking.wave()).wave == 2

    async def back(session):
        await session.exec(update(Wave).values(asking=Asking.handed_back, wave=8, next_at=None))

    await asking.work(back)
    await asking.work(actions.start_asking, asking.number, by=lead, at=AT + 20 * MINUTE)
    assert ((await asking.wave()).wave, (await asking.wave()).asking) == (1, "running")
    for by, code in (("lin", "not_allowed"), ("lead2", "not_seen")):
        with refused(code):
            await asking.work(actions.start_asking, asking.number, by=asking.cast[by], at=AT)


@on_sqlite
async def test_in_quiet_hours_only_the_most_urgent_wakes_anybody(asking: Crowd):
    night = AT + 12 * HOUR  # 22:00
    asking.at = night
    await (await asking.begin("escort")).go(*DISPATCHED)
    await asking.run(night)
    assert not await asking.asks()
    assert (await asking.wave()).next_at == AT + timedelta(hours=21, minutes=30)  # 7:30
    assert await asking.run(night + HOUR) == 0


@on_sqlite
async def test_who_is_asked_for_one_request_is_not_asked_for_another_until_they_answer(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    first = asking.id
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    assert not await asking.asks()
    later = (await asking.wave()).next_at
    assert AT < later <= AT + 4 * MINUTE  # not given up: they are free again when they answer
    assert await asking.rows(select(Ask.request_id)) == [first] * 3


@on_sqlite
async def test_what_is_wished_for_later_than_its_limit_is_asked_for_all_the_same(asking: Crowd):
    tomorrow = AT + DAY
    await (await asking.begin(wanted_from=tomorrow, wanted_to=tomorrow + HOUR / 2)).go(*DISPATCHED)
    assert (await asking.now()).handle_due_at < tomorrow
    await asking.run()
    assert await asking.asks()


@on_sqlite
async def test_of_requests_that_are_due_together_each_is_left_those_it_needs_most(asking: Crowd):
    await asking.crowd(5)

    async def learn_signing(session):
        service = await session.get_one(Service, asking.cast.services["escort"].id)
        service.skills, service.slots = ["手语"], 1
        (await session.get_one(Person, asking.cast.people["lin"].id)).skills = ["手语"]

    await asking.work(learn_signing)
    await (await asking.begin()).go(*DISPATCHED)
    for_anybody = asking.id
    await (await asking.begin("escort")).go(*DISPATCHED)
    await asking.run()
    lin = asking.cast["lin"].id
    assert await asking.rows(select(Ask.person_id).where(Ask.request_id == asking.id)) == [lin]
    assert lin not in await asking.rows(select(Ask.person_id).where(Ask.request_id == for_anybody))


@on_sqlite
@pytest.mark.parametrize(
    ("act", "left"),
    [("withdraw", "stopped"), ("return_order", "stopped"), ("transfer", "running"), ("assign", "filled")],
)
async def test_when_the_request_goes_elsewhere_its_asks_are_withdrawn_and_count_for_nobody(asking: Crowd, act, left):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    await asking.do(act, **({"person": "lin"} if act == "assign" else {}))
    with refused("filled" if act == "assign" else "ask_over"):
        await asking.work(
            actions.answer_yes, (await asking.ask_of(asking.cast["zhao"])).id, by=asking.cast["zhao"], at=AT
        )
    lead = asking.cast["lead"]
    await asking.work(actions.answer_no, (await asking.ask_of(lead)).id, by=lead, at=AT)  # too late to count
    assert await asking.counted(lead) == (0, 0)
    assert await asking.run() == 1
    taken = int(act == "assign")
    expected = (
        {"withdrawn": 3 - taken} | ({"accepted": 1} if taken else {}) | ({"waiting": 2} if act == "transfer" else {})
    )
    assert await asking.answers() == expected
    assert await asking.counted(asking.cast["zhao"]) == (0, 0)
    assert await asking.counted(asking.cast["lin"]) == (taken, taken)
    assert "thank" in await asking.verbs()
    assert (await asking.wave()).asking == left
    assert await asking.run() == 0


async def test_who_claims_without_answering_has_said_yes_and_the_others_are_thanked(asking: Crowd):
    await (await asking.begin("escort")).go(*DISPATCHED)
    await asking.run()
    await asking.do("claim", by="zhao")
    assert await asking.run() == 1
    assert await asking.answers() == {"accepted": 1, "waiting": 2}
    await asking.do("assign", person="lin")
    await asking.run()
    assert await asking.answers() == {"accepted": 2, "withdrawn": 1}
    (thanked,) = [step for step in await asking.steps() if step.verb == "thank"]
    assert thanked.detail["people"] == [asking.cast["lead"].id]
    assert await asking.counted(asking.cast["lead"]) == (0, 0)
    assert (await asking.wave()).asking == Asking.filled


@on_sqlite
@pytest.mark.parametrize(("minutes", "answer", "count"), [(6, "withdrawn", 0), (9, "unanswered", 1)])
async def test_whoever_had_less_than_two_pauses_before_others_filled_it_is_not_counted_as_asked(
    asking: Crowd, minutes, answer, count
):
    await asking.crowd(30)
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    await asking.run(AT + 4 * MINUTE)
    await asking.do("claim", by="zhao", at=AT + minutes * MINUTE)
    await asking.run(AT + minutes * MINUTE)
    first = [ask for ask in await asking.asks() if ask.wave == 1 and ask.person_id != asking.cast["zhao"].id]
    assert {ask.answer for ask in first} == {answer}
    assert await asking.counted(asking.cast["lin"]) == (count, 0)


@on_sqlite
async def test_a_slot_that_comes_free_is_asked_for_again_also_of_those_who_were_thanked(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    await asking.do("claim")
    await asking.run()
    await asking.do("release", at=AT + 10 * MINUTE)
    assert await asking.run(AT + 10 * MINUTE) == 1
    asks = await asking.asks()
    assert [ask.answer for ask in asks] == ["withdrawn", "accepted", "withdrawn", "waiting", "waiting"]
    assert asking.cast["lin"].id not in {ask.person_id for ask in asks[3:]}  # who let go is not asked again


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_workers_at_the_same_requests_ask_nobody_twice(asking: Crowd):
    await asking.crowd(40)
    numbers = []
    for _ in range(6):
        await (await asking.begin()).go(*DISPATCHED)
        numbers.append(asking.id)
    works = [Work(asking.database) for _ in range(4)]
    for n in range(3):
        await asyncio.gather(*(run_waves(asking.database, work, AT + n * 4 * MINUTE) for work in works))
    asks = await asking.rows(select(Ask))
    assert len({(ask.request_id, ask.person_id) for ask in asks}) == len(asks)
    waiting = [ask.person_id for ask in asks if ask.answer == "waiting"]
    assert len(waiting) == len(set(waiting))
    waves = await asking.rows(select(Wave).where(col(Wave.request_id).in_(numbers)))
    steps = await asking.rows(select(Step).where(Step.verb == "ask"))
    assert Counter(step.request_id for step in steps) == {wave.request_id: wave.wave for wave in waves if wave.wave}


async def test_a_round_that_was_cut_off_is_done_again_and_holds_up_nobody_else(asking: Crowd, monkeypatch):
    await (await asking.begin()).go(*DISPATCHED)
    cut, note_asked = [asking.id], sending.note_asked

    async def fail_once(session, root_id, people, at):
        await note_asked(session, root_id, people, at)
        if cut:
            raise RuntimeError(f"killed before the commit of {cut.pop()}")

    monkeypatch.setattr(sending, "note_asked", fail_once)
    await asking.crowd(9)
    other = await Crowd(asking.cast, asking.database, asking.work).begin()
    await other.go(*DISPATCHED)
    with pytest.raises(RuntimeError):
        await asking.run()
    assert not await asking.asks()
    assert await asking.verbs() == []
    assert len(await other.asks()) == 8
    assert await asking.run() == 1
    assert await asking.answers() == {"waiting": 4}
    assert await asking.verbs() == ["ask"]


@on_sqlite
async def test_looking_costs_nothing_where_there_is_nothing_to_do(asking: Crowd):
    """Each of the reads that look finds what it is for, and nothing else."""

    async def found(at=AT):
        async with asking.database.reading() as session:
            return await to_tend(session, at)

    await (await asking.begin()).go(*IN_PROGRESS)
    assert await found() == []
    await (await asking.begin()).go(*DISPATCHED)
    assert await found() == [asking.id]
    await asking.run()
    assert await found() == []
    assert await found(AT + 4 * MINUTE) == [asking.id]

    async def elsewhere(session):
        await session.exec(update(Wave).where(col(Wave.purpose) == Purpose.slot).values(unit_id=asking.cast.root_id))

    await asking.work(elsewhere)
    assert await found() == [asking.id]
