"""Who looks at a contact leaves a trace; who filed it may have it erased; nothing personal lies open (invariant 7)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from matching.errors import NotAllowed, NotSeen
from matching.privacy.consent import ERASE_AFTER_DAYS
from matching.privacy.sealed import Sealer, Unreadable
from matching.requests.drawing import Photo
from matching.requests.model import RequestSecret
from matching.requests.photos import Photos
from matching.requests.queries import on_the_wall
from matching.requests.secrets import open_secret
from matching.requests.states import State
from matching.rights import actions as rights
from matching.rights.model import Disclosure
from matching.rights.queries import copy_of, disclosures
from tests.cast import AT
from tests.requests.scene import COMPLETED, IN_PROGRESS, NAME, NEED, PHONE, WAYS, Story, refused


def sealer(story: Story) -> Sealer:
    return Sealer(story.cast.settings.keys)


async def reveal(story: Story, who: str, reason: str = "约时间"):
    return await story.work(rights.reveal, story.number, reason, sealer=sealer(story), by=story.who(who), at=AT)


async def log(story: Story) -> list[tuple[str, str]]:
    async with story.database.reading() as session:
        return [(name, one.reason) for one, name in await disclosures(session, await story.now())]


# Reveal


@pytest.mark.parametrize(("who", "name"), [("lin", "林晓云"), ("lead", "雷秀英")])
async def test_the_claimer_and_the_lead_see_it_and_it_is_written_down(story: Story, who: str, name: str):
    await (await story.begin()).go(*IN_PROGRESS)
    secret = await reveal(story, who, "  约时间 ")
    assert (secret.name, secret.phone, secret.need) == (NAME, PHONE, NEED)
    assert await log(story) == [(name, "约时间")]
    await reveal(story, who, "再约一次")
    assert await log(story) == [(name, "再约一次"), (name, "约时间")]  # each time


@pytest.mark.parametrize("who", ["zhao", "di", "wei", "audit", "patient", "system"])
async def test_nobody_else_sees_it_and_an_attempt_shows_nothing(story: Story, who: str):
    await (await story.begin()).go(*IN_PROGRESS)
    with pytest.raises(NotAllowed) as error:
        await reveal(story, who)
    assert (error.value.code, error.value.status) == ("only_claimer_sees_contact", 403)
    assert await log(story) == []


@pytest.mark.parametrize("who", ["sun", "lead2", "root", "stranger"])
async def test_who_does_not_see_the_request_is_told_nothing(story: Story, who: str):
    await (await story.begin()).go(*IN_PROGRESS)
    with pytest.raises(NotSeen):
        await reveal(story, who)


async def test_without_a_reason_nothing_is_shown(story: Story):
    await (await story.begin()).go(*IN_PROGRESS)
    with refused("required"):
        await reveal(story, "lin", "  ")
    assert await log(story) == []


async def test_who_let_go_or_finished_sees_it_no_more(story: Story):
    await (await story.begin()).go(*IN_PROGRESS, "release")
    with pytest.raises(NotAllowed):
        await reveal(story, "lin")
    await (await story.begin()).go(*COMPLETED)
    with pytest.raises(NotAllowed):
        await reveal(story, "lin")
    assert (await reveal(story, "lead")).phone == PHONE  # a call back


async def test_if_the_log_cannot_be_written_nothing_is_shown(story: Story, monkeypatch: pytest.MonkeyPatch):
    await (await story.begin()).go(*IN_PROGRESS)
    monkeypatch.setattr(rights, "Disclosure", lambda **row: Disclosure(**row | {"person_id": 10**9}))
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await reveal(story, "lin")


# Erase


@pytest.mark.parametrize("state", State)
async def test_the_requester_has_it_erased_in_every_state(story: Story, state: State):
    await (await story.begin()).go(*WAYS[state])
    request = await story.work(rights.erase_contact, story.number, by=story.who("patient"), at=story.at)
    assert (request.requester_label, request.has_phone, request.show_publicly) == ("", False, False)
    before_result = {"submitted", "needs_info", "accepted", "dispatched", "in_progress", "parked"}
    assert request.state == (State.withdrawn if state in before_result else state)
    async with story.database.reading() as session:
        assert await session.get(RequestSecret, story.id) is None
        with refused("contact_erased"):
            await open_secret(session, request, sealer(story))
    again = await story.work(rights.erase_contact, story.number, by=story.who("patient"), at=story.at)
    assert (again.state, again.last_seq) == (request.state, request.last_seq)


async def test_ninety_days_in_the_archive_end_contact_and_photos_once_in_batches(story: Story, tmp_path, monkeypatch):
    monkeypatch.setattr(rights, "BATCH", 2)
    photos, long = Photos(tmp_path, sealer(story)), timedelta(days=ERASE_AFTER_DAYS)
    left = 1  # by other tests in this database
    while left:
        left = await rights.erase_archived(photos, story.database, story.work, AT + 400 * long)
    others = [Story(story.cast, story.database, story.work) for _ in range(3)]
    for one in others[:2]:
        await (await one.begin()).go(*WAYS[State.archived])
    await (await others[2].begin()).go("reject")  # not archived: its contact stays
    await (await story.begin()).go(*WAYS[State.archived])
    await photos.keep(story.number, Photo("a" * 64, b"jpeg"))
    end = (await story.now()).state_since + long
    early = await rights.erase_archived(photos, story.database, story.work, end - long / 90)
    assert (early, photos.holds(story.number, "a" * 64)) == (0, True)
    assert [await rights.erase_archived(photos, story.database, story.work, end) for _ in range(3)] == [2, 1, 0]
    assert not photos.holds(story.number, "a" * 64)
    request = await story.now()
    assert (request.state, request.has_phone, request.requester_label) == (State.archived, False, "")
    async with story.database.reading() as session:
        left = {row.request_id for row in await session.exec(select(RequestSecret))}
    assert {one.id for one in (*others, story)} & left == {others[2].id}


async def test_after_that_nobody_can_be_shown_it(story: Story):
    await (await story.begin()).go(*COMPLETED)
    await story.work(rights.erase_contact, story.number, by=story.who("patient"), at=AT)
    with refused("contact_erased"):
        await reveal(story, "lead")
    assert await log(story) == []


async def test_it_is_off_the_wall_and_its_wording_is_gone(story: Story):
    await (await story.begin()).go("accept", "approve_wording")
    await story.work(rights.erase_contact, story.number, by=story.who("patient"), at=AT)
    assert ((await story.now()).wording, (await story.now()).wording_at) == ("", None)
    async with story.database.reading() as session:
        assert story.id not in {row.id for row in (await on_the_wall(session, story.cast.root_id)).rows}


@pytest.mark.parametrize("action", [rights.erase_contact, rights.stop_showing])
async def test_only_who_filed_it_may(story: Story, action):
    await (await story.begin()).go(*IN_PROGRESS)
    for who in ("lin", "lead", "di", "wei", "audit", "system"):
        with pytest.raises(NotAllowed):
            await story.work(action, story.number, by=story.who(who), at=AT)
    with pytest.raises(NotSeen):
        await story.work(action, story.number, by=story.who("stranger"), at=AT)
    async with story.database.reading() as session:
        assert await session.get(RequestSecret, story.id) is not None


async def test_consent_to_the_wall_is_taken_back_without_anything_else(story: Story):
    await (await story.begin()).go("accept", "approve_wording")
    request = await story.work(rights.stop_showing, story.number, by=story.who("patient"), at=AT)
    assert (request.state, request.wording_at, request.show_publicly) == (State.accepted, None, False)
    with refused("no_public_consent"):
        await story.do("approve_wording")


# Sealed


async def test_a_sealed_part_opens_for_its_own_request_only(story: Story):
    await story.begin()
    one, key = await sealed(story), story.filing.request["filing_key"]
    await story.begin()
    other = story.filing.request["filing_key"]
    assert json.loads(sealer(story).open(one, key))["phone"] == PHONE
    with pytest.raises(Unreadable):
        sealer(story).open(one, other)
    with pytest.raises(Unreadable):
        Sealer({"k1": b"x" * 32}).open(one, key)


async def test_nothing_personal_stands_in_the_database_file(story: Story):
    """Everything that was typed is looked for in the bytes of the file; on PostgreSQL in all rows as text."""
    await story.begin(
        need="想借轮椅，打13912345678找欧阳小雨",
        reason="身份证110101199003074477",
        name="欧阳小雨",
        phone="13700137000",
    )
    await story.go("ask_info")
    await story.do("supplement", note="微信是 wxid_abc12345，电话13912345678")
    await story.go("accept", "dispatch", "claim")
    await reveal(story, "lin")
    personal = ["13912345678", "13700137000", "110101199003074477", "欧阳小雨"]
    if story.database.sqlite:
        path = story.cast.settings.database_url.removeprefix("sqlite+aiosqlite:///")
        stored = b"".join(Path(f"{path}{end}").read_bytes() for end in ("", "-wal"))
        assert story.number.encode() not in stored  # built from the row, never stored
        assert "轮椅".encode() in stored  # what is not personal is found there
        assert not [one for one in personal if one.encode() in stored]
        return
    async with story.database.reading() as session:
        ask = (await session.connection()).exec_driver_sql
        tables = (await ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        for table in tables:
            for (row,) in await ask(f"SELECT t::text FROM {table} AS t"):
                assert not [one for one in personal if one in row], table


async def test_the_requesters_copy_holds_all_they_typed_and_who_looked(story: Story):
    await (await story.begin()).go(*IN_PROGRESS)
    await reveal(story, "lin")
    async with story.database.reading() as session:
        copy = await copy_of(session, await story.now(), sealer(story))
    assert copy["typed"]["phone"] == PHONE
    assert copy["typed"]["need"] == NEED
    assert copy["disclosures"] == [{"at": AT.isoformat(), "by": "林*", "reason": "约时间"}]
    assert [step["verb"] for step in copy["steps"]] == ["file", "accept", "dispatch", "claim"]
    assert "林晓云" not in json.dumps(copy, ensure_ascii=False)


async def sealed(story: Story) -> bytes:
    async with story.database.reading() as session:
        return (await session.exec(select(RequestSecret).where(RequestSecret.request_id == story.id))).one().sealed
