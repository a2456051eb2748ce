"""Signing in, staying signed in, tokens: what holds whichever door is used."""

from datetime import timedelta

import pytest
from sqlmodel import select

from matching.db import Database, Work
from matching.errors import NotSignedIn, TooMany
from matching.people import actions
from matching.people.model import ApiToken, AuditEntry, Person, SignIn
from matching.people.passwords import NOBODY, hashed
from matching.people.sign_in import bearer, browser, sign_in, sign_out
from tests.cast import AT, PASSWORD, Cast

IDLE = timedelta(minutes=30)


def enter(work: Work, login: str = "lin", password: str = PASSWORD, at=AT):
    return sign_in(work.database, work, login, password, at)


async def rows(database: Database, model):
    async with database.reading() as session:
        return list(await session.exec(select(model)))


async def leave_the_hospital(session, person_id):
    (await session.get_one(Person, person_id)).status = "left"


async def test_five_wrong_passwords_lock_the_account_and_the_lock_ends_by_itself(work: Work):
    for _again in range(5):
        with pytest.raises(NotSignedIn) as refused:
            await enter(work, password="Wrong-word-1")
        assert refused.value.code == "wrong_sign_in"
    with pytest.raises(TooMany) as locked:
        await enter(work)
    assert locked.value.retry_after == 900
    with pytest.raises(TooMany):
        await enter(work, at=AT + timedelta(minutes=14, seconds=59))
    assert await enter(work, at=AT + timedelta(minutes=15))


async def test_a_right_password_forgets_the_wrong_ones_before_it(work: Work):
    for _round in range(2):
        for _again in range(4):
            with pytest.raises(NotSignedIn):
                await enter(work, password="Wrong-word-1")
        assert await enter(work)


async def test_wrong_unknown_and_without_password_are_refused_alike(cast: Cast, work: Work):
    async def without(session):
        (await session.get_one(Person, cast.people["zhao"].id)).password_hash = None

    await work(without)
    codes = set()
    for login in ("lin", "nobody", "zhao"):
        with pytest.raises(NotSignedIn) as refused:
            await enter(work, login, "Wrong-word-1")
        codes.add(refused.value.code)
    assert codes == {"wrong_sign_in"}


async def test_the_cookies_token_is_stored_as_a_hash_only(work: Work):
    token = await enter(work)
    kept = (await rows(work.database, SignIn))[0]
    assert token not in str(kept.model_dump())
    assert token not in (await rows(work.database, Person))[5].model_dump().values()


async def test_an_idle_browser_is_signed_out_and_a_used_one_is_not(work: Work):
    token = await enter(work)
    for minutes in (29, 58, 87):
        assert await browser(work.database, work, token, IDLE, AT + timedelta(minutes=minutes))
    assert await browser(work.database, work, token, IDLE, AT + timedelta(minutes=87 + 31)) is None


async def test_signing_out_ends_the_sign_in_once(work: Work):
    token = await enter(work)
    await work(sign_out, token, at=AT)
    await work(sign_out, token, at=AT)
    assert await browser(work.database, work, token, IDLE, AT) is None
    assert [entry.act for entry in await rows(work.database, AuditEntry)] == ["sign_in", "sign_out"]


async def test_people_who_left_can_neither_sign_in_nor_go_on(cast: Cast, work: Work):
    token = await enter(work)
    key = await work(actions.make_token, "screen", by=cast["lin"], at=AT)
    await work(leave_the_hospital, cast.people["lin"].id)
    with pytest.raises(NotSignedIn):
        await enter(work)
    assert await browser(work.database, work, token, IDLE, AT) is None
    with pytest.raises(NotSignedIn):
        await bearer(work.database, work, key, AT)


async def test_a_token_acts_as_its_person_until_it_is_revoked_and_is_stored_as_a_hash(cast: Cast, work: Work):
    key = await work(actions.make_token, "screen", by=cast["di"], at=AT)
    assert (await bearer(work.database, work, key, AT)).scopes == cast["di"].scopes
    kept = (await rows(work.database, ApiToken))[0]
    assert key not in str(kept.model_dump())
    assert kept.used_at == AT
    await work(actions.revoke_token, kept.id, by=cast["di"], at=AT)
    with pytest.raises(NotSignedIn) as refused:
        await bearer(work.database, work, key, AT)
    assert refused.value.code == "token_refused"


async def test_a_made_up_token_is_refused(work: Work):
    with pytest.raises(NotSignedIn):
        await bearer(work.database, work, "made-up", AT)


async def test_an_unknown_login_takes_the_work_of_a_known_one():
    made = await hashed("Some-word-1")
    assert NOBODY.rsplit("$", 2)[0] == made.rsplit("$", 2)[0]
    assert len(NOBODY) == len(made)
