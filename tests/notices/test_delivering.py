"""Deliveries leave once, in their order, no faster than a robot may hear, and nobody is told twice on a guess."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from sqlmodel import col, select

from matching.api.i18n import translate
from matching.db import Database, Work
from matching.errors import Unavailable
from matching.notices import delivering, queueing
from matching.notices.delivering import Courier
from matching.notices.model import Delivery, Endpoint, Fate, Follower, Post, Preference, Way
from matching.notices.receiving import endpoint_context, follower_context, mail_context
from matching.notices.ways import encrypting
from matching.notices.ways.answer import later
from matching.notices.ways.carrying import Ways
from matching.people.model import Person
from matching.privacy.sealed import Sealer
from matching.rights.actions import erase_contact
from tests.cast import AT, Cast
from tests.notices.standins import DIE, HANG, Answers, ok, postbox, standing_in
from tests.requests.scene import Story

SAID = {"number": "260302-00017", "service": "轮椅推送", "service_en": "Wheelchair", "unit": "门诊一支部",
        "state": "dispatched", "verb": "dispatch"}  # fmt: skip
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Scene:
    """The cast's hospital with channels to stand-ins on this machine."""

    def __init__(self, cast: Cast, work: Work, **settings: Any) -> None:
        self.cast, self.work, self.database = cast, work, work.database
        self.sealer = Sealer(cast.settings.keys)
        self.settings = cast.settings.model_copy(
            update={"private_networks": "127.0.0.0/8", "base_url": "https://d.example", **settings}
        )
        self.courier = self.another()
        self.count = 0

    def another(self) -> Courier:
        """What another process would have."""
        return Courier(Ways(self.settings), self.sealer, translate, self.settings.base_url)

    async def add(self, *rows: Any) -> None:
        async def write(session: Any) -> None:
            session.add_all(rows)

        await self.work(write)

    async def endpoint(self, url: str, way: Way = Way.wecom_robot) -> int:
        sealed = self.sealer.seal(json.dumps({"url": url, "secret": "s"}), endpoint_context(self.cast.root_id))
        made = Endpoint(root_id=self.cast.root_id, unit_id=self.cast.units["ZB1"].id, way=way, name="群",
                        sealed=sealed, added_at=AT)  # fmt: skip
        await self.add(made)
        return made.id or 0

    async def wants_mail(self, login: str, address: str = "lin@example.com") -> int:
        person_id = self.cast.people[login].id or 0
        sealed = self.sealer.seal(address, mail_context(person_id))
        await self.add(Preference(person_id=person_id, root_id=self.cast.root_id, sealed_mail=sealed, by_mail=True))
        return person_id

    async def waiting(self, way: Way, count: int = 1, at: Any = AT, **to: Any) -> None:
        rows = []
        for _ in range(count):
            self.count += 1
            said = SAID | {"number": f"260302-{self.count:05}"}
            rows.append(Delivery(root_id=self.cast.root_id, key=f"step:{self.count}/x/{way}", way=way, said=said,
                                 words="dispatch.leads", at=at, next_try_at=at, **to))  # fmt: skip
        await self.add(*rows)

    async def deliver(self, at: Any = AT, courier: Courier | None = None) -> int:
        return await (courier or self.courier).deliver(self.database, self.work, at)

    async def rows(self) -> list[Delivery]:
        async with self.database.reading() as session:
            return list(await session.exec(select(Delivery).order_by(col(Delivery.id))))

    async def fates(self) -> dict[str, int]:
        return dict(Counter(row.fate for row in await self.rows()))


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run lasts no time, however slow the machine is: what is due then is exact."""
    monkeypatch.setattr(delivering, "_running", lambda at: lambda: at)


@pytest.fixture
async def scene(cast: Cast, work: Work) -> Scene:
    return Scene(cast, work)


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


# People


async def test_a_persons_digest_is_one_letter(cast: Cast, work: Work):
    async with postbox() as box:
        scene = Scene(cast, work, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        lin, zhao = await scene.wants_mail("lin"), await scene.wants_mail("zhao", "zhao@example.com")
        evening = AT + timedelta(hours=8)
        for _ in range(3):
            await scene.waiting(Way.mail, 1, evening, person_id=lin)
            await scene.waiting(Way.mail, 1, evening, person_id=zhao)
        await scene.waiting(Way.mail, 1, evening + timedelta(hours=1), person_id=lin)
        await scene.deliver(evening)
        assert sorted(letter.rcpt_tos[0] for letter in box.letters) == ["lin@example.com", "zhao@example.com"]
        mine = next(_text(letter) for letter in box.letters if letter.rcpt_tos == ["lin@example.com"])
        assert [f"260302-{n:05}" in mine for n in range(1, 8)] == [True, False] * 3 + [False]
        assert "https://d.example/notices" in mine
        assert await scene.fates() == {"sent": 6, "waiting": 1}
        await scene.deliver(evening + timedelta(hours=1))
    assert len(box.letters) == 3


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_digest_stays_one_letter_when_several_processes_reach_for_it(cast: Cast, work: Work):
    async with postbox() as box:
        scene = Scene(cast, work, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        lin = await scene.wants_mail("lin")
        others = [Work(Database(cast.settings.database_url)) for _ in range(3)]
        for round_ in range(5):
            await scene.waiting(Way.mail, 12, AT + round_ * MINUTE, person_id=lin)
            at = AT + round_ * MINUTE
            await asyncio.gather(*(scene.another().deliver(one.database, one, at) for one in [work, *others]))
        await asyncio.gather(*(one.database.close() for one in others))
    assert len(box.letters) == 5
    assert await scene.fates() == {"sent": 60}


@pytest.mark.parametrize(("words", "sentence"), [("post.lesson", "微党课"), ("gone.since", "有一条新消息")])
async def test_a_post_is_named_without_its_title_and_leads_to_its_page(
    cast: Cast, work: Work, words: str, sentence: str
):
    post = Post(root_id=cast.root_id, unit_id=cast.root_id, by_id=cast.people["wei"].id or 0, kind="lesson",
                title="谁也不该在外面看到", at=AT)  # fmt: skip
    async with postbox() as box:
        scene = Scene(cast, work, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        lin = await scene.wants_mail("lin")
        await scene.add(post)
        await scene.add(Delivery(root_id=cast.root_id, key="post:1/x", way=Way.mail, post_id=post.id, person_id=lin,
                                 words=words, said={"unit": "门诊一支部"}, at=AT, next_try_at=AT))  # fmt: skip
        await scene.deliver()
    assert sentence in _text(box.letters[0])
    assert f"https://d.example/notices/posts/{post.id}" in _text(box.letters[0])
    assert post.title not in _text(box.letters[0])


async def test_a_mail_server_that_is_away_is_asked_once_and_not_for_each_letter(cast: Cast, work: Work):
    scene = Scene(cast, work, smtp_url=SecretStr("smtp://127.0.0.1:1"), mail_from="d@h.example")
    lin = await scene.wants_mail("lin")
    for minute in range(30):
        await scene.waiting(Way.mail, 1, AT - minute * MINUTE, person_id=lin)
    assert await scene.deliver() <= 8
    assert await scene.fates() == {"waiting": 30}
    assert sum(row.tries for row in await scene.rows()) <= 8


@pytest.mark.parametrize("change", [{"by_mail": False}, {"sealed_mail": None}])
async def test_who_took_their_wish_back_is_told_nothing_more(cast: Cast, work: Work, change: dict[str, Any]):
    async with postbox() as box:
        scene = Scene(cast, work, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        lin = await scene.wants_mail("lin")
        await scene.waiting(Way.mail, 1, person_id=lin)

        async def alter(session: Any) -> None:
            await session.exec(update(Preference).values(**change))

        await work(alter)
        await scene.deliver()
    assert not box.letters
    assert await scene.rows() == []


async def test_who_has_left_is_told_nothing_more(cast: Cast, work: Work):
    async with postbox() as box:
        scene = Scene(cast, work, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        await scene.waiting(Way.mail, 1, person_id=await scene.wants_mail("lin"))

        async def leave(session: Any) -> None:
            await session.exec(update(Person).where(col(Person.login) == "lin").values(status="left"))

        await work(leave)
        await scene.deliver()
    assert not box.letters


async def test_a_channel_that_is_not_set_up_is_dead_and_says_so(scene: Scene):
    await scene.waiting(Way.mail, 1, person_id=await scene.wants_mail("lin"))
    await scene.deliver()
    assert [(row.fate, row.trouble) for row in await scene.rows()] == [("dead", "not_set_up")]


# Requesters who follow


@asynccontextmanager
async def followed(scene: Scene, way: Way, left: str, lang: str = "zh-Hans") -> AsyncIterator[Story]:
    """A request with one follower who left that address."""
    story = await Story(scene.cast, scene.database, scene.work).begin()
    follower = Follower(root_id=scene.cast.root_id, request_id=story.id, way=way, address_hash="h", lang=lang, at=AT,
                        sealed=scene.sealer.seal(left, follower_context(story.id)))  # fmt: skip
    await scene.add(follower)
    await scene.waiting(way, 1, follower_id=follower.id)
    async with scene.database.reading() as session:
        row = (await session.exec(select(Delivery))).one()

    async def reword(session: Any) -> None:
        await session.exec(update(Delivery).where(col(Delivery.id) == row.id).values(words="accept.requester"))

    await scene.work(reword)
    yield story


@pytest.mark.parametrize(("lang", "words"), [("zh-Hans", "您的心愿已经受理"), ("en", "https://d.example/r")])
async def test_a_follower_is_told_in_plain_words_and_never_the_code(cast: Cast, work: Work, lang: str, words: str):
    async with postbox() as box:
        scene = Scene(cast, work, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        async with followed(scene, Way.mail, "me@example.com", lang) as story:
            await scene.deliver()
    text = _text(box.letters[0])
    assert words in text
    assert "https://d.example/r\n" in text + "\n"
    assert story.filing.code not in text


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_took_its_subscription_back_is_forgotten(cast: Cast, work: Work, status: int):
    async with standing_in(usual=Answers(status)) as service:
        scene = Scene(cast, work, push_key=SecretStr(encrypting.new_key()))
        keys = {"p256dh": P256DH, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}
        async with followed(scene, Way.push, json.dumps({"endpoint": service.url, "keys": keys})):
            await scene.deliver()
    assert len(service.calls) == 1
    async with scene.database.reading() as session:
        assert (await session.exec(select(Follower))).all() == []
    assert await scene.rows() == []


async def test_a_follower_goes_with_the_contacts_and_hears_nothing_more(cast: Cast, work: Work):
    async with postbox() as box:
        scene = Scene(cast, work, smtp_url=SecretStr(box.url), mail_from="d@h.example")
        async with followed(scene, Way.mail, "me@example.com") as story:
            await work(erase_contact, story.number, by=story.who("patient"), at=AT)
            await scene.deliver()
    assert not box.letters
    async with scene.database.reading() as session:
        assert (await session.exec(select(Follower))).all() == []


P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


def _text(letter: Any) -> str:
    return str(message_from_bytes(letter.content, policy=policy.default).get_content())
