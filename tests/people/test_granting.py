"""Roles and one-time passwords, given and taken back by administrators."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from matching.db import Work
from matching.errors import Invalid, NotAllowed, NotSeen, NotSignedIn, Refused
from matching.people import actions, granting
from matching.people.actor import Actor
from matching.people.model import AuditEntry, Grant, Person, Role
from matching.people.queries import actor_of, grants_of
from matching.people.sign_in import bearer, browser, sign_in
from tests.cast import AT, PASSWORD, Cast


async def actor(work: Work, cast: Cast, login: str) -> Actor:
    async with work.database.reading() as session:
        return await actor_of(session, await session.get_one(Person, cast.people[login].id))


async def grant_id(work: Work, cast: Cast, login: str) -> int:
    async with work.database.reading() as session:
        return (await grants_of(session, [cast.people[login].id]))[cast.people[login].id][0][0].id


def give(work: Work, cast: Cast, to: str, role: Role, unit: str, by: Actor):
    return work(granting.grant, cast.people[to].member_no, role, unit, by=by, at=AT)


async def administrator_of(work: Work, cast: Cast, login: str, unit: str) -> Actor:
    await give(work, cast, login, Role.administrator, unit, cast["root"])
    return await actor(work, cast, login)


async def test_a_granted_role_covers_the_subtree_and_leaves_an_entry(cast: Cast, work: Work):
    await give(work, cast, "lin", Role.unit_lead, "ZZ1", cast["root"])
    lin = await actor(work, cast, "lin")
    assert lin.holds(Role.unit_lead, path=cast.units["ZB2"].path)
    assert not lin.holds(Role.unit_lead, path=cast.units["ZB3"].path)
    async with work.database.reading() as session:
        entry = (await session.exec(select(AuditEntry).where(AuditEntry.act == "grant"))).one()
    assert (entry.person_id, entry.about) == (cast["root"].id, "M0006 unit_lead ZZ1")


async def test_only_administrators_grant_and_only_below_their_unit(cast: Cast, work: Work):
    with pytest.raises(NotSeen):
        await give(work, cast, "lin", Role.unit_lead, "ZB1", cast["wei"])
    lead = await administrator_of(work, cast, "lead", "ZZ1")
    await give(work, cast, "sun", Role.unit_lead, "ZB2", lead)
    with pytest.raises(NotAllowed):
        await give(work, cast, "sun", Role.dispatcher, "DW", lead)
    with pytest.raises(NotSeen):
        await give(work, cast, "di", Role.member, "ZB1", lead)  # belongs to another branch


async def test_nobody_grants_to_themselves(cast: Cast, work: Work):
    with pytest.raises(NotAllowed) as refused:
        await give(work, cast, "root", Role.auditor, "DW", cast["root"])
    assert refused.value.code == "not_to_yourself"


async def test_a_role_is_granted_once(cast: Cast, work: Work):
    with pytest.raises(Refused) as refused:
        await give(work, cast, "lin", Role.member, "ZB1", cast["root"])
    assert refused.value.code == "already_granted"


async def test_whoever_left_gets_no_role_and_no_password(cast: Cast, work: Work):
    async def leave(session):
        (await session.get_one(Person, cast.people["lin"].id)).status = "left"

    await work(leave)
    with pytest.raises(Invalid):
        await give(work, cast, "lin", Role.unit_lead, "ZB1", cast["root"])
    with pytest.raises(Invalid):
        await granting.set_one_time_password(work, "M0006", "lin", by=cast["root"], at=AT)


async def test_a_revoked_role_is_gone_and_may_be_revoked_twice(cast: Cast, work: Work):
    held = await grant_id(work, cast, "di")
    for _again in range(2):
        await work(granting.revoke, held, by=cast["root"], at=AT)
    assert not (await actor(work, cast, "di")).scopes
    async with work.database.reading() as session:
        assert (await session.get_one(Grant, held)).revoked_at == AT
        assert len(list(await session.exec(select(AuditEntry).where(AuditEntry.act == "revoke")))) == 1


async def test_who_does_not_administer_the_unit_cannot_revoke_there(cast: Cast, work: Work):
    lead = await administrator_of(work, cast, "lead", "ZB1")
    for by in (cast["wei"], lead):
        with pytest.raises(NotSeen):
            await work(granting.revoke, await grant_id(work, cast, "di"), by=by, at=AT)


async def test_the_last_administrator_stays(cast: Cast, work: Work):
    held = await grant_id(work, cast, "root")
    await administrator_of(work, cast, "lead", "ZZ1")  # of a part: not enough
    with pytest.raises(Refused) as refused:
        await work(granting.revoke, held, by=cast["root"], at=AT)
    assert refused.value.code == "last_administrator"
    await administrator_of(work, cast, "wei", "DW")
    await work(granting.revoke, held, by=cast["root"], at=AT)
    assert not (await actor(work, cast, "root")).holds(Role.administrator)


async def test_an_administrator_who_cannot_sign_in_does_not_count(cast: Cast, work: Work):
    await administrator_of(work, cast, "wei", "DW")

    async def without_password(session):
        (await session.get_one(Person, cast.people["wei"].id)).password_hash = None

    await work(without_password)
    with pytest.raises(Refused):
        await work(granting.revoke, await grant_id(work, cast, "root"), by=cast["root"], at=AT)


async def test_two_administrators_who_revoke_each_other_at_once_leave_one(cast: Cast, work: Work, monkeypatch):
    wei = await administrator_of(work, cast, "wei", "DW")
    roots = await grant_id(work, cast, "root")
    async with work.database.reading() as session:
        held = (await grants_of(session, [wei.id]))[wei.id]
    weis = next(grant.id for grant, _unit in held if grant.role == Role.administrator)
    check = granting._refuse_the_last

    async def slowly(*args):
        await check(*args)
        await asyncio.sleep(0.2)  # between the look and the deed, where a race would be lost

    monkeypatch.setattr(granting, "_refuse_the_last", slowly)
    ends = await asyncio.gather(
        work(granting.revoke, weis, by=cast["root"], at=AT),
        work(granting.revoke, roots, by=wei, at=AT),
        return_exceptions=True,
    )
    assert sorted(type(end) for end in ends if isinstance(end, Exception)) == [Refused]
    still = [await actor(work, cast, login) for login in ("root", "wei")]
    assert sum(one.holds(Role.administrator) for one in still) == 1


async def test_a_one_time_password_unlocks_signs_out_and_must_be_changed(cast: Cast, work: Work):
    token = await sign_in(work.database, work, "lin", PASSWORD, AT)
    for _again in range(5):
        with pytest.raises(NotSignedIn):
            await sign_in(work.database, work, "lin", "Wrong-word-1", AT)
    made = await granting.set_one_time_password(work, "M0006", "lin", by=cast["root"], at=AT)
    idle = timedelta(minutes=30)
    assert await browser(work.database, work, token, idle, AT) is None
    fresh = await sign_in(work.database, work, "lin", made, AT)
    assert (await browser(work.database, work, fresh, idle, AT)).must_change


@pytest.mark.parametrize("how", ["password", "sign-ins"])
async def test_an_administrator_puts_their_programs_out_too(cast: Cast, work: Work, how: str):
    theirs = await work(actions.make_token, "screen", by=cast["lin"], at=AT)
    other = await work(actions.make_token, "screen", by=cast["zhao"], at=AT)
    if how == "password":
        await granting.set_one_time_password(work, "M0006", "lin", by=cast["root"], at=AT)
    else:
        await work(granting.end_sign_ins, "M0006", by=cast["root"], at=AT)
    with pytest.raises(NotSignedIn):
        await bearer(work.database, work, theirs, AT)
    assert (await bearer(work.database, work, other, AT)).id == cast["zhao"].id


async def test_a_login_belongs_to_one_person(cast: Cast, work: Work):
    with pytest.raises(Invalid) as refused:
        await granting.set_one_time_password(work, "M0006", "zhao", by=cast["root"], at=AT)
    assert refused.value.fields["login"].code == "in_use"


async def test_an_administrator_of_a_part_cannot_take_over_somebody_with_roles_above(cast: Cast, work: Work):
    await give(work, cast, "lin", Role.dispatcher, "DW", cast["root"])
    lead = await administrator_of(work, cast, "lead", "ZB1")
    with pytest.raises(NotAllowed):
        await granting.set_one_time_password(work, "M0006", "lin", by=lead, at=AT)
    assert await granting.set_one_time_password(work, "M0007", "zhao", by=lead, at=AT)


async def test_ones_own_password_is_not_reset_this_way(cast: Cast, work: Work):
    with pytest.raises(NotAllowed):
        await granting.set_one_time_password(work, "M0001", "root", by=cast["root"], at=AT)
