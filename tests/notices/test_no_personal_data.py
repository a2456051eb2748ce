"""Nothing personal leaves the building: a request lives its whole life, and every byte that left is looked at."""

import base64
import json
import re
from contextlib import AsyncExitStack
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr
from sqlmodel import col, select

from matching.db import Work
from matching.notices.announcing import announce
from matching.notices.model import Delivery, Fate, Follower, Preference, Way
from matching.notices.receiving import follower_context
from matching.notices.ways import encrypting
from matching.people.model import Person
from tests.cast import AT, PEOPLE, Cast
from tests.notices.channels import Scene
from tests.notices.standins import P256DH, Answers, Call, ok, postbox, standing_in
from tests.requests.scene import NOTE, WORDING, Story

NEED = "帮3床张小月借轮椅，电话13800138000，加微信zxy_1990"
LIFE = ("ask_info", "supplement", "accept", "dispatch", "transfer", "urge", "supervise")
REST = ("contact", "extend", "answer_extension", "park", "resume", "complete", "rate badly", "rectify")


def wecom(call: Call) -> Answers:
    return ok({"errcode": 0, "access_token": "t", "expires_in": 7200})


async def test_no_name_no_phone_no_word_that_was_typed_leaves_by_any_channel(cast: Cast, work: Work):
    async with AsyncExitStack() as stack:
        stands = {way: await stack.enter_async_context(standing_in()) for way in Way if way not in {Way.mail}}
        stands[Way.wecom_app].usual = wecom
        box = await stack.enter_async_context(postbox())
        scene = Scene(
            cast, work, smtp_url=SecretStr(box.url), mail_from="d@h.example", wecom_url=stands[Way.wecom_app].url,
            wecom_corp_id="ww", wecom_secret=SecretStr("app"), push_key=SecretStr(encrypting.new_key()),
        )  # fmt: skip
        for way in (Way.wecom_robot, Way.feishu, Way.dingtalk, Way.webhook):
            await scene.endpoint(stands[way].url, way)
            await scene.endpoint(stands[way].url, way)
        await everybody_listens(scene)
        story = await Story(cast, work.database, work).begin(need=NEED, name="张小月", phone="13800138000")
        await follow(scene, story, stands[Way.push].url)
        for act in LIFE:
            await story.do(act)
        await story.do("transfer", unit="ZB1")
        await story.do("claim")
        for act in REST:
            await story.do(act)
        count = await announce(work.database, work, story.at)
        assert count > 15
        at = story.at
        while await waiting(scene):
            at += timedelta(minutes=2)
            await scene.deliver(at)
        fates = {(row.way, row.fate) for row in await scene.rows()}
    assert fates == {(way, Fate.sent) for way in Way}
    left = [spread(bytes(stand.raw)) for stand in stands.values()] + [spread(box_bytes(box))]
    assert all(len(text) > 500 for text in left)
    for text in left:
        for secret in (*(["张小月", "13800138000", "zxy_1990", "3床", NEED, WORDING, NOTE, "在门诊三层", "请今天办结"]),
                       story.filing.code, *(name for name, _unit, _roles in PEOPLE.values())):  # fmt: skip
            assert secret not in text
    assert story.number in left[0] + left[1]


async def everybody_listens(scene: Scene) -> None:
    """The whole cast by mail and by WeCom."""
    async with scene.database.reading() as session:
        people = list(await session.exec(select(Person).order_by(col(Person.id))))
    for person in people:
        await scene.wants_mail(str(person.login), f"{person.login}@example.com")

    async def wish(session: Any) -> None:
        for one in await session.exec(select(Preference)):
            one.by_wecom = True
        for one in await session.exec(select(Person)):
            one.wecom_id = f"w{one.id}"

    await scene.work(wish)


async def follow(scene: Scene, story: Story, push_url: str) -> None:
    keys = {"p256dh": P256DH, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}
    for way, left in ((Way.mail, "me@example.com"), (Way.push, json.dumps({"endpoint": push_url, "keys": keys}))):
        await scene.add(Follower(
            root_id=scene.cast.root_id, request_id=story.id, way=way, address_hash=way, at=AT,
            sealed=scene.sealer.seal(left, follower_context(story.id)),
        ))  # fmt: skip


async def waiting(scene: Scene) -> bool:
    async with scene.database.reading() as session:
        return (await session.exec(select(Delivery).where(Delivery.fate == Fate.waiting))).first() is not None


def box_bytes(box: Any) -> bytes:
    """Heads as they were sent, bodies decoded."""
    text = ""
    for envelope in box.letters:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        text += f"{envelope.content.decode()}\n{letter['subject']}\n{letter.get_content()}\n"
    return text.encode()


def spread(raw: bytes) -> str:
    """The text in every way it could be written: as it is, JSON's \\u, quoted for addresses, base64."""
    text = raw.decode(errors="replace")
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
    packed = [base64.b64decode(one[: len(one) // 4 * 4]) for one in re.findall(r"[A-Za-z0-9+/]{40,}", text)]
    return "\n".join([text, plain, quote(plain)] + [one.decode(errors="ignore") for one in packed])
