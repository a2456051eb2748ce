"""People are told by mail and in their browser: a digest is one letter, and who takes a wish back hears no more."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from sqlmodel import col, select

from matching.db import Database, Work
from matching.notices.model import Delivery, Follower, Post, Preference, Way
from matching.notices.receiving import follower_context
from matching.notices.ways import encrypting
from matching.people.model import Person
from matching.rights.actions import erase_contact
from tests.cast import AT, Cast
from tests.notices.channels import MINUTE, Scene
from tests.notices.standins import P256DH, Answers, postbox, standing_in
from tests.requests.scene import Story

pytestmark = pytest.mark.usefixtures("time_stands_still")


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


def _text(letter: Any) -> str:
    return str(message_from_bytes(letter.content, policy=policy.default).get_content())
