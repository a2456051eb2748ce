"""Deliveries leave once, in their order, no faster than a robot may hear, and nobody is told twice on a guess."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from matching.api.i18n import translate
from matching.db import Database, Work
from matching.errors import Unavailable
from matching.notices import delivering, queueing
from matching.notices.model import Delivery, Fate, Way
from matching.notices.ways.answer import later
from tests.cast import AT
from tests.notices.channels import SECOND, Scene
from tests.notices.standins import DIE, HANG, Answers, ok, standing_in

pytestmark = pytest.mark.usefixtures("time_stands_still")


async def test_what_waits_is_sent_once_in_its_order(scene: Scene):
    async with standing_in() as wecom:
        await scene.waiting(Way.wecom_robot, 3, endpoint_id=await scene.endpoint(wecom.url))
        assert await scene.deliver() == 3
        assert await scene.deliver() == 0
    assert [call.json["markdown"]["content"].split("\n")[0] for call in wecom.calls] == [
        f"**点亮：260302-{n:05} 有新进展**" for n in (1, 2, 3)
    ]
    assert "请签收" in wecom.calls[0].json["markdown"]["content"]
    assert "https://d.example/requests/260302-00001" in wecom.calls[0].json["markdown"]["content"]
    rows = await scene.rows()
    assert {(row.fate, row.next_try_at, row.tries) for row in rows} == {(Fate.sent, None, 1)}
    assert all(row.sent_at == AT for row in rows)


async def test_a_robot_hears_twenty_and_then_rests_a_minute_whoever_sends(scene: Scene):
    async with standing_in() as wecom:
        await scene.waiting(Way.wecom_robot, 45, endpoint_id=await scene.endpoint(wecom.url))
        await asyncio.gather(scene.deliver(), scene.deliver(courier=scene.another()))
        assert len(wecom.calls) == 20
        await scene.deliver(AT + 59 * SECOND)
        assert len(wecom.calls) == 20
        await scene.deliver(AT + 60 * SECOND)
        assert len(wecom.calls) == 40
        await scene.deliver(AT + 120 * SECOND)
    assert await scene.fates() == {"sent": 45}
    assert {row.tries for row in await scene.rows()} == {1}


async def test_a_webhook_has_no_minute(scene: Scene):
    async with standing_in(usual=Answers(204)) as server:
        await scene.waiting(Way.webhook, 25, endpoint_id=await scene.endpoint(server.url, Way.webhook))
        assert await scene.deliver() == 25
    assert len({call.headers["idempotency-key"] for call in server.calls}) == 25


async def test_two_processes_side_by_side_tell_nobody_twice(scene: Scene):
    async with standing_in(usual=Answers(204)) as server:
        for _ in range(4):
            await scene.waiting(Way.webhook, 10, endpoint_id=await scene.endpoint(server.url, Way.webhook))
        other = Work(Database(scene.settings.database_url))
        await asyncio.gather(
            scene.deliver(), scene.another().deliver(other.database, other, AT), scene.deliver(courier=scene.another())
        )
        await other.database.close()
    assert Counter(call.headers["idempotency-key"] for call in server.calls).most_common(1)[0][1] == 1
    assert await scene.fates() == {"sent": 40}


async def test_at_most_eight_calls_stand_side_by_side(scene: Scene):
    async with standing_in(usual=HANG) as server:
        for _ in range(12):
            await scene.waiting(Way.webhook, 1, endpoint_id=await scene.endpoint(server.url, Way.webhook))
        run = asyncio.create_task(scene.deliver())
        while len(server.calls) < 8:
            server.came.clear()
            await server.came.wait()
        assert await scene.fates() == {"sending": 8, "waiting": 4}
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    assert server.most_at_once == 8


async def test_a_group_that_hangs_is_called_for_one_message_at_a_time(scene: Scene):
    async with standing_in(usual=HANG) as slow, standing_in() as quick:
        await scene.waiting(Way.wecom_robot, 10, endpoint_id=await scene.endpoint(slow.url))
        await scene.waiting(Way.wecom_robot, 5, endpoint_id=await scene.endpoint(quick.url))
        run = asyncio.create_task(scene.deliver())
        while len(quick.calls) < 5 or not slow.calls:
            quick.came.clear()
            await quick.came.wait()
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    assert len(slow.calls) == 1


async def test_a_refusal_for_now_is_tried_again_after_growing_pauses_and_is_dead_in_the_end(scene: Scene):
    async with standing_in(usual=Answers(500, {})) as wecom:
        await scene.waiting(Way.wecom_robot, 1, endpoint_id=await scene.endpoint(wecom.url))
        pauses, at = [], AT
        while (row := (await scene.rows())[0]).fate == Fate.waiting:
            assert row.next_try_at
            pauses.append((row.next_try_at - at) // SECOND)
            at = row.next_try_at
            await scene.deliver(at - SECOND)
            assert len(wecom.calls) == len(pauses) - 1
            await scene.deliver(at)
    assert pauses == [0, 10, 40, 160, 640, 2560, 3600, 3600]
    assert (row.fate, row.tries, row.next_try_at, row.trouble) == (Fate.dead, 8, None, "http_500")


async def test_a_channel_that_asks_for_a_pause_gets_it_for_all_its_messages(scene: Scene):
    busy = Answers(429, {}, {"Retry-After": "300"})
    async with standing_in(answers=[busy]) as wecom:
        await scene.waiting(Way.wecom_robot, 5, endpoint_id=await scene.endpoint(wecom.url))
        await scene.deliver()
        await scene.deliver(AT + 299 * SECOND)
        assert len(wecom.calls) == 1
        assert sum(row.tries for row in await scene.rows()) == 1
        await scene.deliver(AT + 300 * SECOND)
    assert await scene.fates() == {"sent": 5}


async def test_a_refusal_for_good_is_dead_at_once(scene: Scene):
    async with standing_in(answers=[ok({"errcode": 93000})]) as wecom:
        await scene.waiting(Way.wecom_robot, 2, endpoint_id=await scene.endpoint(wecom.url))
        await scene.deliver()
    assert [(row.fate, row.trouble) for row in await scene.rows()] == [("dead", "errcode_93000"), ("sent", "")]


async def test_a_channel_that_dies_in_the_middle_is_not_told_again(scene: Scene):
    async with standing_in(answers=[DIE]) as wecom:
        await scene.waiting(Way.wecom_robot, 1, endpoint_id=await scene.endpoint(wecom.url))
        await scene.deliver()
        await scene.deliver(AT + timedelta(days=1))
    assert len(wecom.calls) == 1
    assert await scene.fates() == {"unsure": 1}


async def test_a_webhook_that_dies_in_the_middle_is_told_again_with_the_same_key(scene: Scene):
    async with standing_in(answers=[DIE], usual=Answers(200)) as server:
        await scene.waiting(Way.webhook, 1, endpoint_id=await scene.endpoint(server.url, Way.webhook))
        await scene.deliver()
        await scene.deliver(AT + 10 * SECOND)
    assert len({call.headers["idempotency-key"] for call in server.calls}) == 1
    assert len(server.calls) == 2
    assert await scene.fates() == {"sent": 1}


@pytest.mark.parametrize(("way", "fate"), [(Way.wecom_robot, "unsure"), (Way.webhook, "sent")])
async def test_a_process_that_is_killed_in_the_middle_leaves_it_unsure(scene: Scene, way: Way, fate: str):
    async with standing_in(answers=[HANG]) as server:
        await scene.waiting(way, 1, endpoint_id=await scene.endpoint(server.url, way))
        run = asyncio.create_task(scene.deliver())
        await server.came.wait()
        run.cancel()  # as a SIGKILL: nothing is written after the call
        await asyncio.gather(run, return_exceptions=True)
        assert await scene.fates() == {"sending": 1}
        assert await scene.deliver(AT + queueing.LEASE - SECOND) == 0
        await scene.deliver(AT + queueing.LEASE)
    assert await scene.fates() == {fate: 1}
    assert len(server.calls) == (1 if fate == "unsure" else 2)


async def test_an_answer_that_comes_after_the_lease_still_counts(scene: Scene):
    await scene.waiting(Way.wecom_robot, 1, endpoint_id=await scene.endpoint("http://127.0.0.1:1/"))
    rows = await scene.work(queueing.take, (), AT)
    assert rows
    await scene.work(queueing.lapse, AT + queueing.LEASE)
    assert await scene.fates() == {"unsure": 1}
    await scene.work(queueing.settle, rows, later("http_500"), AT + queueing.LEASE)
    assert await scene.fates() == {"waiting": 1}


async def test_a_database_that_is_away_for_moments_makes_nothing_unsure(scene: Scene, monkeypatch):
    class Shaky(Work):
        """Away for the first two times that something is settled."""

        tries = 0

        async def __call__(self, action: Any, *args: Any, **kwargs: Any) -> Any:
            if action is queueing.settle:
                self.tries += 1
                if self.tries < 3:
                    raise Unavailable()
            return await super().__call__(action, *args, **kwargs)

    monkeypatch.setattr(delivering, "PAUSES", (0, 0, 0))
    async with standing_in() as wecom:
        await scene.waiting(Way.wecom_robot, 1, endpoint_id=await scene.endpoint(wecom.url))
        await scene.courier.deliver(scene.database, Shaky(scene.database), AT)
    assert len(wecom.calls) == 1
    assert await scene.fates() == {"sent": 1}


async def test_a_message_that_cannot_be_written_holds_up_no_other(scene: Scene, monkeypatch):
    def say(lang: str, sentence: str, params: Any = None) -> str:
        if (params or {}).get("number") == "260302-00002":
            raise KeyError("number")
        return translate(lang, sentence, params)

    courier = replace(scene.courier, say=say)
    async with standing_in() as wecom:
        await scene.waiting(Way.wecom_robot, 3, endpoint_id=await scene.endpoint(wecom.url))
        await scene.deliver(courier=courier)
    assert [(row.fate, row.trouble) for row in await scene.rows()] == [
        ("sent", ""), ("dead", "bad_message"), ("sent", ""),
    ]  # fmt: skip
    assert len(wecom.calls) == 2


async def test_what_was_settled_long_ago_is_forgotten_and_what_waits_is_not(scene: Scene, monkeypatch):
    monkeypatch.setattr(queueing, "BATCH", 4)
    endpoint = await scene.endpoint("http://127.0.0.1:1/")
    for age in (200, 100, 91, 91, 91, 89, 0):
        await scene.waiting(Way.webhook, 1, AT - timedelta(days=age), endpoint_id=endpoint)

    async def settle(session: Any) -> None:
        await session.exec(update(Delivery).where(col(Delivery.key) != "step:1/x/webhook").values(fate=Fate.sent))

    await scene.work(settle)
    while await queueing.forget_old(scene.database, scene.work, AT):
        assert len(await scene.rows()) < 7
    assert [row.key for row in await scene.rows()] == [f"step:{n}/x/webhook" for n in (1, 6, 7)]
