"""Lists hang out for 7 days; objections are answered; nothing in a list moves meanwhile."""

import asyncio
from datetime import date

import pytest

from matching.db import Database, Work
from matching.errors import Refused
from matching.people import granting
from matching.people.model import Role
from matching.recognition import certifying, publishing
from matching.recognition.posting import post_points
from matching.recognition.publishing import Hanging
from matching.reports.assessment import actions as assessing
from matching.requests import requester_actions
from tests.cast import AT
from tests.recognition.conftest import slowly
from tests.requests.scene import DAY, HOUR, filing_of, refused


async def test_a_list_hangs_for_seven_days_and_stands_when_every_objection_is_answered(cast, database, served):
    work = Work(database)
    with refused("nothing_to_publish"):
        await work(publishing.publish, "ZB1", 2026, "一支部", by=cast["lead"], at=AT)
    await served("lin", 60)
    await served("zhao", 120)
    await post_points(database, work, AT + HOUR)
    for who, unit in (("lin", "ZB1"), ("lead", "ZZ1"), ("lead2", "ZB1"), ("audit", "ZB1")):
        with refused("outside_your_units"):
            await work(publishing.publish, unit, 2026, "一支部", by=cast[who], at=AT)
    made = await work(publishing.publish, "ZB1", 2026, "一支部", by=cast["lead"], at=AT)
    with refused("list_hangs"):
        await work(publishing.publish, "ZB1", 2026, "再来", by=cast["wei"], at=AT + DAY)
    await served("lin", 600)
    await post_points(database, work, AT + DAY)

    async def stands(at) -> tuple[Hanging, list[tuple[str, int]]]:
        async with database.reading() as session:
            found = await publishing.visible_list(session, made.id or 0, by=cast["sun"])
            lines = await publishing.lines_of(session, found.list)
        return found.state(at), [(line.person.name, line.centipoints) for line in lines]

    assert await stands(AT) == (Hanging.hanging, [("赵一鸣", 200), ("林晓云", 100)])
    objection = await work(publishing.object_to, made.id, "少记了。", by=cast["lin"], at=AT + 7 * DAY)
    last, over = AT + 7 * DAY + 13 * HOUR, AT + 7 * DAY + 15 * HOUR  # 23:00 of the seventh day, 01:00 of the next
    assert ((await stands(last))[0], (await stands(over))[0]) == (Hanging.hanging, Hanging.open)
    with refused("list_over"):
        await work(publishing.object_to, made.id, "还有。", by=cast["zhao"], at=over)
    for who in ("lin", "lead2"):
        with refused("not_allowed"):
            await work(publishing.answer, made.id, objection.id, "没有。", by=cast[who], at=over)
    await work(publishing.answer, made.id, objection.id, "已核对。", by=cast["lead"], at=over)
    with refused("objection_answered"):
        await work(publishing.answer, made.id, objection.id, "再答。", by=cast["wei"], at=over)
    assert (await stands(over))[0] == Hanging.stands


async def test_objections_are_seen_by_who_answers_and_who_raised_them_and_nobody_answers_their_own(
    cast, database, served
):
    work = Work(database)
    await served("lin", 60)
    await post_points(database, work, AT + HOUR)
    made = await work(publishing.publish, "ZB1", 2026, "一支部", by=cast["lead"], at=AT)
    own = await work(publishing.object_to, made.id, "我也有意见。", by=cast["lead"], at=AT)
    for _twice in range(2):  # the button was pressed twice
        await work(publishing.object_to, made.id, "少记了。", by=cast["lin"], at=AT)
    with refused("own_objection"):
        await work(publishing.answer, made.id, own.id, "没有。", by=cast["lead"], at=AT)

    async def seen(login: str) -> int:
        async with database.reading() as session:
            found = await publishing.visible_list(session, made.id or 0, by=cast[login])
            return len(await publishing.objections_of(session, found.list, by=cast[login]))

    assert [await seen(login) for login in ("lead", "wei", "lin", "zhao", "audit")] == [2, 2, 1, 0, 0]
    await work(publishing.take_back, made.id, "算错了。", by=cast["wei"], at=AT)
    with refused("list_taken_back"):
        await work(publishing.take_back, made.id, "再撤。", by=cast["lead"], at=AT)


async def test_two_leads_publish_at_once_and_one_list_hangs(cast, database, served, monkeypatch):
    monkeypatch.setattr(publishing, "standings", slowly(publishing.standings))
    await served("lin", 60)
    await post_points(database, Work(database), AT + HOUR)
    others = [Database(cast.settings.database_url) for _ in range(3)]

    async def publish(work: Work, who: str) -> str:
        try:
            await work(publishing.publish, "ZB1", 2026, "一支部", by=cast[who], at=AT)
        except Refused as refusal:
            return refusal.code
        return "hangs"

    said = await asyncio.gather(
        *(publish(Work(one), who) for one, who in zip(others, ("lead", "wei", "lead"), strict=True))
    )
    assert sorted(said) == ["hangs", "list_hangs", "list_hangs"]
    for other in others:
        await other.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_nobody_who_files_waits_for_who_publishes_issues_or_scores(cast, database, served):
    work, wei = Work(database), cast["wei"]
    await served("lin", 60)
    await post_points(database, work, AT + HOUR)
    days = (date(2026, 1, 1), date(2026, 3, 2))

    async def meanwhile(session, act, *said) -> None:
        await act(session, *said, by=wei, at=AT + HOUR)
        async with asyncio.timeout(20):  # of another transaction, while this one still holds what it locked
            await work(requester_actions.file, filing_of(cast))
            await work(granting.grant, cast.people["zhao"].member_no, roles.pop(), "DW", by=cast["root"], at=AT)

    roles = [Role.auditor, Role.dispatcher, Role.committee]
    await work(meanwhile, publishing.publish, "ZB1", 2026, "一支部")
    await work(meanwhile, certifying.issue, cast.people["lin"].member_no, *days, "魏书明", "雷秀英", "0755", "")
    await work(meanwhile, assessing.score, "ZB1", "2026Q1", {"leaders": (30.0, "")})
