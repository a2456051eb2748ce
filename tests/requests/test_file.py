"""file: → submitted. Idempotent by key; the code is never stored, contact data only sealed, texts only masked."""

import asyncio
from dataclasses import replace

import pytest
from sqlmodel import select

from matching.db.batches import Batch
from matching.db.group_commit import GroupCommit
from matching.privacy.codes import code_hash, normal_code
from matching.privacy.sealed import Sealer
from matching.requests import requester_actions
from matching.requests.filing import Wish, prepare
from matching.requests.insert import FILINGS, Filed
from matching.requests.model import RequestSecret
from matching.requests.queries import request_by_code
from matching.requests.secrets import Secret, open_secret
from matching.requests.states import Channel, State
from matching.requests.steps import Step, anchor
from tests.cast import AT
from tests.requests.scene import HOUR, NAME, NEED, PHONE, Story, filing_of


async def test_a_filing_is_a_request_with_its_first_step_and_its_sealed_part(story: Story):
    request = await (await story.begin()).now()
    (step,) = await story.steps()
    assert (request.state, request.filed_at, request.state_since) == (State.submitted, AT, AT)
    assert (request.unit.code, request.home_unit_id, request.spot.code) == ("ZB1", request.unit_id, "S1")
    assert (step.seq, step.verb, step.from_state, step.to_state) == (1, "file", "", "submitted")
    assert (step.by_kind, step.by_id, step.at) == ("requester", None, AT)
    assert step.hash == step.chained(anchor(story.filing.request["filing_key"])) == request.last_hash
    async with story.database.reading() as session:
        secret = await open_secret(session, request, Sealer(story.cast.settings.keys))
    assert secret == Secret(NAME, PHONE, NEED, "", [])


async def test_the_dispatch_limit_runs_from_the_filing(story: Story):
    request = await (await story.begin()).now()
    assert request.due_at == request.dispatch_due_at == AT + HOUR


async def test_the_number_is_the_day_in_shanghai_and_the_rows_id(story: Story):
    story.at = AT.replace(hour=16, minute=30)  # the third of March there
    await story.begin()
    assert story.number == f"260303-{story.id:05}"


async def test_the_code_finds_it_however_it_is_typed_and_is_nowhere_in_the_database(story: Story):
    await story.begin()
    code, pepper = story.filing.code, story.cast.settings.pepper
    async with story.database.reading() as session:
        found = await request_by_code(session, code_hash(pepper, normal_code(f" {code.lower()} ")))
        assert found is not None
        assert found.id == story.id
        row = (await session.get_one(RequestSecret, story.id)).sealed
    stored = str(found.model_dump()) + str([step.model_dump() for step in await story.steps()]) + repr(row)
    assert normal_code(code) not in stored
    assert code not in stored


async def test_contact_data_is_stored_masked_and_sealed(story: Story):
    await story.begin(need="想借轮椅，打13912345678", name="张小月", phone="13800138000")
    request = await story.now()
    async with story.database.reading() as session:
        sealed = (await session.get_one(RequestSecret, story.id)).sealed
    stored = str(request.model_dump()) + str([step.model_dump() for step in await story.steps()])
    for personal in ("13912345678", "13800138000", "张小月"):
        assert personal not in stored
        assert personal.encode() not in sealed
    assert (request.requester_label, request.has_phone) == ("张*", True)


async def test_the_same_key_again_is_answered_and_not_written_again(story: Story):
    await story.begin()
    again = await story.work(requester_actions.file, story.filing)
    assert again == Filed(story.id, new=False, same=True)
    assert len(await story.steps()) == 1


async def test_the_same_key_with_other_words_is_answered_as_not_the_same(story: Story):
    await story.begin()
    other = filing_of(story.cast, key=story.filing.request["filing_key"], need="换成别的事情了")
    assert await story.work(requester_actions.file, other) == Filed(story.id, new=False, same=False)
    assert (await story.now()).need == NEED


async def test_the_same_key_twice_in_one_batch_is_one_row(story: Story):
    filing = filing_of(story.cast)
    same, other = (
        filing_of(story.cast, key=filing.request["filing_key"], need=need) for need in (NEED, "换成别的事情")
    )
    first, second, third = await story.work(insert, [filing, same, other])
    assert (first.new, second.new, third.new) == (True, False, False)
    assert first.id == second.id == third.id
    assert (second.same, third.same) == (True, False)


async def test_staff_file_on_behalf_and_the_step_says_who(story: Story):
    cast, spot = story.cast, story.cast.spots["S1"]
    wish = Wish(
        cast.services["wheelchair"], NEED, "on-behalf-1" + story.database.engine.name, spot, spot.unit_id,
        channel=Channel.staff,
    )  # fmt: skip
    filing = prepare(
        wish, sealer=Sealer(cast.settings.keys), pepper=cast.settings.pepper, by=cast["di"], at=AT
    )  # fmt: skip
    story.id = (await story.work(requester_actions.file, filing)).id
    (step,) = await story.steps()
    assert (step.by_kind, step.by_id, step.detail["channel"]) == ("person", cast["di"].id, "staff")


async def test_a_bad_row_harms_no_neighbour(story: Story):
    good = [filing_of(story.cast) for _ in range(5)]
    bad = filing_of(story.cast)
    bad = replace(bad, request=bad.request | {"tier": "T9"})
    desk = GroupCommit(story.database, FILINGS)
    answers = await asyncio.gather(*map(desk, [*good[:3], bad, *good[3:]]), return_exceptions=True)
    assert isinstance(answers[3], Exception)
    filed = [answer for answer in answers if isinstance(answer, Filed)]
    assert [answer.new for answer in filed] == [True] * 5
    assert len({answer.id for answer in filed}) == 5


async def test_who_hangs_up_takes_nobody_with_them(story: Story):
    desk = GroupCommit(story.database, FILINGS)
    filings = [filing_of(story.cast) for _ in range(4)]
    callers = [asyncio.create_task(desk(filing)) for filing in filings]
    await asyncio.sleep(0)  # all of them have handed in their row
    callers[1].cancel()
    answers = await asyncio.gather(*callers, return_exceptions=True)
    assert isinstance(answers[1], asyncio.CancelledError)
    assert all(isinstance(answers[i], Filed) for i in (0, 2, 3))
    assert (await desk(filings[1])).same  # the next one is served, and the abandoned row is there once


async def test_those_who_come_during_a_commit_share_the_next_one(story: Story):
    batches = []

    async def on_postgres(connection, rows):
        batches.append(len(rows))
        return await FILINGS.on_postgres(connection, rows)

    def on_sqlite(cursor, rows):
        batches.append(len(rows))
        return FILINGS.on_sqlite(cursor, rows)

    desk = GroupCommit(story.database, Batch(on_postgres, on_sqlite), most=8)
    answers = await asyncio.gather(*(desk(filing_of(story.cast)) for _ in range(20)))
    assert len({answer.id for answer in answers}) == 20
    assert len(batches) < 6
    assert max(batches) <= 8


async def test_what_is_answered_is_committed(story: Story):
    """The answer is given after the commit: another connection sees the row."""
    desk = GroupCommit(story.database, FILINGS)
    filed = await desk(filing_of(story.cast))
    async with story.database.reading() as session:
        assert (await session.exec(select(Step.verb).where(Step.request_id == filed.id))).all() == ["file"]
        assert await session.get(RequestSecret, filed.id)


@pytest.mark.parametrize("minor", [True, False])
async def test_consents_are_kept_with_the_version_of_the_notice(story: Story, minor: bool):
    request = await (await story.begin(consents={"notice": "1"}, for_minor=minor, show_publicly=False)).now()
    assert (request.consents, request.for_minor, request.show_publicly) == ({"notice": "1"}, minor, False)


async def insert(session, filings):
    return await FILINGS.within(await session.connection(), filings)
