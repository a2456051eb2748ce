"""Who could take it, for those who find somebody and nobody else; and why somebody could not."""

from datetime import date

import pytest
from sqlmodel import select

from matching.asks import actions
from matching.asks.dials import managed_dials, set_dials
from matching.asks.licences import drop_licence, licences_of, set_licence
from matching.asks.suggesting import suggestions, why_not
from matching.engine.eligible import Rule
from matching.engine.model import Dials
from matching.people.model import AuditEntry, Person
from matching.services.model import LICENCE, Service
from tests.asks.scene import Crowd
from tests.cast import AT
from tests.requests.scene import COMPLETED, DAY, DISPATCHED, refused

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def look(crowd: Crowd, by: str, query=suggestions, *words, **more):
    async with crowd.database.reading() as session:
        return await query(session, crowd.number, *words, by=crowd.cast[by], at=AT, **more)


async def test_the_best_of_the_unit_are_listed_with_reasons_and_what_they_are_made_of(asking: Crowd):
    numbers = await asking.crowd(8, shift_pattern="白班", building="门诊楼")
    await (await asking.begin()).go(*DISPATCHED)
    await asking.work(actions.mute, AT + DAY, by=asking.cast["zhao"], at=AT)
    found = await look(asking, "lead", suggestions, 5)
    assert (len(found.best), found.fit, found.of, found.kept) == (5, 10, 11, {Rule.muted: 1})
    assert {one.person.member_no for one in found.best} <= {*numbers, "M0004", "M0006"}
    for one in found.best:
        made = one.suggestion
        assert sum(made.parts.values()) == made.score
        assert len(made.reasons) == 3
    ranks = [one.suggestion.rank_score for one in found.best]
    assert ranks == sorted(ranks, reverse=True)
    assert [one.person.id for one in (await look(asking, "di")).best] == [one.person.id for one in found.best]


@on_sqlite
async def test_only_who_may_ask_sees_the_list_and_only_while_somebody_is_sought(asking: Crowd):
    await asking.begin()
    with refused("wrong_state"):
        await look(asking, "di")
    await asking.go(*DISPATCHED)
    for login, code in (("lin", "not_allowed"), ("wei", "not_allowed"), ("lead2", "not_seen"), ("sun", "not_seen")):
        for query, words in ((suggestions, ()), (why_not, ("林晓云",))):
            with refused(code):
                await look(asking, login, query, *words)
    await asking.go(*COMPLETED[2:])
    with refused("wrong_state"):
        await look(asking, "lead")


@on_sqlite
async def test_somebody_who_is_looked_up_has_a_place_or_a_rule_and_strangers_stay_strangers(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)

    async def left(session):
        person = await session.get_one(Person, asking.cast["zhao"].id)
        person.status = "left"

    await asking.work(left)
    (lin,) = await look(asking, "lead", why_not, "M0006")
    assert (lin.person.name, lin.refusal, lin.unit.code) == ("林晓云", None, "ZB1")
    best = (await look(asking, "lead", suggestions, 20)).best
    assert best[lin.place - 1].person.id == lin.person.id
    assert lin.suggestion == best[lin.place - 1].suggestion
    assert [one.person.name for one in await look(asking, "lead", why_not, "秀")] == ["雷秀英"]
    for nobody in ("孙可欣", "M0008", "赵一鸣", " ", "%"):  # of another branch, gone, nothing
        assert await look(asking, "lead", why_not, nobody) == []
    (sun,) = await look(asking, "di", why_not, "孙可欣")
    assert (sun.refusal.rule, sun.place, sun.suggestion) == (Rule.scope, 0, None)


@on_sqlite
async def test_dials_are_turned_by_who_runs_the_hospital_within_reason_and_noted_once(asking: Crowd):
    wanted = Dials(equity=0.5, ask_cap=4.0, quiet_from=22 * 60, clearance=True)

    async def turn(by, dials=wanted, automatic=False):
        return await asking.work(set_dials, dials, automatic, by=asking.cast[by], at=AT)

    for login in ("di", "lead", "lin", "audit"):
        with refused("not_allowed"):
            await turn(login)
    for bad in ({"equity": 3.1}, {"ask_cap": 0.0}, {"target_fast": 1.0}, {"quiet_to": 1440}, {"hours_cap": -1.0}):
        with refused("out_of_range"):
            await turn("root", wanted._replace(**bad))
    await turn("root")
    await turn("wei")  # the same again
    async with asking.database.reading() as session:
        assert await managed_dials(session, by=asking.cast["wei"]) == (wanted, False)
    notes = await asking.rows(select(AuditEntry).where(AuditEntry.act == "turn_dials"))
    assert [note.about for note in notes] == ["equity=0.5 ask_cap=4.0 quiet_from=1320 clearance=True automatic=False"]


@on_sqlite
async def test_a_registration_is_kept_changed_and_taken_back_by_an_administrator(asking: Crowd):
    doctor, root = f"{LICENCE}-医师", asking.cast["root"]

    async def needed(session):
        (await session.get_one(Service, asking.cast.services["books"].id)).skills = [doctor]

    await asking.work(needed)
    with refused("not_seen"):
        await asking.work(set_licence, "M0006", doctor, AT.date(), by=asking.cast["lead"], at=AT)
    with refused("not_a_choice"):
        await asking.work(set_licence, "M0006", "驾驶", AT.date(), by=root, at=AT)
    with refused("time_too_far"):  # which PostgreSQL would give back as '-infinity', to everybody's suggestions
        await asking.work(set_licence, "M0006", doctor, date.min, by=root, at=AT)
    for days in (10, 20):
        await asking.work(set_licence, "M0006", doctor, AT.date() + days * DAY, by=root, at=AT)
    async with asking.database.reading() as session:
        ((licence, checker),) = await licences_of(session, "M0006", by=root)
    assert (licence.valid_until, checker) == (AT.date() + 20 * DAY, "管方正")
    with refused("not_seen"):
        await asking.work(drop_licence, "M0007", licence.id, by=root, at=AT)
    await asking.work(drop_licence, "M0006", licence.id, by=root, at=AT)
    async with asking.database.reading() as session:
        assert await licences_of(session, "M0006", by=root) == []
