"""Reminding those who have not read: by whom, whom, and how often."""

import asyncio
from datetime import timedelta

import pytest

from matching.errors import NotAllowed, NotSeen, TooMany
from matching.notices import actions
from matching.notices.actions import REPEAT_AFTER
from matching.notices.readers import readers_of_steps
from tests.cast import AT
from tests.notices.test_publish import deliveries, prefers_mail
from tests.notices.told import Hall
from tests.requests.scene import refused


def remind(hall: Hall, post: int, by: str = "lead", at=AT):
    return hall.work(actions.repeat_post, post, by=hall.cast[by], at=at)


async def test_only_those_who_have_not_read_are_reminded(hall: Hall):
    post = await hall.publish("lead", "ZB1")
    await hall.work(actions.read_post, post, by=hall.cast["lin"], at=AT)
    assert await remind(hall, post) == 1
    assert ((await hall.own(post, "lin")).repeats, (await hall.own(post, "zhao")).repeats) == (0, 1)
    assert (await hall.own(post, "zhao")).repeated_at == AT


async def test_again_only_after_four_hours_and_a_refusal_says_when(hall: Hall):
    post = await hall.publish("lead", "ZB1")
    await remind(hall, post)
    with pytest.raises(TooMany) as caught:
        await remind(hall, post, at=AT + REPEAT_AFTER - timedelta(seconds=10))
    assert (caught.value.code, caught.value.retry_after) == ("repeated_lately", 11)
    assert await remind(hall, post, at=AT + REPEAT_AFTER) == 2
    assert (await hall.own(post, "zhao")).repeats == 2


async def test_of_two_at_once_one_reminds(hall: Hall):
    post = await hall.publish("lead", "ZB1")
    answers = await asyncio.gather(*(remind(hall, post) for _tap in range(4)), return_exceptions=True)
    assert sorted(str(answer) for answer in answers) == ["2", *["repeated_lately"] * 3]
    assert (await hall.own(post, "zhao")).repeats == 1


async def test_nobody_is_left_to_remind(hall: Hall):
    post = await hall.publish("lead", "ZB1")
    for login in ("lin", "zhao"):
        await hall.work(actions.read_post, post, by=hall.cast[login], at=AT)
    with refused("everybody_has_read"):
        await remind(hall, post)


async def test_who_cannot_read_here_is_not_reminded(hall: Hall):
    await hall.add_people(3, "ZB1")
    post = await hall.publish("lead", "ZB1")
    assert await remind(hall, post) == 2


async def test_a_lead_reminds_their_own_unit_and_the_committee_the_others(hall: Hall):
    post = await hall.publish("wei", "DW")
    assert await remind(hall, post, by="lead") == 3
    assert (await hall.own(post, "sun")).repeats == 0
    assert await remind(hall, post, by="wei", at=AT + timedelta(minutes=5)) == 5
    assert ((await hall.own(post, "lin")).repeats, (await hall.own(post, "sun")).repeats) == (1, 1)


async def test_who_may_not_see_the_readers_may_not_remind_them(hall: Hall):
    post = await hall.publish("wei", "DW")
    for login in ("lin", "di"):
        with pytest.raises(NotAllowed):
            await remind(hall, post, by=login)
    below = await hall.publish("lead", "ZB1")
    with pytest.raises(NotSeen):
        await remind(hall, below, by="lead2")


async def test_of_a_withdrawn_post_nobody_is_reminded(hall: Hall):
    post = await hall.publish("lead", "ZB1")
    await hall.work(actions.withdraw, post, by=hall.cast["lead"], at=AT)
    with refused("post_withdrawn"):
        await remind(hall, post)


async def test_a_reminder_is_a_message_of_its_own(hall: Hall):
    await prefers_mail(hall, "lin", "zhao")
    post = await hall.publish("lead", "ZB1")
    await hall.work(actions.read_post, post, by=hall.cast["zhao"], at=AT)
    await remind(hall, post, at=AT)
    await remind(hall, post, at=AT + REPEAT_AFTER)
    lin = hall.cast.people["lin"].id
    mine = [one.key for one in await deliveries(hall) if one.person_id == lin]
    assert mine == [f"post:{post}/person:{lin}/mail{end}" for end in ("", "/1", "/2")]
    assert len(await deliveries(hall)) == 4


async def test_of_a_step_the_lead_and_the_dispatcher_see_who_read_and_remind_the_others(hall: Hall):
    await prefers_mail(hall, "zhao")
    step, request = await hall.step()
    await hall.told("lin", "zhao", of=(step, request))
    await hall.work(actions.read_request, request, by=hall.cast["di"], at=AT)
    number = hall.numbers[request]
    assert await hall.work(actions.repeat_step, number, 1, by=hall.cast["di"], at=AT) == 2
    with pytest.raises(TooMany):
        await hall.work(actions.repeat_step, number, 1, by=hall.cast["lead"], at=AT)
    readers = (await hall.read(readers_of_steps, [step]))[step]
    assert {(reader.name, reader.reading, reader.repeats) for reader in readers} == {
        ("林晓云", "unread", 1), ("赵一鸣", "unread", 1)}  # fmt: skip
    (sent,) = await deliveries(hall)
    assert sent.key == f"step:{step}/person:{hall.cast.people['zhao'].id}/mail/1"
    assert sent.said == {"number": number, "service": "轮椅推送", "service_en": "", "unit": "门诊一支部",
                         "state": "submitted", "verb": "file"}  # fmt: skip


async def test_a_step_that_is_not_there_or_not_seen(hall: Hall):
    _step, request = await hall.step()
    number = hall.numbers[request]
    for who, seq, refusal in (("di", 2, NotSeen), ("lead2", 1, NotSeen), ("audit", 1, NotAllowed)):
        with pytest.raises(refusal):
            await hall.work(actions.repeat_step, number, seq, by=hall.cast[who], at=AT)
