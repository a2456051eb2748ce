"""Service elsewhere: declared with a photo, reviewed by somebody else, taken back without editing a line."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from matching.db import Database, Work
from matching.errors import Refused
from matching.people.model import AuditEntry
from matching.recognition import declaring
from matching.recognition.ledger import lines_of_year, own
from matching.recognition.model import Declared
from tests.cast import AT, Cast
from tests.recognition.conftest import slowly
from tests.requests.scene import refused

PHOTO = "a" * 64


async def declared(work: Work, cast: Cast, login: str = "lin", **said: Any) -> Declared:
    usual = {"title": "敬老院理发", "on": AT.date(), "minutes": 180, "organiser": "街道", "said": "", "photo": PHOTO}
    return await work(declaring.declare, **usual | said, by=cast[login], at=AT)


async def test_only_a_lead_above_or_the_office_decides_and_nobody_about_themselves(cast: Cast, database: Database):
    work = Work(database)
    mine, leads = await declared(work, cast), await declared(work, cast, "lead", photo="b" * 64)
    for who, what, code in (
        ("lin", mine, "not_allowed"), ("zhao", mine, "not_seen"), ("lead2", mine, "not_seen"), ("di", mine, "not_seen"),
        ("audit", mine, "not_allowed"), ("lead", leads, "own_declared"), ("sun", leads, "not_seen"),
    ):  # fmt: skip
        with refused(code):
            await work(declaring.decide, what.id, "accept", by=cast[who], at=AT)
    await work(declaring.decide, mine.id, "accept", by=cast["lead"], at=AT)
    await work(declaring.decide, leads.id, "accept", by=cast["wei"], at=AT)
    with refused("declared_decided"):
        await work(declaring.decide, mine.id, "refuse", "不对。", by=cast["wei"], at=AT)
    with refused("declared_decided"):
        await work(declaring.withdraw, mine.id, by=cast["lin"])
    async with database.reading() as session:
        waiting = await declaring.to_review(session, by=cast["lead"])
        standing = (await own(session, 2026, by=cast["lin"], at=AT)).standing
        acts = [entry.act for entry in await session.exec(select(AuditEntry))]
    assert waiting == []
    assert (standing.minutes, standing.centipoints) == (180, 200)
    assert acts.count("accept_declared") == 2


async def test_what_was_accepted_can_be_taken_back_with_a_reason_and_the_ledger_keeps_both_lines(cast, database):
    work = Work(database)
    one = await declared(work, cast)
    with refused("required"):
        await work(declaring.decide, one.id, "refuse", by=cast["lead"], at=AT)
    await work(declaring.decide, one.id, "accept", by=cast["lead"], at=AT)
    await work(declaring.decide, one.id, "take_back", "照片是网上的。", by=cast["wei"], at=AT)
    async with database.reading() as session:
        lines = await lines_of_year(session, cast.people["lin"].id or 0, 2026)
    assert [(line.kind, line.centipoints, line.why) for line in lines] == [
        ("declared", 200, ""),
        ("reversal", -200, "照片是网上的。"),
    ]
    with refused("declared_decided"):
        await work(declaring.decide, one.id, "accept", by=cast["lead"], at=AT)


async def test_two_reviewers_at_once_decide_once(cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch):
    one = await declared(Work(database), cast)
    monkeypatch.setattr(declaring, "_found", slowly(declaring._found))
    others = [Database(cast.settings.database_url) for _ in range(2)]

    async def decide(work: Work, verb: str, who: str) -> str:
        try:
            await work(declaring.decide, one.id, verb, "看不清。", by=cast[who], at=AT)
        except Refused as refusal:
            return refusal.code
        return verb

    said = await asyncio.gather(decide(Work(others[0]), "accept", "lead"), decide(Work(others[1]), "refuse", "wei"))
    assert said.count("declared_decided") == 1
    async with database.reading() as session:
        state = (await session.get_one(Declared, one.id)).state
        lines = await lines_of_year(session, cast.people["lin"].id or 0, 2026)
    assert (state, len(lines)) in {("accepted", 1), ("refused", 0)}
    for other in others:
        await other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_declaration_needs_a_photo_and_a_day_within_a_year_and_the_same_photo_is_pointed_out(cast, database):
    work = Work(database)
    for said, code in (
        ({"photo": ""}, "photo_needed"),
        ({"on": AT.date() + timedelta(days=1)}, "time_in_future"),
        ({"on": AT.date() - timedelta(days=367)}, "day_too_long_ago"),
    ):
        with refused(code):
            await declared(work, cast, **said)
    await declared(work, cast)
    again = await declared(work, cast, "zhao")
    for n in range(declaring.MOST_WAITING - 1):
        await declared(work, cast, title=f"第 {n} 次")
    with refused("too_many_declared"):
        await declared(work, cast)
    async with database.reading() as session:
        seen = await declaring.visible_declared(session, again.id or 0, by=cast["lead"])
    assert seen.alike == declaring.MOST_WAITING
    await work(declaring.withdraw, again.id, by=cast["zhao"])
