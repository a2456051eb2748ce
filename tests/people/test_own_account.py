"""What people do to their own account."""

from datetime import timedelta

import pytest

from matching.db import Work
from matching.errors import Invalid, NotAllowed, NotSeen, NotSignedIn, Refused, TooMany
from matching.people import actions, granting
from matching.people import sign_in as signing_in
from matching.people.model import Person
from matching.people.passwords import is_right, one_time_password, refuse_weak
from matching.people.sign_in import browser, sign_in
from matching.privacy.codes import token_hash
from tests.cast import AT, PASSWORD, Cast

IDLE = timedelta(minutes=30)
BETTER = "Warm-tea-2026"


def change(work: Work, cast: Cast, current: str, new: str, keep: str = ""):
    return actions.change_password(work.database, work, current, new, keep=keep, by=cast["lin"], at=AT)


@pytest.mark.parametrize("weak", ["Ab1-xyz", "abcdefgh", "abcdefg1", "ABCD1234", "12345678", "短A1", "a" * 130 + "A1"])
def test_short_or_uniform_passwords_are_refused(weak):
    with pytest.raises(Invalid) as refused:
        refuse_weak(weak, "lin", field="new")
    assert refused.value.fields["new"].code == "weak_password"


@pytest.mark.parametrize("strong", ["Abcdefg1", "abcdef-1", "ABCDEF-1", "Abcdef--", "点灯点灯点灯Aa1"])
def test_three_of_four_kinds_are_enough(strong):
    refuse_weak(strong, "lin", field="new")


def test_the_login_may_not_stand_in_the_password():
    with pytest.raises(Invalid) as refused:
        refuse_weak("My-M0001-word", "m0001", field="new")
    assert refused.value.fields["new"].code == "password_has_login"


def test_one_time_passwords_are_strong_different_and_readable():
    made = {one_time_password() for _again in range(50)}
    assert len(made) == 50
    for password in made:
        refuse_weak(password, "M0001", field="new")
        assert not set(password) & set("0O1Il")


async def test_a_changed_password_opens_and_the_old_one_does_not(cast: Cast, work: Work):
    await change(work, cast, PASSWORD, BETTER)
    assert await sign_in(work.database, work, "lin", BETTER, AT)
    with pytest.raises(NotSignedIn):
        await sign_in(work.database, work, "lin", PASSWORD, AT)


async def test_changing_it_ends_every_other_browser(cast: Cast, work: Work):
    here, there = [await sign_in(work.database, work, "lin", PASSWORD, AT) for _browser in range(2)]
    stranger = await sign_in(work.database, work, "zhao", PASSWORD, AT)
    await change(work, cast, PASSWORD, BETTER, keep=here)
    assert await browser(work.database, work, here, IDLE, AT)
    assert await browser(work.database, work, there, IDLE, AT) is None
    assert await browser(work.database, work, stranger, IDLE, AT)


async def test_guessing_the_current_password_locks_as_at_sign_in(cast: Cast, work: Work):
    for _again in range(5):
        with pytest.raises(Invalid) as refused:
            await change(work, cast, "Wrong-word-1", BETTER)
        assert refused.value.fields["current"].code == "wrong_password"
    with pytest.raises(TooMany):
        await change(work, cast, PASSWORD, BETTER)


async def test_the_same_password_is_no_change(cast: Cast, work: Work):
    with pytest.raises(Invalid) as refused:
        await change(work, cast, PASSWORD, PASSWORD)
    assert refused.value.fields["new"].code == "same_password"
    async with work.database.reading() as session:
        person = await session.get_one(Person, cast.people["lin"].id)
    assert await is_right(PASSWORD, person.password_hash)


async def test_token_names_are_taken_once_until_revoked(cast: Cast, work: Work):
    await work(actions.make_token, "screen", by=cast["lin"], at=AT)
    with pytest.raises(Invalid):
        await work(actions.make_token, "screen", by=cast["lin"], at=AT)
    async with work.database.reading() as session:
        held = await actions.tokens_of(session, cast["lin"])
    await work(actions.revoke_token, held[0].id, by=cast["lin"], at=AT)
    assert await work(actions.make_token, "screen", by=cast["lin"], at=AT)


async def test_nobody_makes_tokens_without_end(cast: Cast, work: Work):
    for number in range(actions.MOST_TOKENS):
        await work(actions.make_token, f"program {number}", by=cast["lin"], at=AT)
    with pytest.raises(Refused) as refused:
        await work(actions.make_token, "one more", by=cast["lin"], at=AT)
    assert refused.value.code == "too_many_tokens"


async def test_others_tokens_and_browsers_are_not_seen(cast: Cast, work: Work):
    await work(actions.make_token, "screen", by=cast["lin"], at=AT)
    token = await sign_in(work.database, work, "lin", PASSWORD, AT)
    async with work.database.reading() as session:
        held = await actions.tokens_of(session, cast["lin"])
    with pytest.raises(NotSeen):
        await work(actions.revoke_token, held[0].id, by=cast["root"], at=AT)
    with pytest.raises(NotSeen):
        await work(actions.end_browser, token_hash(token), by=cast["root"], at=AT)
    await work(actions.end_browser, token_hash(token), by=cast["lin"], at=AT)
    assert await browser(work.database, work, token, IDLE, AT) is None


@pytest.mark.parametrize("room", [actions, signing_in])
async def test_a_password_set_by_an_administrator_wins_over_one_that_is_just_being_looked_at(
    cast: Cast, work: Work, monkeypatch, room
):
    root, lin = {"by": cast["root"], "at": AT}, cast.people["lin"].member_no
    one_time: list[str] = []

    async def looked_at_for_long(password, kept):
        found = await is_right(password, kept)
        one_time.append(await granting.set_one_time_password(work, lin, "lin", **root))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(room, "is_right", looked_at_for_long)
        if room is actions:
            with pytest.raises(Invalid) as refused:
                await change(work, cast, PASSWORD, BETTER)
            assert refused.value.fields["current"].code == "wrong_password"
        else:
            with pytest.raises(NotSignedIn, match="wrong_sign_in"):
                await sign_in(work.database, work, "lin", PASSWORD, AT)
    with pytest.raises(NotAllowed, match="password_must_change"):  # asked for by a browser that was just signed out
        await work(actions.make_token, "screen", by=cast["lin"], at=AT)
    assert await sign_in(work.database, work, "lin", one_time[0], AT)
